/** `patch`: one patch file of the project, applied by the host's `patch` to the sources before it. */
import { readdirSync } from "node:fs";
import { raise } from "@millrace/core/error/BstError";
import type { Settings } from "@millrace/core/source/kinds/Patch";
import * as Effect from "effect/Effect";
import { attempt } from "../../cas/Cas.ts";
import * as HostProgram from "../HostProgram.ts";
import type { SourceDriver } from "../SourceDriver.ts";
import * as Timed from "../Timed.ts";

/** The driver. */
export const driver: SourceDriver = {
  kind: "patch",
  isCached: () => true,
  stage: {
    type: "change",
    apply: Effect.fnUntraced(function* ({ source, environment }, directory) {
      const { path, stripLevel } = source.settings as Settings;
      yield* Timed.activity(
        environment,
        `Applying local patch: ${path}`,
        Effect.gen(function* () {
          yield* attempt(() => readdirSync(directory).length > 0 || nothingToPatch(path, source.context.elementName));
          yield* HostProgram.run({
            program: "patch",
            arguments: [`-p${stripLevel}`, "-d", directory],
            // From memory: the project's files may lie in the store only.
            input: yield* attempt(() => source.context.files.read(path)),
            failure: `Failed to apply patch ${path}`,
            // What patch says about fuzz and hunks goes to standard output.
            complaintOnOutput: true,
          });
        }),
      );
    }),
  },
};

function nothingToPatch(path: string, element: string): never {
  return raise({
    domain: "SOURCE",
    reason: "patch-no-files",
    message: `There is nothing to patch with ${path}: the sources before it in ${element} put no files into its directory`,
    hint: "Give the patch the `directory` of the source that it is for, and list it after that source.",
  });
}
