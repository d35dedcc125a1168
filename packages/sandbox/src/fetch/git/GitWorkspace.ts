/** A work tree for people, made from a mirror: the whole history, the server as `origin`, the source's commit checked out. */
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { BstError } from "@millrace/core/error/BstError";
import * as Effect from "effect/Effect";
import { attempt } from "../../cas/Cas.ts";
import * as Git from "./Git.ts";
import * as GitMirror from "./GitMirror.ts";

export interface Request {
  readonly repository: string;
  readonly directory: string;
  /** Where the server is, without mirrors. */
  readonly url: string;
  readonly commit: string;
}

/** Fills the directory. */
export const make = Effect.fnUntraced(function* (request: Request): Effect.fn.Return<void, BstError> {
  const { repository, directory, url, commit } = request;
  yield* attempt(() => mkdirSync(directory, { recursive: true }));
  // Builds need one commit, people its history; without the network they get what is there.
  if (existsSync(join(repository, "shallow"))) yield* Effect.ignore(GitMirror.fetchAll(repository, url));
  const run = (parameters: readonly string[]) =>
    Git.local(directory, parameters, `Cannot make a git work tree in ${directory}`);
  yield* run(["init", "--quiet"]);
  yield* run([
    "fetch",
    "--quiet",
    "--update-shallow",
    "--no-write-fetch-head",
    "--",
    repository,
    "+refs/heads/*:refs/remotes/origin/*",
    // Branches of the mirror's own making are nobody's business.
    "^refs/heads/millrace-*",
    "+refs/tags/*:refs/tags/*",
    `+${commit}:refs/millrace/${commit}`,
  ]);
  yield* run(["remote", "add", "origin", url]);
  yield* run(["checkout", "--quiet", "--force", "--detach", commit]);
});
