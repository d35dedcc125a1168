/**
 * `workspace`: what replaces all sources of an element while its workspace is open. The loader makes it; projects never name it.
 *
 * Its key is a digest with modification times, so that touching a file rebuilds, as an incremental build expects.
 */

import { raise } from "../../error/BstError.ts";
import * as Access from "../../yaml/Access.ts";
import type { SourceKind } from "../SourceKind.ts";
import * as Common from "./Common.ts";

export interface Settings {
  /** Absolute path of the workspace directory. */
  readonly path: string;
  /** Strong key of the last build in it, empty when there was none. */
  readonly lastBuild: string;
  /** Whether the directory is there. */
  readonly exists: boolean;
}

const keys = ["path", "last_build", "kind"];

/** The kind. */
export const kind: SourceKind<Settings> = {
  ...Common.localMembers,
  name: "workspace",
  configure: (config, context) => {
    Access.validateKeys(config, keys);
    const path = Access.getString(config, "path");
    return {
      path,
      lastBuild: Access.getString(config, "last_build"),
      exists: context.workspaceDigest?.(path) !== undefined,
    };
  },
  isResolved: (settings) => settings.exists,
  uniqueKey: (settings, context) => {
    const digest = context.workspaceDigest?.(settings.path);
    if (digest !== undefined) return digest.hash;
    return raise({
      domain: "SOURCE",
      reason: null,
      message: `The workspace directory '${settings.path}' of '${context.elementName}' is not there`,
      hint: "Close the workspace with `bst workspace close`, or bring the directory back.",
    });
  },
};
