/** `snap_image`: a directory of its dependencies' files with a `meta/snap.yaml`. */
import * as Canonical from "../../key/Canonical.ts";
import * as Access from "../../yaml/Access.ts";
import type { ElementKind } from "../ElementKind.ts";
import * as Commands from "./Commands.ts";

export interface Settings {
  readonly directory: string;
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly orphans: boolean;
  readonly metadata: Access.Plain;
}

const keys = ["directory", "include", "exclude", "metadata", "include-orphans"];

/** The kind. Its plugin assembles it, with the YAML writer that the plugin uses. */
export const kind: ElementKind<Settings> = {
  ...Commands.ordinary,
  name: "snap_image",
  assembledByPlugin: true,
  defaults: "config:\n  include: []\n  exclude: []\n  include-orphans: True\n",
  artifactVersion: 1,
  forbidsRuntimeDepends: true,
  forbidsSources: true,
  configure: (config) => {
    Access.validateKeys(config, keys);
    return {
      directory: Access.getString(config, "directory"),
      include: Access.getStringList(config, "include"),
      exclude: Access.getStringList(config, "exclude"),
      orphans: Access.getBool(config, "include-orphans"),
      metadata: Access.strip(Access.getNode(config, "metadata")),
    };
  },
  uniqueKey: (settings) => ({
    directory: settings.directory,
    include: Canonical.sorted(settings.include),
    exclude: Canonical.sorted(settings.exclude),
    "include-orphans": settings.orphans,
    metadata: settings.metadata,
  }),
  plan: Commands.cannotBuild,
};
