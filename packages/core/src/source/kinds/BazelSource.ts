/** `bazel_source`: everything that a Bazel workspace of the sources before it downloads; the ref is the hash of the list. */
import * as Access from "../../yaml/Access.ts";
import type { SourceKind } from "../SourceKind.ts";
import * as Common from "./Common.ts";

export interface Settings {
  readonly workspaceDirectory: string;
  readonly allowHostBazel: boolean;
  readonly repositoryFile: string;
  readonly targets: readonly string[];
  readonly ref: string | undefined;
}

const keys = Common.keys("workspace-dir", "allow-host-bazel", "repo-file", "targets", "ref");

/** The kind. */
export const kind: SourceKind<Settings> = {
  ...Common.ordinary,
  ...Common.textRefMembers,
  name: "bazel_source",
  requiresPreviousFetch: true,
  requiresPreviousTrack: true,
  configure: (config, context) => {
    Access.validateKeys(config, keys);
    const allowHostBazel = Access.getBool(config, "allow-host-bazel", false);
    const targets = Access.getStringList(config, "targets", []);
    if (!allowHostBazel && targets.length > 0) {
      context.warn(null, "'targets' has no effect without 'allow-host-bazel'", config.entries.get("targets"));
    }
    return {
      allowHostBazel,
      repositoryFile: Access.getString(config, "repo-file", ".bst-sources"),
      targets: targets.length > 0 ? targets : ["//..."],
      workspaceDirectory: Access.getString(config, "workspace-dir", "."),
      ref: Access.optionalString(config, "ref"),
    };
  },
  uniqueKey: (settings) => [
    settings.allowHostBazel,
    settings.repositoryFile,
    settings.targets,
    settings.workspaceDirectory,
    Common.orNull(settings.ref),
  ],
  withRef: Common.withTextRef,
  urls: () => [],
};
