/**
 * Large files that a repository keeps beside itself (Git LFS), for sources that ask for them with `use-lfs`.
 *
 * They are fetched with the commit into the mirror, so that staging needs no network. The program `git-lfs` does the work.
 */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BstError } from "@millrace/core/error/BstError";
import * as Effect from "effect/Effect";
import { withoutSecrets } from "../AliasUrls.ts";
import * as Git from "./Git.ts";

/** Says that all large files of a commit are in the mirror. */
function mark(repository: string, commit: string): string {
  return join(repository, "lfs", `millrace-${commit}`);
}

/** Whether they are there. */
export function has(repository: string, commit: string): boolean {
  return existsSync(mark(repository, commit));
}

/** Gets those of a commit, which the mirror has. */
export const fetch = Effect.fnUntraced(function* (
  repository: string,
  url: string,
  commit: string,
): Effect.fn.Return<void, BstError> {
  if (Git.read(repository, ["lfs", "version"]) === undefined)
    return yield* new BstError({
      domain: "PROG_NOT_FOUND",
      reason: null,
      message: "The program 'git-lfs' is needed and is not in the PATH",
      hint: "Install git-lfs; the source asks for it with `use-lfs`.",
    });
  yield* Git.remote(
    repository,
    ["-c", `remote.origin.url=${url}`, "lfs", "fetch", "origin", commit],
    `Cannot fetch large files from ${withoutSecrets(url)}`,
  );
  yield* Effect.sync(() => writeFileSync(mark(repository, commit), ""));
});

/** Settings of git with which a checkout puts large files in place of the pointers to them. */
export function settings(repository: string): readonly string[] {
  return [
    "filter.lfs.process=git-lfs filter-process",
    "filter.lfs.smudge=git-lfs smudge -- %f",
    "filter.lfs.clean=git-lfs clean -- %f",
    "filter.lfs.required=true",
    `lfs.storage=${join(repository, "lfs")}`,
  ];
}

/** Whether the attributes at the root of a commit send files through Git LFS. */
export function isUsed(repository: string, commit: string): boolean {
  const text = Git.read(repository, ["cat-file", "blob", `${commit}:.gitattributes`]);
  return text !== undefined && /\b(?:filter|diff|merge)=lfs/.test(text);
}
