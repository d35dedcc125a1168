/**
 * `alias:rest` in urls: what an alias stands for, which project answers for it, and what is tried in which order.
 *
 * A subproject's alias may be mapped to one of its parent's by the junction; then the parent answers, mirrors included. A parent may forbid all
 * urls that it has not mapped. Names that are url schemes are never aliases.
 */
import { raise } from "../error/BstError.ts";
import type { Mirror } from "./Project.ts";

/** What resolving aliases needs of a project, in one pass of its configuration. */
export interface AliasScope {
  readonly aliases: ReadonlyMap<string, string>;
  readonly mirrors: readonly Mirror[];
  readonly defaultMirror: string | undefined;
  /** Whether the user's configuration replaced the project's mirrors. */
  readonly mirrorsOverridden: boolean;
  /** Whether subprojects may only use urls whose aliases are mapped. */
  readonly disallowSubprojectUris: boolean;
  /** The project of the junction through which this one was loaded, in the same pass. */
  readonly parent: AliasScope | undefined;
  /** The parent's alias that one of this project's is mapped to. */
  readonly parentAlias: (alias: string) => string | undefined;
}

/** Which places the user allows to fetch from or to track (`fetch.source`, `track.source`). */
export type Policy = "all" | "aliases" | "mirrors" | "user";

/** One way to a source: an url that takes the alias's place, or a mirror plugin that makes one. */
export type Way =
  | { readonly type: "prefix"; readonly url: string }
  | { readonly type: "mirror"; readonly mirror: Mirror };

const schemes = new Set(["http", "https", "ftp", "file", "git", "sftp", "ssh"]);

/** The alias of a url; undefined when it has none. */
export function aliasOf(url: string): string | undefined {
  const colon = url.indexOf(":");
  if (colon === -1) return undefined;
  const alias = url.slice(0, colon);
  return schemes.has(alias.toLowerCase()) ? undefined : alias;
}

/** A url with its alias replaced by what the answering project says; urls without a known alias come back as they are. */
export function translate(scope: AliasScope, url: string, source: string): string {
  const colon = url.indexOf(":");
  if (colon === -1) return url;
  const alias = url.slice(0, colon);
  const value = scope.aliases.get(alias);
  if (value === undefined) return url;
  const rest = url.slice(colon + 1);
  if (scope.parent !== undefined) {
    const mapped = scope.parentAlias(alias);
    if (mapped !== undefined) return translate(scope.parent, `${mapped}:${rest}`, source);
    if (scope.parent.disallowSubprojectUris) return unmapped(alias, source);
  }
  return value + rest;
}

/** Whether an alias is declared by the project that answers for it; raises where the mapping to the parent is missing or leads nowhere. */
export function exists(scope: AliasScope, alias: string, source: string): boolean {
  if (scope.parent !== undefined) {
    const mapped = scope.parentAlias(alias);
    if (mapped !== undefined) {
      if (exists(scope.parent, mapped, source)) return true;
      return raise({
        domain: "SOURCE",
        reason: "invalid-source-alias",
        message: `${source}: the alias '${alias}' is mapped to '${mapped}', which the parent project does not declare`,
        hint: "Correct `aliases` in the junction, or declare the alias in the parent project's project.conf.",
      });
    }
    if (scope.parent.disallowSubprojectUris) return unmapped(alias, source);
  }
  return scope.aliases.has(alias);
}

function unmapped(alias: string, source: string): never {
  return raise({
    domain: "SOURCE",
    reason: "missing-alias-mapping",
    message: `${source}: the parent project allows only mapped aliases, and '${alias}' is not mapped`,
    hint: "Map it under `aliases` of the junction, or set `map-aliases: identity` there.",
  });
}

/** Where to look for `alias:…`, in order; undefined for urls without a (known) alias, which are used as they are. */
export function ways(scope: AliasScope, alias: string | undefined, policy: Policy): readonly Way[] | undefined {
  if (alias === undefined) return undefined;
  const value = scope.aliases.get(alias);
  if (value === undefined) return undefined;
  if (scope.parent !== undefined) {
    const mapped = scope.parentAlias(alias);
    if (mapped !== undefined) return ways(scope.parent, mapped, policy);
    if (scope.parent.disallowSubprojectUris) return undefined;
  }
  const found: Way[] = [];
  if (policy === "all" || policy === "mirrors" || (policy === "user" && scope.mirrorsOverridden)) {
    for (const mirror of scope.mirrors) {
      const urls = mirror.aliases.get(alias);
      if (urls === undefined) continue;
      const added: readonly Way[] =
        mirror.kind === "default" ? urls.map((url) => ({ type: "prefix", url })) : [{ type: "mirror", mirror }];
      if (mirror.name === scope.defaultMirror) found.unshift(...added);
      else found.push(...added);
    }
  }
  if (policy === "all" || policy === "aliases") found.push({ type: "prefix", url: value });
  return found;
}

/** Checks a url that a source marks as its download: warns without alias, raises when nobody answers for the alias. */
export function check(
  scope: AliasScope,
  url: string,
  source: string,
  policies: { readonly fetch: Policy; readonly track: Policy },
  warn: (token: string, message: string) => void,
): void {
  const alias = aliasOf(url);
  if (alias === undefined || alias === "") {
    warn("unaliased-url", `${source}: the url has no alias: ${url}`);
    return;
  }
  if (!exists(scope, alias, source)) {
    raise({
      domain: "SOURCE",
      reason: "invalid-source-alias",
      message: `${source}: the alias '${alias}' of the url '${url}' is not declared`,
      hint: "Declare it under `aliases:` in project.conf.",
    });
  }
  for (const use of ["fetch", "track"] as const) {
    if (ways(scope, alias, policies[use])?.length !== 0) continue;
    raise({
      domain: "SOURCE",
      reason: "missing-source-alias-target",
      message: `${source}: there is no url to ${use} '${alias}:' from`,
      hint: `Look at \`${use}: source:\` in your user configuration: it leaves out what the project offers.`,
    });
  }
}
