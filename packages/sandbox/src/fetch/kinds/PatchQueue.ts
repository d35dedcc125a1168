/** `patch_queue`: all files of a directory of the project, applied in order of their names by `git apply` to the sources before it. */
import { join } from "node:path";
import type { Settings } from "@millrace/core/source/kinds/PatchQueue";
import * as Effect from "effect/Effect";
import * as HostProgram from "../HostProgram.ts";
import type { SourceDriver } from "../SourceDriver.ts";
import * as Timed from "../Timed.ts";

/** The driver. */
export const driver: SourceDriver = {
  kind: "patch_queue",
  isCached: () => true,
  stage: {
    type: "change",
    apply: ({ source, environment }, directory) => {
      const { path } = source.settings as Settings;
      const { files } = source.context;
      const names = (files.list(path) ?? []).map((entry) => entry.name);
      return Timed.activity(
        environment,
        `Applying patch queue: ${path}`,
        Effect.forEach(
          names,
          (name) =>
            HostProgram.run({
              program: "git",
              // A git directory of its own keeps git from looking for one above, where it would apply nothing and say nothing.
              arguments: [
                "-C",
                directory,
                "--git-dir",
                join(directory, ".git"),
                "--work-tree",
                directory,
                "apply",
                "-",
              ],
              input: files.read(`${path}/${name}`),
              failure: `Failed to apply patch ${name} of ${path}`,
            }),
          { discard: true },
        ),
      );
    },
  },
};
