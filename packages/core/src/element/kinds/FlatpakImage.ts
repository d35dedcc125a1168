/**
 * `flatpak_image`: files of its dependencies in the layout that `flatpak build-export` takes, with a `metadata` file.
 *
 * Dependencies without configuration are staged, split by domain, in one directory, of which `directory` becomes `files`; those with a `location` are staged
 * whole there. Of several component ids only the last is composed: the original runs its command once, after its loop.
 */
import { raise } from "../../error/BstError.ts";
import * as Canonical from "../../key/Canonical.ts";
import type * as Plan from "../../plan/Plan.ts";
import * as Access from "../../yaml/Access.ts";
import type { Json } from "../Element.ts";
import type { ElementKind } from "../ElementKind.ts";
import * as Commands from "./Commands.ts";

type Sections = ReadonlyMap<string, ReadonlyMap<string, string>>;

export interface Settings {
  readonly directory: string;
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly componentIds: readonly string[];
  readonly metadata: Sections;
  readonly layout: Commands.Groups;
}

const keys = ["directory", "include", "exclude", "metadata", "component-ids"];
const dependencyKeys = ["location"];
const input = "/buildstream/allfiles";
const result = "/buildstream/install";
/** Added by the kind's authors to force rebuilds. */
const keyVersion = 4;

function metadataText(sections: Sections): string {
  let text = "";
  for (const [section, pairs] of sections) {
    text += `[${section}]\n`;
    for (const [name, value] of pairs) text += `${name} = ${value.replaceAll("\n", "\n\t")}\n`;
    text += "\n";
  }
  return text;
}

function object(map: ReadonlyMap<string, string>): Json {
  return Object.assign(Object.create(null), Object.fromEntries(map));
}

/** The kind. */
export const kind: ElementKind<Settings> = {
  ...Commands.ordinary,
  name: "flatpak_image",
  defaults: "config:\n  component-ids: []\n  include: []\n  exclude: []\n",
  strictRebuild: true,
  forbidsRuntimeDepends: true,
  forbidsSources: true,
  configure: (config, context) => {
    Access.validateKeys(config, keys);
    const metadataNode = Access.getMapping(config, "metadata");
    const metadata = new Map<string, ReadonlyMap<string, string>>();
    for (const section of metadataNode.entries.keys()) {
      const pairs = Access.getMapping(metadataNode, section);
      metadata.set(section, new Map([...pairs.entries.keys()].map((name) => [name, Access.getString(pairs, name)])));
    }
    if (!metadata.has("Application") && !metadata.has("Runtime")) {
      raise({
        domain: "ELEMENT",
        reason: null,
        message: `The metadata of '${context.name}' has neither a section Application nor a section Runtime`,
        hint: "Say in `metadata` what the image is.",
      });
    }
    return {
      directory: Access.getString(config, "directory"),
      include: Access.getStringList(config, "include"),
      exclude: Access.getStringList(config, "exclude"),
      componentIds: Access.getStringList(config, "component-ids"),
      metadata,
      layout: new Map(),
    };
  },
  configureDependencies: (settings, dependencies) => {
    const layout = new Map<string, Commands.Staged[]>();
    for (const dependency of dependencies) {
      if (!dependency.build) continue;
      if (dependency.configs.length === 0) Commands.add(layout, input, dependency);
      for (const config of dependency.configs) {
        Access.validateKeys(config, dependencyKeys);
        Commands.add(layout, Access.getString(config, "location"), dependency);
      }
    }
    return { ...settings, layout };
  },
  uniqueKey: (settings) => ({
    directory: settings.directory,
    include: Canonical.sorted(settings.include),
    exclude: Canonical.sorted(settings.exclude),
    metadata: Object.fromEntries([...settings.metadata].map(([section, pairs]) => [section, object(pairs)])),
    ...(settings.componentIds.length > 0 ? { "component-ids": settings.componentIds } : {}),
    version: keyVersion,
  }),
  plan: (settings, element, graph) => {
    const { include, exclude, metadata } = settings;
    const stage = Commands.stageGroups(settings.layout, graph)
      .filter((step) => step.type === "stage-artifacts")
      .map((step) => (step.at === input ? { ...step, split: { include, exclude, orphans: true } } : step));
    const assemble: Plan.Step[] = [];
    const component = settings.componentIds.at(-1);
    if (component !== undefined) {
      const data = Commands.join(Commands.join(input, settings.directory.replace(/^\/+/, "")), "share");
      const command =
        `appstreamcli compose --components ${component} --result-root ${result} --prefix ${settings.directory}` +
        ` --data-dir ${data} --origin ${component} ${input}`;
      assemble.push({
        type: "run",
        label: "Running commands",
        readOnlyRoot: true,
        commands: [Commands.shell(command)],
      });
    }
    assemble.push({ type: "mkdir", path: `${result}/files` });
    const isRuntime = !metadata.has("Application");
    if (!isRuntime) assemble.push({ type: "mkdir", path: `${result}/export` });
    for (const [section, pairs] of metadata) {
      const directory = section.startsWith("Extension ") ? pairs.get("directory") : undefined;
      if (directory !== undefined) assemble.push({ type: "mkdir", path: Commands.join(`${result}/files`, directory) });
    }
    const inside = settings.directory.replace(/^\/+|\/+$/g, "");
    assemble.push({ type: "copy", from: inside === "" ? input : `${input}/${inside}`, to: `${result}/files` });
    if (isRuntime && !metadata.has("ExtensionOf")) {
      assemble.push({ type: "copy", from: `${input}/etc`, to: `${result}/files/etc` });
    }
    assemble.push({ type: "write-file", path: `${result}/metadata`, text: metadataText(metadata), executable: false });
    return {
      ...Commands.quietPlan(element, result, stage, assemble),
      markedDirectories: [input, result],
      runsCommands: component !== undefined,
    };
  },
};
