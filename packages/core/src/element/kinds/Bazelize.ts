/** `bazelize`: Bazel build files for the artifacts of its direct dependencies. Its plugin assembles it. */
import * as Canonical from "../../key/Canonical.ts";
import * as Access from "../../yaml/Access.ts";
import type { ElementKind } from "../ElementKind.ts";
import * as Commands from "./Commands.ts";

export interface Settings {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly orphans: boolean;
}

const keys = ["include", "exclude", "include-orphans"];

/** The kind. */
export const kind: ElementKind<Settings> = {
  ...Commands.ordinary,
  name: "bazelize",
  assembledByPlugin: true,
  defaults: "config:\n  include: []\n  exclude: []\n  include-orphans: true\n",
  artifactVersion: 4,
  strictRebuild: true,
  forbidsRuntimeDepends: true,
  forbidsSources: true,
  runsCommands: () => false,
  configure: (config) => {
    Access.validateKeys(config, keys);
    return {
      include: Access.getStringList(config, "include"),
      exclude: Access.getStringList(config, "exclude"),
      orphans: Access.getBool(config, "include-orphans"),
    };
  },
  uniqueKey: (settings) => ({
    include: Canonical.sorted(settings.include),
    exclude: Canonical.sorted(settings.exclude),
    "include-orphans": settings.orphans,
  }),
  plan: Commands.cannotBuild,
};
