/** `local`: a file or directory of the project. Its key is the digest of its content as a tree. */
import * as ProjectPath from "../../project/ProjectPath.ts";
import * as Access from "../../yaml/Access.ts";
import type { SourceKind } from "../SourceKind.ts";
import * as Common from "./Common.ts";

export interface Settings {
  /** Relative to the project directory. */
  readonly path: string;
}

const keys = Common.keys("path");

/** The kind. */
export const kind: SourceKind<Settings> = {
  ...Common.localMembers,
  name: "local",
  configure: (config, context) => {
    Access.validateKeys(config, keys);
    return { path: ProjectPath.check(Access.getScalar(config, "path"), context.files) };
  },
  uniqueKey: (settings, context) => context.files.treeDigest(settings.path).hash,
};
