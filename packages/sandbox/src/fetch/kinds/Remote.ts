/** `remote`: one downloaded file as it is. */
import { join } from "node:path";
import type { Settings } from "@millrace/core/source/kinds/Remote";
import * as Tree from "@millrace/core/tree/Tree";
import * as Effect from "effect/Effect";
import * as MirrorFile from "../MirrorFile.ts";
import type { SourceDriver } from "../SourceDriver.ts";
import * as Timed from "../Timed.ts";

/** The driver. */
export const driver: SourceDriver = {
  ...MirrorFile.members,
  kind: "remote",
  stage: {
    type: "tree",
    make: Effect.fnUntraced(function* (subject) {
      const { filename, executable } = subject.source.settings as Settings;
      const file = yield* MirrorFile.require_(subject);
      const work = subject.environment.cas.putFile(file);
      const shown = join("/", subject.source.directory ?? "", filename);
      const digest = yield* Timed.activity(subject.environment, `Staging remote file to ${shown}`, work);
      return Tree.make([[filename, Tree.file(digest, executable)]]);
    }),
  },
};
