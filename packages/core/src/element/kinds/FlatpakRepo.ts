/**
 * `flatpak_repo`: an OSTree repository into which flatpak images are exported.
 *
 * A dependency is an image, a stack of images (each runtime dependency of it is one), or, without configuration, a tool at the root. A second group
 * of commands with the name of a first replaces it in place, as the original's dictionary does.
 */
import { raise } from "../../error/BstError.ts";
import * as Access from "../../yaml/Access.ts";
import * as Node from "../../yaml/Node.ts";
import type { Element } from "../Element.ts";
import type { ElementKind } from "../ElementKind.ts";
import * as Commands from "./Commands.ts";
import * as ScriptElement from "./ScriptElement.ts";

export interface Settings extends ScriptElement.Settings {
  readonly copies: readonly { readonly from: string; readonly to: string }[];
  readonly arch: string;
  readonly branch: string;
}

const keys = ["copy-refs", "repo-mode", "arch", "branch"];
const copyKeys = ["src", "dest"];
const dependencyKeys = ["flatpak-image", "flatpak-stack", "branch", "arch"];
const repository = "/buildstream/repo";

/** The kind. */
export const kind: ElementKind<Settings> = {
  ...ScriptElement.ordinary,
  name: "flatpak_repo",
  defaults: "config:\n  copy-refs: []\n  repo-mode: 'archive'\n  arch: '%{arch}'\n  branch: '%{branch}'\n",
  artifactVersion: 2,
  configure: (config, context) => {
    Access.validateKeys(config, keys);
    const copies = Access.asMappingList(Access.getSequence(config, "copy-refs")).map((copy) => {
      Access.validateKeys(copy, copyKeys);
      return { from: Access.getString(copy, "src"), to: Access.getString(copy, "dest") };
    });
    const mode = Access.getString(config, "repo-mode");
    const init = `ostree init --repo=${repository} --mode=${mode}`;
    return {
      ...ScriptElement.fromVariables(context, [["init repository", [init]]], true),
      installRoot: repository,
      copies,
      arch: Access.getString(config, "arch"),
      branch: Access.getString(config, "branch"),
    };
  },
  configureDependencies: (settings, dependencies, context, graph) => {
    const layout = new Map<string, Commands.Staged[]>();
    const commands = new Map(settings.commands);
    let images = 0;
    const fail = (message: string, hint: string, node?: Node.Node): never =>
      raise({
        domain: "ELEMENT",
        reason: null,
        message,
        place: node === undefined ? undefined : Node.place(node),
        hint,
      });
    for (const dependency of dependencies) {
      if (!dependency.build) continue;
      if (dependency.configs.length === 0) Commands.add(layout, "/", dependency);
      for (const config of dependency.configs) {
        Access.validateKeys(config, dependencyKeys);
        const isImage = Access.getBool(config, "flatpak-image", false);
        const isStack = Access.getBool(config, "flatpak-stack", false);
        if (isImage === isStack) {
          const what = isImage ? "both a flatpak image and a stack" : "neither a flatpak image nor a stack";
          fail(`'${dependency.path}' is given as ${what}`, "Set one of flatpak-image and flatpak-stack.", config);
        }
        const branch = Access.getString(config, "branch", settings.branch);
        const arch = Access.getString(config, "arch", settings.arch);
        const add = (image: Element, path: string): void => {
          const at = `/buildstream/input/${image.normalName}`;
          images++;
          Commands.add(layout, at, { ...dependency, element: image.id, path });
          commands.set(`export ${path}`, [
            `flatpak build-export --files=files --arch=${arch} ${repository} ${at} ${branch}`,
          ]);
        };
        const element = graph.element(dependency.element);
        if (isImage) add(element, dependency.path);
        else {
          for (const member of element.dependencies) {
            const image = graph.element(member.element);
            if (member.runtime) add(image, `${dependency.path} (${image.name})`);
          }
        }
      }
    }
    if (images === 0) {
      fail(`'${context.name}' has no flatpak images`, "Give a build dependency `config: {flatpak-image: true}`.");
    }
    for (const { from, to } of settings.copies) {
      commands.set(`copy ref ${from} -> ${to}`, [`flatpak build-commit-from --src-ref=${from} ${repository} ${to}`]);
    }
    return { ...settings, layout, commands: [...commands] };
  },
  uniqueKey: ScriptElement.uniqueKey,
  plan: ScriptElement.plan,
};
