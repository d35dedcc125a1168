/**
 * The files of a commit as `git checkout` writes them.
 *
 * Without attributes in the commit they go from git's objects into the store; with them git itself checks out, since they may say that files
 * are not what was committed (line ends, filters).
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { BstError } from "@millrace/core/error/BstError";
import type { Directory } from "@millrace/core/tree/Directory";
import * as Effect from "effect/Effect";
import * as TemporaryDirectory from "../../cas/TemporaryDirectory.ts";
import { withoutSecrets } from "../AliasUrls.ts";
import type { Environment } from "../SourceDriver.ts";
import * as Git from "./Git.ts";
import * as GitTree from "./GitTree.ts";

export interface Request {
  readonly repository: string;
  readonly commit: string;
  /** For messages. */
  readonly url: string;
  /** Settings of git for this checkout, `NAME=VALUE` (filters). */
  readonly settings?: readonly string[];
}

/** Makes their tree, without a `.git`. `listed` is what {@link GitTree.list} gives for the commit. */
export const files = Effect.fnUntraced(function* (
  { cas, locations }: Pick<Environment, "cas" | "locations">,
  { repository, commit, url, settings = [] }: Request,
  listed: readonly GitTree.Listed[],
): Effect.fn.Return<Directory, BstError> {
  if (!listed.some(({ path }) => path === ".gitattributes" || path.endsWith("/.gitattributes")))
    return yield* GitTree.make(cas.store, repository, listed);
  return yield* Effect.scoped(
    Effect.gen(function* () {
      const scratch = yield* TemporaryDirectory.make(locations.cachedir, "git");
      const work = join(scratch, "work");
      const failure = `Cannot check out ${commit} of ${withoutSecrets(url)}`;
      yield* Git.local(scratch, ["init", "--quiet", "--template=", work], failure);
      // Objects are borrowed. A clone would not do: of a repository whose history is cut it takes what branches reach only.
      yield* Effect.sync(() => {
        mkdirSync(join(work, ".git/objects/info"), { recursive: true });
        writeFileSync(join(work, ".git/objects/info/alternates"), `${join(repository, "objects")}\n`);
      });
      const own = settings.flatMap((setting) => ["-c", setting]);
      yield* Git.local(work, [...own, "checkout", "--quiet", "--force", "--detach", commit], failure);
      yield* Effect.sync(() => TemporaryDirectory.remove(join(work, ".git")));
      return (yield* cas.capture(work, { own: true })).directory;
    }),
  );
});
