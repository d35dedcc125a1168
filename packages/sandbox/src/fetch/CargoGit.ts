/** Crates that come from git repositories: one commit of the repository, and in it the directory whose manifest has the crate's name. */
import { type BstError, raise } from "@millrace/core/error/BstError";
import type { GitCrate } from "@millrace/core/source/kinds/Cargo2";
import type * as Draft from "@millrace/core/tree/Draft";
import * as Tree from "@millrace/core/tree/Tree";
import * as Effect from "effect/Effect";
import { attempt } from "../cas/Cas.ts";
import { withoutSecrets } from "./AliasUrls.ts";
import * as CargoCrates from "./CargoCrates.ts";
import * as CargoWorkspace from "./CargoWorkspace.ts";
import * as CommitFetch from "./git/CommitFetch.ts";
import * as GitMetadata from "./git/GitMetadata.ts";
import * as GitMirror from "./git/GitMirror.ts";
import * as GitTree from "./git/GitTree.ts";
import * as LineEnds from "./git/LineEnds.ts";
import type { Subject } from "./SourceDriver.ts";
import * as TomlWriter from "./toml/TomlWriter.ts";
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
  const wanted = { commit: crate.commit, tag: undefined, depth: 1 };
  return CommitFetch.fetch(subject, url, repositoryOf(subject, crate), wanted);
}

/** Puts the crate's directory into a vendor directory as `NAME-VERSION`. */
export const unpack = Effect.fnUntraced(function* (
  subject: Subject,
  crate: GitCrate,
  vendor: Draft.Draft,
): Effect.fn.Return<void, BstError> {
  const { cas, report } = subject.environment;
  const { name, commit } = crate;
  report({ type: "status", text: `Checking out ${commit}` });
  const repository = repositoryOf(subject, crate);
  const listed = yield* LineEnds.list(repository, commit, subject.environment.locations.cachedir);
  const manifests = yield* manifestsOf(repository, listed);
  const { directory, manifest } = yield* attempt(() =>
    CargoWorkspace.find(manifests, name, withoutSecrets(crate.repo)),
  );
  const prefix = directory === "" ? "" : `${directory}/`;
  const own = listed
    .filter(({ path }) => path.startsWith(prefix))
    .map((entry) => ({ ...entry, path: entry.path.slice(prefix.length) }));
  const files = new Map((yield* GitTree.make(cas.store, repository, own)).entries);
  const put = Effect.fnUntraced(function* (path: string, content: string): Effect.fn.Return<void, BstError> {
    files.set(path, Tree.file(yield* cas.putBytes(Buffer.from(content))));
  });
  if (manifest !== undefined) yield* put("Cargo.toml", TomlWriter.write(manifest));
  yield* put(".cargo-checksum.json", '{"files": {}, "package": null}');
  // A crate at the top of its repository keeps what tells its commit.
  if (directory === "")
    files.set(
      ".git",
      Tree.directory(yield* GitMetadata.make(cas.store, repository, { commit, tag: undefined, listed })),
    );
  yield* attempt(() => CargoCrates.place(vendor, crate, Tree.directory(Tree.make(files))));
});

/** The texts of all manifests of a commit. */
const manifestsOf = Effect.fnUntraced(function* (
  repository: string,
  listed: readonly GitTree.Listed[],
): Effect.fn.Return<CargoWorkspace.Manifests, BstError> {
  const manifests = listed.filter(({ path }) => path === "Cargo.toml" || path.endsWith("/Cargo.toml"));
  const texts = yield* GitTree.texts(
    repository,
    manifests.map(({ name }) => name),
  );
  return new Map(
    manifests.map(({ path, name }) => [
      path.slice(0, Math.max(0, path.length - "/Cargo.toml".length)),
      texts.get(name) ?? "",
    ]),
  );
});
