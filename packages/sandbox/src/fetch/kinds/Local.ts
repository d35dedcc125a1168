/** `local`: files of the project, captured as they are when they are staged; the stat index makes that cheap after the key was computed. */
import { accessSync, constants, lstatSync } from "node:fs";
import { basename, join } from "node:path";
import { raise } from "@millrace/core/error/BstError";
import type { Settings } from "@millrace/core/source/kinds/Local";
import * as Effect from "effect/Effect";
import * as Capture from "../../cas/Capture.ts";
import { attempt } from "../../cas/Cas.ts";
import type { SourceDriver } from "../SourceDriver.ts";

/** The driver. */
export const driver: SourceDriver = {
  kind: "local",
  isCached: () => true,
  stage: {
    type: "tree",
    make: ({ source, environment: { cas } }) => {
      const { path } = source.settings as Settings;
      const full = join(source.context.files.directory, path);
      return attempt(() => lstatSync(full, { throwIfNoEntry: false })).pipe(
        Effect.flatMap((stats) => {
          if (stats?.isDirectory() === true) return cas.capture(full, { remember: true });
          if (stats?.isFile() === true)
            return attempt(() => Capture.captureFile(cas.store, full, basename(full), isExecutable(full)));
          return attempt(() =>
            raise({
              domain: "SOURCE",
              reason: null,
              message: `The local source ${path} of ${source.context.elementName} is no longer there`,
            }),
          );
        }),
        Effect.map((captured) => captured.directory),
      );
    },
  },
};

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
