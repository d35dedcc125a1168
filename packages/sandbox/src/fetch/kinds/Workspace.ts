/** `workspace`: the directory of an open workspace as it was when the key was computed, modification times included. */
import { raise } from "@millrace/core/error/BstError";
import type { Settings } from "@millrace/core/source/kinds/Workspace";
import * as Effect from "effect/Effect";
import { attempt } from "../../cas/Cas.ts";
import * as ObjectStore from "../../cas/ObjectStore.ts";
import type { SourceDriver } from "../SourceDriver.ts";

/** The driver. */
export const driver: SourceDriver = {
  kind: "workspace",
  isCached: () => true,
  stage: {
    type: "tree",
    make: Effect.fnUntraced(function* ({ source, environment: { cas } }) {
      const { path } = source.settings as Settings;
      const { context } = source;
      const wanted = yield* attempt(() => context.workspaceDigest?.(path));
      if (wanted !== undefined && (yield* cas.hasTree(wanted)))
        return yield* attempt(() => ObjectStore.readDirectory(cas.store, wanted));
      const captured = yield* cas.capture(path, { keepMtimes: true, remember: true });
      if (wanted === undefined || captured.digest.hash === wanted.hash) return captured.directory;
      return yield* attempt(() =>
        raise({
          domain: "SOURCE",
          reason: null,
          message: `Files in the workspace '${path}' of ${context.elementName} were changed while bst was working`,
          hint: "Run the command again.",
        }),
      );
    }),
  },
};
