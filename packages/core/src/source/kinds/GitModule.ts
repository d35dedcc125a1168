/** `git_module`: one submodule of the git source before it, as a source of its own. */
import * as ProjectPath from "../../project/ProjectPath.ts";
import * as Access from "../../yaml/Access.ts";
import type { SourceKind } from "../SourceKind.ts";
import * as Common from "./Common.ts";

export interface Settings extends Common.Version {
  readonly url: string;
  /** Where the submodule is; an absolute path is taken from the root of the sources. */
  readonly path: string;
  readonly ref: string | undefined;
  readonly fullClone: boolean;
  readonly useLfs: boolean | undefined;
}

const keys = Common.keys("url", "ref", "full-clone", "use-lfs", ...Common.versionKeys, "path");

function relative(path: string): string {
  if (!path.startsWith("/")) return path;
  return ProjectPath.normalize(path).slice(1) || ".";
}

/** The kind. */
export const kind: SourceKind<Settings> = {
  ...Common.ordinary,
  ...Common.textRefMembers,
  name: "git_module",
  requiresPreviousTrack: true,
  configure: (config) => {
    Access.validateKeys(config, keys);
    return {
      url: Access.getString(config, "url"),
      fullClone: Access.getBool(config, "full-clone", false),
      useLfs: Access.optionalBool(config, "use-lfs"),
      ...Common.version(config),
      ref: Access.optionalString(config, "ref"),
      path: relative(Access.getString(config, "path")),
    };
  },
  uniqueKey: (settings) => [
    settings.url,
    Common.orNull(settings.ref),
    ...(settings.path === "" ? [] : [{ path: settings.path }]),
    ...(settings.useLfs === true ? ["use-lfs"] : []),
    ...Common.versionItems(settings),
  ],
  withRef: Common.withTextRef,
  urls: (settings) => [{ url: settings.url, primary: true }],
};
