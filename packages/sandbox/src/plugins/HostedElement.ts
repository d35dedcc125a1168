/**
 * Element kinds that live in the plugin host, as core sees kinds.
 *
 * A plugin that adds nothing but configuration to one of the two patterns of commands is planned natively from what it read, and no Python takes part in
 * its build. Any other plan is one step that only the host can carry out.
 */
import type { Json } from "@millrace/core/element/Element";
import type { AnyElementKind, ConfigureContext, GraphView } from "@millrace/core/element/ElementKind";
import * as ElementName from "@millrace/core/element/ElementName";
import * as BuildElement from "@millrace/core/element/kinds/BuildElement";
import type * as Commands from "@millrace/core/element/kinds/Commands";
import * as ScriptElement from "@millrace/core/element/kinds/ScriptElement";
import { raise } from "@millrace/core/error/BstError";
import type { HostedPlugin } from "@millrace/core/project/Plugins";
import * as Access from "@millrace/core/yaml/Access";
import { place } from "@millrace/core/yaml/Node";
import type { Host, Listener } from "./Host.ts";
import * as HostedSource from "./HostedSource.ts";
import * as Questions from "./Questions.ts";
import * as Wire from "./Wire.ts";

/** The plan step of elements that the host builds, and its settings. */
export const handler = "plugin-host";

/** An element in the host. */
export interface Settings {
  readonly host: Host;
  readonly number: number;
  readonly finished: Finished | undefined;
}

interface Finished {
  readonly key: Json;
  readonly runs: boolean;
  readonly pattern: Pattern | undefined;
}

type Pattern =
  | { readonly type: "build"; readonly settings: BuildElement.Settings }
  | { readonly type: "script"; readonly settings: ScriptElement.Settings };

/** Variables that the common bases always ask for. */
const always = ["build-root", "command-subdir", "cwd", "install-root", "notparallel"] as const;

const noElement = (): never =>
  raise({
    domain: "PLUGIN",
    reason: null,
    message: "A plugin looked at other elements before its dependencies were known",
    hint: "configure() sees the element alone; configure_dependencies() and what follows see more.",
  });

const native = BuildElement.kind("", "");

/** The kind that a loaded class of the host stands for. */
export function make(host: Host, plugin: HostedPlugin, facts: Wire.Arguments): AnyElementKind {
  const settingsOf = (settings: unknown) => settings as Settings;
  const finishedOf = (settings: unknown) =>
    settingsOf(settings).finished ??
    raise({
      domain: "PLUGIN",
      reason: null,
      message: `An element of kind '${plugin.kind}' was used before it was made`,
    });
  // Elements of a kind ask for the same variables: what one asked for is sent along with the next.
  const usual = new Set<string>(always);
  const patternOf = (settings: unknown) => finishedOf(settings).pattern;
  return {
    name: plugin.kind,
    defaults: plugin.defaults,
    host: { type: handler },
    artifactVersion: Number(facts["artifactVersion"]),
    strictRebuild: facts["strictRebuild"] === true,
    runsCommands: (settings) => finishedOf(settings).runs,
    forbidsSources: facts["forbidsSources"] === true,
    forbidsBuildDepends: facts["forbidsBuildDepends"] === true,
    forbidsRuntimeDepends: facts["forbidsRuntimeDepends"] === true,
    hasArtifact: facts["hasArtifact"] === true,
    deprecated: typeof facts["deprecated"] === "string" ? facts["deprecated"] : undefined,
    configure: (config, context): Settings => {
      const number = host.number();
      const files = Wire.files();
      const variables: Record<string, string | null> = {};
      for (const name of usual) variables[name] = context.variables.get(name) ?? null;
      const element = {
        name: context.name,
        "full-name": context.instance?.fullName ?? context.name,
        "normal-name": ElementName.normal(context.name),
        description: Access.getString(context.node, "description", ""),
        workspace: context.instance?.workspace === true,
        variables,
        node: Wire.node({ ...context.node, entries: new Map() }, files),
        config: Wire.node(config, files),
      };
      host.exchange(
        "element-new",
        { number, cls: facts["class"], project: projectFacts(context, plugin), facts: element, files: files.names },
        listener(host, context, [], undefined, usual),
        `while '${element["full-name"]}' was configured`,
      );
      return { host, number, finished: undefined };
    },
    configureDependencies: (settings, dependencies, context, graph): Settings => {
      const { number } = settingsOf(settings);
      const declared = dependencies.find((dependency) => dependency.configs.length > 0)?.configs[0];
      if (facts["readsDependencies"] !== true && declared !== undefined)
        raise({
          domain: "LOAD",
          reason: "invalid-dependency-config",
          message: `Elements of kind '${plugin.kind}' take no 'config' for their dependencies`,
          place: place(declared),
          hint: "Remove it.",
        });
      const files = Wire.files();
      const given = dependencies.map((dependency) => ({
        element: Questions.facts(graph.element(dependency.element)),
        path: dependency.path,
        configs: dependency.configs.map((config) => Wire.node(config, files)),
      }));
      const direct = dependencies.map((dependency) => dependency.element);
      const sources = hostedSources(host, context);
      const answer = host.exchange(
        "element-finish",
        { number, dependencies: given, files: files.names, sources },
        listener(host, context, direct, graph, usual),
        `while '${context.instance?.fullName ?? context.name}' was checked`,
      );
      const told = Wire.record(answer);
      Wire.list(told["sources"]).forEach((checked, index) => {
        if (checked !== null) host.checked.set(sources[index] as number, Wire.record(checked));
      });
      return { host, number, finished: finished(told) };
    },
    uniqueKey: (settings) => finishedOf(settings).key,
    plan: (settings, element, graph) => {
      const pattern = patternOf(settings);
      if (pattern?.type === "build") return native.plan(pattern.settings, element, graph);
      if (pattern?.type === "script") return ScriptElement.plan(pattern.settings, element, graph);
      return {
        environment: {},
        workingDirectory: "/",
        markedDirectories: [],
        digestVariables: [],
        stage: [{ type: "custom", handler, settings: settingsOf(settings) }],
        assemble: [],
        collect: "/",
        runsCommands: finishedOf(settings).runs,
      };
    },
    generateScript:
      facts["generatesScript"] === true
        ? (settings, element) =>
            Wire.text(
              host.exchange(
                "element-script",
                { number: settingsOf(settings).number },
                listener(host, { ...element, projectName: element.project.name }, [], undefined),
                `while it made the build script of '${element.fullName}'`,
              ),
            )
        : undefined,
  };
}

/** Numbers of an element's sources that live in the host, too. */
function hostedSources(host: Host, { instance }: ConfigureContext): readonly number[] {
  return (instance?.sources() ?? [])
    .filter(({ kind }) => HostedSource.mark(kind) !== undefined)
    .map(({ settings }) => settings as HostedSource.Settings)
    .filter((settings) => settings.host === host)
    .map((settings) => settings.number);
}

function projectFacts(context: ConfigureContext, plugin: HostedPlugin): Wire.Data {
  const directory = context.instance?.files.directory ?? plugin.project.files.directory;
  return { name: context.projectName, directory, provenance: [] };
}

function listener(
  host: Host,
  context: ConfigureContext,
  direct: readonly number[],
  graph: Pick<GraphView, "element"> | undefined,
  usual: Set<string> = new Set(),
): Listener {
  const { instance } = context;
  const asking = {
    ...context,
    direct,
    element: graph?.element ?? noElement,
    sources: instance?.sources() ?? [],
    host,
  };
  return {
    answer: (question, args) => {
      if (question === "variable" && args["element"] === null) usual.add(Wire.text(args["name"]));
      const known = Questions.answer(asking, question, args);
      if (known !== undefined) return known.is;
      if (question === "warn") {
        const token = args["token"];
        const message = Questions.withDetail(Wire.text(args["brief"]), args["detail"]);
        instance?.warn(typeof token === "string" ? token : null, message);
        return null;
      }
      if (question === "project-path" && instance !== undefined) return Questions.projectPath(instance.files, args);
      return raise({
        domain: "PLUGIN",
        reason: null,
        message: `A plugin asked for '${question}' while '${context.name}' was loaded, which is only there when it is built`,
      });
    },
    hear: (message) => {
      if (message["level"] !== "info") return;
      const { detail } = message;
      instance?.inform(Wire.text(message["brief"]), typeof detail === "string" ? detail : undefined);
    },
  };
}

function finished(answer: Wire.Arguments): Finished {
  return {
    key: answer["key"] as Json,
    runs: answer["runs"] === true,
    pattern: patternOf(Wire.record(answer["pattern"])),
  };
}

function patternOf(facts: Wire.Arguments): Pattern | undefined {
  if (facts["pattern"] === "build") {
    const commands = Wire.record(facts["commands"]);
    return {
      type: "build",
      settings: {
        commands: {
          "configure-commands": Wire.texts(commands["configure-commands"]) ?? [],
          "build-commands": Wire.texts(commands["build-commands"]) ?? [],
          "install-commands": Wire.texts(commands["install-commands"]) ?? [],
          "strip-commands": Wire.texts(commands["strip-commands"]) ?? [],
        },
        layout: groups(facts["layout"]),
        digests: groups(facts["digests"]),
      },
    };
  }
  if (facts["pattern"] !== "script") return undefined;
  return {
    type: "script",
    settings: {
      commands: Wire.list(facts["commands"]).map((group) => {
        const [name, commands] = Wire.list(group);
        return [Wire.text(name), Wire.texts(commands) ?? []];
      }),
      workingDirectory: Wire.text(facts["cwd"]),
      installRoot: Wire.text(facts["install-root"]),
      rootReadOnly: facts["root-read-only"] === true,
      layout: groups(facts["layout"]),
    },
  };
}

function groups(data: Wire.Data): Commands.Groups {
  return new Map(
    Object.entries(Wire.record(data)).map(([name, members]) => [
      name,
      Wire.list(members).map((member) => {
        const [element, path] = Wire.list(member);
        return { element: Number(element), path: Wire.text(path) };
      }),
    ]),
  );
}
