/** What the heading of a session says: the configuration and the projects as rows. */
import type { Element } from "@millrace/core/element/Element";
import type { Event, Status } from "@millrace/core/event/Event";
import type { Graph } from "@millrace/core/graph/Graph";
import type { Project, RemoteSpec } from "@millrace/core/project/Project";
import * as SourceInfo from "@millrace/core/source/SourceInfo";
import * as Fields from "../show/Fields.ts";
import * as Report from "../show/Report.ts";
import type * as Heading from "../ui/Heading.ts";
import * as Context from "./Context.ts";
import { version } from "./Version.ts";

/** The heading over a loaded graph. */
export function make(context: Context.Context, graph: Graph, start: number): Heading.Heading {
  const { config } = context;
  const { project } = graph;
  const strict = Context.strict(context, project.name);
  const storage = config.cache.storageService;
  return {
    version,
    start,
    project: { name: project.name, directory: project.files.directory },
    targets: graph.targets.map((id) => (graph.elements[id] as Element).name),
    configuration: [
      ["Configuration File", config.origin ?? "Default Configuration"],
      ["Cache Directory", config.cachedir],
      ["Log Files", config.logdir],
      ["Source Mirrors", config.sourcedir],
      ["Build Area", `${config.cachedir}/build`],
      ["Strict Build Plan", strict ? "Yes" : "No"],
      ["Maximum Fetch Tasks", String(config.scheduler.fetchers)],
      ["Maximum Build Tasks", String(config.scheduler.builders)],
      ["Maximum Push Tasks", String(config.scheduler.pushers)],
      ["Maximum Network Retries", String(config.scheduler.networkRetries)],
      ...(storage === undefined ? [] : [["Cache Storage Service", remote(storage)] as const]),
    ],
    remoteExecution: execution(context),
    projects: graph.projects.map(section),
  };
}

function remote(spec: RemoteSpec): string {
  return spec.instanceName ? `${spec.url} (instance: ${spec.instanceName})` : spec.url;
}

function execution({ config }: Context.Context): readonly (readonly [string, string])[] {
  const services = config.remoteExecution;
  if (services === undefined) return [];
  const rows: (readonly [string, string])[] = [];
  if (services.execution !== undefined) rows.push(["Execution Service", remote(services.execution)]);
  const storage = services.storage ?? config.cache.storageService;
  if (storage !== undefined) rows.push(["Storage Service", remote(storage)]);
  if (services.actionCache !== undefined) rows.push(["Action Cache Service", remote(services.actionCache)]);
  return rows;
}

function section(project: Project): Heading.ProjectSection {
  const plugins = (type: "element" | "source") =>
    project.plugins.filter((plugin) => plugin.type === type).map((plugin) => [plugin.kind, plugin.detail] as const);
  return {
    name: project.name,
    junction: project.junctionPath.length === 0 ? undefined : project.junctionPath.join(":"),
    loadedBy: project.loadedBy,
    duplicates: [],
    internal: [],
    options: [...project.options],
    elementPlugins: plugins("element"),
    sourcePlugins: plugins("source"),
    artifactServers: project.artifactServers.map(remote),
    sourceServers: project.sourceServers.map(remote),
  };
}

/** What recordings keep of a graph: the elements that the session may touch. */
export function recorded(
  context: Context.Context,
  graph: Graph,
  listed: readonly Status[],
): Extract<Event, { type: "graph" }> {
  const { fetchers, builders, pushers } = context.config.scheduler;
  const states = new Map(listed.map(({ id, state }) => [id, state] as const));
  const elements = graph.elements.flatMap(({ id, fullName, kind, dependencies }) => {
    const state = states.get(id);
    if (state === undefined) return [];
    const build = dependencies.filter((dependency) => dependency.build).map(({ element }) => element);
    const run = dependencies.filter((dependency) => dependency.runtime).map(({ element }) => element);
    return [{ id, name: fullName, kind: kind.name, state, build, run }];
  });
  const targets = graph.targets.map((id) => (graph.elements[id] as Element).fullName);
  return { type: "graph", targets, limits: { fetchers, builders, pushers }, elements };
}

/** Writes elements in the user's `element-format`, as headings and summaries list them. Raises when the format is malformed. */
export function lister(context: Context.Context, graph: () => Graph): Heading.Lister {
  const { elementFormat, keyLength } = context.config.logging;
  const format = Report.parse(elementFormat);
  return (elements, colours) => {
    const rows = elements.map((status) => row(graph(), status, keyLength));
    return Report.render(format, rows, colours);
  };
}

function row(graph: Graph, status: Status, keyLength: number): Fields.Row {
  const element = graph.elements[status.id] as Element;
  const subject: Fields.Subject = {
    graph,
    element,
    sourceInfo: () => element.sources.flatMap((source) => SourceInfo.of(source) ?? []),
    keyDocument: () => "",
  };
  return {
    fullName: element.fullName,
    state: {
      key: status.fullKey.startsWith("?") ? undefined : status.fullKey,
      keyIsStrict: status.keyIsStrict,
      artifact: undefined,
      state: status.state,
    },
    keyLength,
    described: (symbol) => Fields.describe(symbol, subject),
  };
}
