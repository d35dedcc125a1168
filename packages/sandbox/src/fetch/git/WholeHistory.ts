/** The `.git` of sources with `full-clone`: all that a commit reaches, as one pack, and the tags among it. */
import { join } from "node:path";
import type { BstError } from "@millrace/core/error/BstError";
import type { Directory } from "@millrace/core/tree/Directory";
import * as Draft from "@millrace/core/tree/Draft";
import * as Import from "@millrace/core/tree/Import";
import * as Paths from "@millrace/core/tree/Paths";
import * as Tree from "@millrace/core/tree/Tree";
import * as Effect from "effect/Effect";
import { attempt } from "../../cas/Cas.ts";
import * as ObjectStore from "../../cas/ObjectStore.ts";
import * as TemporaryDirectory from "../../cas/TemporaryDirectory.ts";
import type { Environment } from "../SourceDriver.ts";
import * as Git from "./Git.ts";
import * as GitMetadata from "./GitMetadata.ts";
import type { Listed } from "./GitTree.ts";

/** Makes the content of `.git`. */
export const make = Effect.fnUntraced(function* (
  { cas, locations }: Pick<Environment, "cas" | "locations">,
  repository: string,
  commit: string,
  listed: readonly Listed[],
): Effect.fn.Return<Directory, BstError> {
  const failure = `Cannot read the history of ${commit}`;
  const { text } = yield* Git.local(
    repository,
    ["for-each-ref", `--merged=${commit}`, "--format=%(objectname) %(refname)", "refs/tags"],
    failure,
  );
  const tags = text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => [line.slice(line.indexOf(" ") + 1), line.slice(0, line.indexOf(" "))] as const);
  return yield* Effect.scoped(
    Effect.gen(function* () {
      const scratch = yield* TemporaryDirectory.make(locations.cachedir, "git");
      // One thread, so that the same mirror gives the same pack.
      yield* Git.local(repository, ["pack-objects", "-q", "--revs", "--threads=1", join(scratch, "pack")], failure, {
        input: [commit, ...tags.map(([, name]) => name), ""].join("\n"),
      });
      const pack = (yield* cas.capture(scratch, { own: true })).directory;
      return yield* attempt(() => {
        const draft = Draft.open(Tree.empty);
        const put = GitMetadata.skeleton(cas.store, draft);
        put("HEAD", Buffer.from("ref: refs/heads/master\n"));
        put("refs/heads/master", Buffer.from(`${commit}\n`));
        put("index", GitMetadata.index(listed));
        for (const [ref, name] of tags) put(ref, Buffer.from(`${name}\n`));
        Import.intoDraft(Paths.openDraft(draft, "objects/pack"), pack, { reader: ObjectStore.reader(cas.store) });
        return Draft.freeze(draft);
      });
    }),
  );
});
