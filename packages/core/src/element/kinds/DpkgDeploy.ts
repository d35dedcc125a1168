/**
 * `dpkg_deploy`: Debian packages made from the files and public data of one `dpkg_build` element. Its plugin assembles it.
 */
import * as Access from "../../yaml/Access.ts";
import type { ElementKind } from "../ElementKind.ts";
import * as Commands from "./Commands.ts";
import * as InputScript from "./InputScript.ts";
import * as ScriptElement from "./ScriptElement.ts";

const keys = ["build-commands"];

/** The kind. */
export const kind: ElementKind<ScriptElement.Settings> = {
  ...ScriptElement.ordinary,
  name: "dpkg_deploy",
  assembledByPlugin: true,
  defaults: `variables:
  packages: <PACKAGES>
  buildpkg: |
            for package in %{packages}; do
              /bin/chmod 0755 %{build-root}/$package/DEBIAN
              dpkg-deb --build %{build-root}/$package %{install-root}
            done
config:
  build-commands:
  - |
    %{buildpkg}
`,
  configure: (config, context) => {
    Access.validateKeys(config, keys);
    const commands = Access.getStringList(config, "build-commands");
    return ScriptElement.fromVariables(context, [["build-commands", commands]], true);
  },
  configureDependencies: (settings, dependencies, context) => ({
    ...settings,
    layout: InputScript.layout(dependencies, context),
  }),
  uniqueKey: (settings) => {
    const { commands, ...rest } = ScriptElement.keyMembers(settings);
    return { ...rest, "unedited-commands": commands };
  },
  plan: Commands.cannotBuild,
};
