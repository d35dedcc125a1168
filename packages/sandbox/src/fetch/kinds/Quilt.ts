/** `quilt`: the patches that are among the sources themselves, applied by the host's `quilt`. */
import { statSync } from "node:fs";
import { join } from "node:path";
import { raise } from "@millrace/core/error/BstError";
import type { Settings } from "@millrace/core/source/kinds/Quilt";
import * as Effect from "effect/Effect";
import { attempt } from "../../cas/Cas.ts";
import * as HostProgram from "../HostProgram.ts";
import type { SourceDriver } from "../SourceDriver.ts";
import * as Timed from "../Timed.ts";

/** The driver. */
export const driver: SourceDriver = {
  kind: "quilt",
  isCached: () => true,
  stage: {
    type: "change",
    apply: ({ source, environment }, directory) => {
      const { path } = source.settings as Settings;
      return Timed.activity(
        environment,
        `quilt: Applying patches: ${path}`,
        Effect.gen(function* () {
          yield* attempt(() => {
            if (statSync(join(directory, path), { throwIfNoEntry: false })?.isDirectory() === true) return;
            raise({
              domain: "SOURCE",
              reason: "no-dir-found",
              message: `The quilt source of ${source.context.elementName} finds no directory '${path}' among the sources before it`,
            });
          });
          yield* HostProgram.run({
            program: "quilt",
            arguments: ["push", "-a"],
            cwd: directory,
            environment: { QUILT_PATCHES: path },
            failure: `Failed to apply the patches of ${path}`,
            complaintOnOutput: true,
          });
        }),
      );
    },
  },
};
