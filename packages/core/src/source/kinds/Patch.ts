/** `patch`: one patch of the project, applied with `patch` to the sources before it. */
import * as ProjectPath from "../../project/ProjectPath.ts";
import * as Access from "../../yaml/Access.ts";
import type { SourceKind } from "../SourceKind.ts";
import * as Common from "./Common.ts";

export interface Settings {
  readonly path: string;
  /** How many leading directories the names in the patch lose. */
  readonly stripLevel: number;
}

const keys = Common.keys("path", "strip-level");

/** The kind. */
export const kind: SourceKind<Settings> = {
  ...Common.localMembers,
  name: "patch",
  requiresPreviousStage: true,
  configure: (config, context) => {
    Access.validateKeys(config, keys);
    return {
      path: ProjectPath.check(Access.getScalar(config, "path"), context.files, "file"),
      stripLevel: Access.getInt(config, "strip-level", 1),
    };
  },
  uniqueKey: (settings, context) => [settings.path, Common.fileHash(settings.path, context), settings.stripLevel],
};
