/** `patch_queue`: a directory of patches, applied with `git apply` in the order of their names. Only their content enters the key. */
import * as Canonical from "../../key/Canonical.ts";
import * as ProjectPath from "../../project/ProjectPath.ts";
import * as Access from "../../yaml/Access.ts";
import type { SourceKind } from "../SourceKind.ts";
import * as Common from "./Common.ts";

export interface Settings {
  readonly path: string;
}

const keys = Common.keys("path");

/** The kind. */
export const kind: SourceKind<Settings> = {
  ...Common.localMembers,
  name: "patch_queue",
  requiresPreviousStage: true,
  configure: (config, context) => {
    Access.validateKeys(config, keys);
    return { path: ProjectPath.check(Access.getScalar(config, "path"), context.files, "directory") };
  },
  uniqueKey: (settings, context) => {
    const names = (context.files.list(settings.path) ?? []).map((entry) => entry.name);
    return Canonical.sorted(names).map((name) => Common.fileHash(ProjectPath.join(settings.path, name), context));
  },
};
