/**
 * Where a url of a source may lead: the alias's own url and the mirrors', in the order of trial.
 *
 * A url is `alias:rest`, unless what stands before the first colon is a well-known scheme. Mirrors come first (the default mirror's urls
 * before all others', the rest in declaration order), the alias's own url last; tracking tries the same list from its end, since the upstream knows best
 * what is new. A subproject's alias that its junction maps is looked up in the parent project instead, mirrors included.
 */
import { BstError } from "@millrace/core/error/BstError";
import type { Mirror, Project } from "@millrace/core/project/Project";
import * as Effect from "effect/Effect";
import * as MirrorKinds from "./MirrorKinds.ts";
import type { Progress, Subject } from "./SourceDriver.ts";

/** Which urls take part: everything, aliases only, mirrors only, or mirrors of the user configuration only. */
export type Policy = "all" | "aliases" | "mirrors" | "user";

/** One place to try. */
export interface Candidate {
  readonly url: string;
  /** The mirror it belongs to; undefined for the project's own url. */
  readonly mirror: string | undefined;
  /** Whether to send the password of `.netrc` as a bearer token. */
  readonly bearer: boolean;
}

const schemes = new Set(["http", "https", "ftp", "file", "git", "sftp", "ssh"]);

/** Splits `alias:rest`; undefined for a plain url. */
export function split(url: string): { readonly alias: string; readonly rest: string } | undefined {
  const colon = url.indexOf(":");
  if (colon <= 0 || schemes.has(url.slice(0, colon))) return undefined;
  return { alias: url.slice(0, colon), rest: url.slice(colon + 1) };
}

/**
 * All places of a url, first choice first.
 *
 * @param own where the url leads without mirrors (what the project's translation gave).
 */
export function candidates(project: Project, url: string, own: string, policy: Policy): readonly Candidate[] {
  const parts = split(url);
  const plain = { url: own, mirror: undefined, bearer: false };
  if (parts === undefined) return [plain];
  const mapped = project.parent === undefined ? undefined : project.mapAlias?.(parts.alias);
  if (project.parent !== undefined && mapped !== undefined)
    return candidates(project.parent, `${mapped}:${parts.rest}`, own, policy);
  const first: Candidate[] = [];
  const rest: Candidate[] = [];
  if (policy === "all" || policy === "mirrors" || (policy === "user" && project.mirrorsFromUser === true))
    for (const mirror of project.mirrors)
      (mirror.name === project.defaultMirror ? first : rest).push(...places(mirror, parts.alias, parts.rest, own));
  if (policy === "all" || policy === "aliases") rest.push(plain);
  return [...first, ...rest];
}

function places(mirror: Mirror, alias: string, rest: string, own: string): readonly Candidate[] {
  const make = (url: string, bearer = false): Candidate => ({ url, mirror: mirror.name, bearer });
  if (mirror.kind === "default") return (mirror.aliases.get(alias) ?? []).map((prefix) => make(prefix + rest));
  const aliasUrl = own.slice(0, own.length - rest.length);
  const translated =
    mirror.translate === undefined
      ? MirrorKinds.translate(mirror, alias, aliasUrl, rest)
      : mirror.aliases.has(alias)
        ? mirror.translate(alias, aliasUrl, rest)
        : undefined;
  return translated === undefined ? [] : [make(translated.url, translated.bearer)];
}

/**
 * Tries a piece of work on each place until one succeeds; a place that fails is passed over with a word of why. Fails as the last one did.
 */
export const tryEach = Effect.fnUntraced(function* <A>(
  subject: Subject,
  url: string,
  own: string,
  purpose: "fetch" | "track",
  work: (candidate: Candidate) => Effect.Effect<A, BstError>,
): Effect.fn.Return<A, BstError> {
  const { environment, project, source } = subject;
  const policy = purpose === "fetch" ? environment.fetchPolicy : environment.trackPolicy;
  const all = candidates(project, url, own, policy);
  const places = purpose === "fetch" ? all : all.toReversed();
  let last: BstError | undefined;
  for (const [at, candidate] of places.entries()) {
    const result = yield* Effect.result(work(candidate));
    if (result._tag === "Success") return result.success;
    last = result.failure;
    if (at + 1 < places.length) environment.report(passedOver(candidate, last));
  }
  return yield* last ??
    new BstError({
      domain: "SOURCE",
      reason: "missing-source-alias-target",
      message: `No url is left for ${url} (${source.kind.name} source of ${source.context.elementName}) with the policy '${policy}'`,
      hint: `Change \`${purpose}: source\` in the user configuration, or give a mirror for the alias.`,
    });
});

function passedOver(candidate: Candidate, error: BstError): Progress {
  return { type: "status", text: `Passing over ${withoutSecrets(candidate.url)}: ${error.message}` };
}

/** A url as it may be shown: without user name and password (which may hold an `@` itself). */
export function withoutSecrets(url: string): string {
  return url.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i, "$1");
}

/** What a program said, with the urls in it as they may be shown. */
export function textWithoutSecrets(text: string): string {
  return text.replace(/([a-z][a-z0-9+.-]*:\/\/)[^\s/?#'"<>]*@/gi, "$1");
}
