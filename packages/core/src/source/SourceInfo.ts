/**
 * Where an element's sources come from, as `%{source-info}` reports it: records with BuildStream's keys, which scanners of licences and
 * vulnerabilities read.
 *
 * A version for people is guessed from the url or the tag, unless the source gives one: of all places where the pattern matches, the one with the most groups
 * counts, and the groups are joined by dots.
 */
import type { Json } from "../element/Element.ts";
import * as Access from "../yaml/Access.ts";
import type * as Dump from "../yaml/Dump.ts";
import type { Source } from "./Source.ts";

const defaultPattern = "(\\d+)\\.(\\d+)(?:\\.(\\d+))?";
const downloads = new Set(["remote", "tar", "zip", "deb"]);
const gits = new Set(["git", "git_repo", "git_tag", "git_module"]);

interface Info {
  readonly url: string;
  readonly medium: string;
  readonly versionType: string;
  readonly version: string;
  readonly guess?: string | undefined;
  readonly extra?: ReadonlyMap<string, string> | undefined;
}

/** The records of one source; undefined for kinds that cannot say. */
export function of(source: Source): readonly Dump.Dumpable[] | undefined {
  const { info: own } = source.kind;
  if (own !== undefined) return own(source.settings, source.context)?.map(value);
  const info = infoOf(source);
  if (info === undefined) return undefined;
  const entries: [string, Dump.Dumpable][] = [
    ["kind", source.kind.name],
    ["url", info.url],
  ];
  const provenance = source.node === undefined ? undefined : Access.optionalMapping(source.node, "provenance");
  if (provenance !== undefined) {
    const declared = new Map([...provenance.entries.keys()].map((key) => [key, Access.getString(provenance, key)]));
    for (const key of ["homepage", "issue-tracker"]) {
      const text = declared.get(key);
      if (text !== undefined) entries.push([key, text]);
    }
    entries.push(["provenance", declared]);
  }
  entries.push(["medium", info.medium], ["version-type", info.versionType], ["version", info.version]);
  if (info.guess !== undefined) entries.push(["version-guess", info.guess]);
  if (info.extra !== undefined && info.extra.size > 0) entries.push(["extra-data", info.extra]);
  return [new Map(entries)];
}

/** Plain data of a kind that makes its records itself. */
function value(data: Json): Dump.Dumpable {
  if (Array.isArray(data)) return (data as readonly Json[]).map(value);
  if (typeof data === "object" && data !== null)
    return new Map(Object.entries(data as { readonly [key: string]: Json }).map(([key, item]) => [key, value(item)]));
  return String(data);
}

function infoOf(source: Source): Info | undefined {
  const kind = source.kind.name;
  const { config, context } = source;
  const path = Access.optionalString(config, "path") ?? "";
  if (kind === "local") {
    const digest = context.files.treeDigest(path);
    return { url: path, medium: "local", versionType: "cas-digest", version: `${digest.hash}/${digest.size}` };
  }
  if (kind === "workspace") {
    const digest = context.workspaceDigest?.(path);
    const version = digest === undefined ? "" : `${digest.hash}/${digest.size}`;
    return { url: path, medium: "workspace", versionType: "cas-digest", version };
  }
  if (kind === "patch") {
    const version = context.files.sha256(path) ?? "";
    return { url: path, medium: "local", versionType: "sha256", version };
  }
  const ref = source.kind.ref(source.settings);
  const written = Access.optionalString(config, "url");
  if (written === undefined) return undefined;
  const url = context.translateUrl(written, config);
  const given = Access.optionalString(config, "version");
  const pattern = Access.optionalString(config, "version-guess-pattern");
  if (downloads.has(kind)) {
    const version = typeof ref === "string" ? ref : "";
    return { url, medium: "remote-file", versionType: "sha256", version, guess: given ?? guess(written, pattern) };
  }
  if (gits.has(kind)) return git(kind, url, ref, given, pattern);
  return undefined;
}

/** A commit, or a description of one: `TAG-COMMITS-gCOMMIT`. */
function git(kind: string, url: string, ref: unknown, given: string | undefined, pattern: string | undefined): Info {
  const text = refText(ref);
  const described = /^(.*)-(\d+)-g([0-9a-f]{40,})$/.exec(text);
  const tag = described?.[1];
  const commits = described?.[2];
  const extra = new Map<string, string>();
  if (kind !== "git" && tag !== undefined) extra.set("tag-name", tag);
  if (commits !== undefined && commits !== "0") extra.set("commit-offset", commits);
  if (kind !== "git") extra.set("ecosystem", "GIT");
  const version = described?.[3] ?? text;
  const guessed = given ?? (tag === undefined ? undefined : guess(tag, pattern));
  return { url, medium: "git", versionType: "commit", version, guess: guessed, extra };
}

function refText(ref: unknown): string {
  if (typeof ref === "string") return ref;
  if (typeof ref === "object" && ref !== null && "ref" in ref) return String(ref.ref);
  return "";
}

/** The version in a text; undefined when the pattern does not match, or is none. */
function guess(text: string, pattern: string = defaultPattern): string | undefined {
  let expression: RegExp;
  try {
    expression = new RegExp(pattern, "g");
  } catch {
    return undefined;
  }
  let best: readonly string[] = [];
  for (const match of text.matchAll(expression)) {
    const groups = match.slice(1).filter((group) => group !== undefined);
    if (groups.length > best.length) best = groups;
  }
  return best.length === 0 ? undefined : best.join(".");
}
