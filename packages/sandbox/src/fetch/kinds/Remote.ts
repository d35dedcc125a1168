/** `remote`: one downloaded file as it is. */
import type { Settings } from "@millrace/core/source/kinds/Remote";
import * as Tree from "@millrace/core/tree/Tree";
import * as Effect from "effect/Effect";
import * as MirrorFile from "../MirrorFile.ts";
import type { SourceDriver } from "../SourceDriver.ts";

/** The driver. */
export const driver: SourceDriver = {
  ...MirrorFile.members,
  kind: "remote",
  stage: {
    type: "tree",
    make: Effect.fnUntraced(function* (subject) {
      const { filename, executable } = subject.source.settings as Settings;
      const digest = yield* subject.environment.cas.putFile(yield* MirrorFile.require_(subject));
      return Tree.make([[filename, Tree.file(digest, executable)]]);
    }),
  },
};
