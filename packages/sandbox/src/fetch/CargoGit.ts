/** Crates that come from git repositories: one commit of the repository, and in it the directory whose manifest has the crate's name. */
import { type BstError, raise } from "@millrace/core/error/BstError";
import type { GitCrate } from "@millrace/core/source/kinds/Cargo2";
import * as Draft from "@millrace/core/tree/Draft";
import * as Tree from "@millrace/core/tree/Tree";
import * as Effect from "effect/Effect";
import { attempt } from "../cas/Cas.ts";
import { tryEach, withoutSecrets } from "./AliasUrls.ts";
import * as Git from "./git/Git.ts";
import * as GitMirror from "./git/GitMirror.ts";
import * as GitTree from "./git/GitTree.ts";
import type { Subject } from "./SourceDriver.ts";
import * as SourceRef from "./SourceRef.ts";
import * as Timed from "./Timed.ts";
import * as UrlDirectory from "./UrlDirectory.ts";

/** Takes `git+URL?QUERY#COMMIT` of a lock file apart. */
export function parseSource(source: string): {
  readonly repo: string;
  readonly commit: string;
  readonly query: { readonly [name: string]: string } | undefined;
} {
  const match = /^git\+([^?#]+)(?:\?([^#]*))?#([0-9a-f]{40})$/.exec(source);
  if (match === null)
    return raise({
      domain: "SOURCE",
      reason: null,
      message: `'${source}' of a Cargo.lock names no commit of a git repository`,
    });
  const [, repo, query, commit] = match as unknown as [string, string, string | undefined, string];
  const members = Object.fromEntries(new URLSearchParams(query ?? ""));
  return { repo, commit, query: Object.keys(members).length === 0 ? undefined : members };
}

function repositoryOf({ environment }: Subject, crate: GitCrate): string {
  return `${UrlDirectory.path(environment.locations.sourcedir, "cargo2", crate.repo.replace(/\.git$/, ""))}.git`;
}

/** Whether the crate's commit is there. */
export function has(subject: Subject, crate: GitCrate): boolean {
  return GitMirror.has(repositoryOf(subject, crate), { commit: crate.commit, tag: undefined });
}

/** Fetches the crate's commit. */
export function fetch(subject: Subject, crate: GitCrate, url: string): Effect.Effect<void, BstError> {
  return tryEach(subject, url, SourceRef.translate(subject, url), "fetch", (candidate) =>
    Timed.activity(
      subject.environment,
      `Fetching from ${withoutSecrets(candidate.url)}`,
      GitMirror.fetch(repositoryOf(subject, crate), candidate.url, { commit: crate.commit, tag: undefined, depth: 1 }),
    ),
  );
}

/** Puts the crate's directory into a vendor directory as `NAME-VERSION`. */
export const unpack = Effect.fnUntraced(function* (
  subject: Subject,
  crate: GitCrate,
  vendor: Draft.Draft,
): Effect.fn.Return<void, BstError> {
  const { cas } = subject.environment;
  const { name, version, commit } = crate;
  const repository = repositoryOf(subject, crate);
  const listed = yield* GitTree.list(repository, commit);
  const directory = yield* attempt(() => directoryOf(repository, listed, crate));
  const prefix = directory === "" ? "" : `${directory}/`;
  const own = listed
    .filter(({ path }) => path.startsWith(prefix))
    .map((entry) => ({ ...entry, path: entry.path.slice(prefix.length) }));
  const files = yield* GitTree.make(cas.store, repository, own);
  const checksum = yield* cas.putBytes(Buffer.from('{"files": {}, "package": null}'));
  yield* attempt(() => {
    const place = `${name}-${version}`;
    if (vendor.entries.has(place))
      raise({
        domain: "SOURCE",
        reason: null,
        message: `The crate ${name} ${version} comes from several places, and cargo can vendor only one`,
      });
    Draft.put(
      vendor,
      place,
      Tree.directory(Tree.make([...files.entries, [".cargo-checksum.json", Tree.file(checksum)]])),
    );
  });
});

/** The directory whose manifest has the crate's name. */
function directoryOf(repository: string, listed: readonly GitTree.Listed[], crate: GitCrate): string {
  for (const { path, name } of listed) {
    if (path !== "Cargo.toml" && !path.endsWith("/Cargo.toml")) continue;
    const text = Git.read(repository, ["cat-file", "blob", name]) ?? "";
    if (packageName(text) !== crate.name) continue;
    if (/\bworkspace\s*=\s*true\b/.test(text))
      raise({
        domain: "SOURCE",
        reason: null,
        message: `The crate ${crate.name} of ${withoutSecrets(crate.repo)} takes settings from its workspace, which cannot be vendored yet`,
        hint: "Use a release of the crate from its registry.",
      });
    return path.slice(0, Math.max(0, path.length - "/Cargo.toml".length));
  }
  return raise({
    domain: "SOURCE",
    reason: null,
    message: `The git repository ${withoutSecrets(crate.repo)} has no crate '${crate.name}' at commit ${crate.commit}`,
  });
}

/** The `name` of a manifest's `[package]` table. */
function packageName(manifest: string): string | undefined {
  const table = /^\[package\]\s*$([\s\S]*?)(?=^\[|$(?![\s\S]))/m.exec(manifest)?.[1] ?? "";
  return /^name\s*=\s*["']([^"']+)["']/m.exec(table)?.[1];
}
