/**
 * What a plugin may ask about its element and the elements around it; the answers are the same while loading and while building.
 *
 * An element is named by its index in the graph, the asking one by null, since it has no index yet while it is loaded.
 */
import type { Element } from "@millrace/core/element/Element";
import * as ElementName from "@millrace/core/element/ElementName";
import { BstError, restated } from "@millrace/core/error/BstError";
import * as Scope from "@millrace/core/graph/Scope";
import type { ProjectFiles } from "@millrace/core/project/ProjectFiles";
import * as ProjectPath from "@millrace/core/project/ProjectPath";
import type { Source } from "@millrace/core/source/Source";
import type { Mapping } from "@millrace/core/yaml/Node";
import type { Host } from "./Host.ts";
import * as SourceFacts from "./SourceFacts.ts";
import * as Wire from "./Wire.ts";

/** The asking element. */
export interface Asking {
  readonly variables: ReadonlyMap<string, string>;
  readonly environment: ReadonlyMap<string, string>;
  readonly public: Mapping;
  /** Its build dependencies. */
  readonly direct: readonly number[];
  readonly element: (id: number) => Element;
  /** Its sources. */
  readonly sources: readonly Source[];
  readonly host: Host;
}

/** Facts of another element. */
export function facts(element: Element): Wire.Data {
  return {
    id: element.id,
    name: element.name,
    "full-name": element.fullName,
    "normal-name": ElementName.normal(element.name),
    "project-name": element.project.name,
    kind: element.kind.name,
  };
}

/** The answer to a question about elements; undefined when it is another question. */
export function answer(asking: Asking, question: string, args: Wire.Arguments): { readonly is: Wire.Data } | undefined {
  const other = typeof args["element"] === "number" ? asking.element(args["element"]) : undefined;
  const sourcesOf = (id: number | null) => (id === null ? asking : asking.element(id)).sources;
  const source = SourceFacts.at(args["source"], sourcesOf);
  if (source !== undefined) return aboutSource(source, question, args);
  switch (question) {
    case "variable":
      return { is: (other ?? asking).variables.get(Wire.text(args["name"])) ?? null };
    case "environment":
      return { is: Object.fromEntries((other ?? asking).environment) };
    case "public": {
      const files = Wire.files();
      const node = Wire.node((other ?? asking).public, files);
      return { is: { node, files: files.names } };
    }
    case "element":
      return other === undefined ? undefined : { is: facts(other) };
    case "sources": {
      const id = other?.id ?? null;
      return { is: sourcesOf(id).map((one) => SourceFacts.facts(asking.host, id, one)) };
    }
    case "scope":
      return { is: scope(asking, Wire.list(args["elements"]), args["recurse"] !== false) };
    default:
      return undefined;
  }
}

function aboutSource(source: Source, question: string, args: Wire.Arguments): { readonly is: Wire.Data } | undefined {
  switch (question) {
    case "translate-url":
      return { is: SourceFacts.translate(source, Wire.text(args["url"])) };
    case "project-path":
      return { is: projectPath(source.context.files, args) };
    case "source-info":
      return { is: SourceFacts.info(source) };
    case "source-key":
      return { is: source.uniqueKey() };
    default:
      return undefined;
  }
}

/** The dependencies of some elements in staging order, each once: what the asking one needs to build, and others need to run. */
function scope(asking: Asking, selection: readonly Wire.Data[], recurse: boolean): readonly number[] {
  const seen = new Set<number>();
  const found: number[] = [];
  const add = (id: number) => {
    if (recurse) {
      if (!seen.has(id)) Scope.visit(asking.element, id, Scope.isRuntime, seen, found);
    } else if (!seen.has(id)) {
      seen.add(id);
      found.push(id);
    }
  };
  for (const id of selection) {
    if (typeof id !== "number") for (const dependency of asking.direct) add(dependency);
    else if (recurse) add(id);
    else for (const dependency of asking.element(id).dependencies) if (dependency.runtime) add(dependency.element);
  }
  return found;
}

/** A path of a project that a plugin's configuration names, checked. */
export function projectPath(files: ProjectFiles, args: Wire.Arguments): string {
  const [file, line, column] = Wire.list(args["place"]);
  const kind = args["kind"] === "file" || args["kind"] === "directory" ? args["kind"] : undefined;
  try {
    const source = { name: Wire.text(file), text: null, project: null, path: null };
    return ProjectPath.check({ type: "scalar", value: Wire.text(args["path"]), file: source, offset: 0 }, files, kind);
  } catch (cause) {
    if (!(cause instanceof BstError)) throw cause;
    throw restated(cause, { place: { file: Wire.text(file), line: Number(line), column: Number(column) } });
  }
}

/** A plugin's message and detail in one text. */
export function withDetail(message: string, detail: Wire.Data): string {
  return typeof detail === "string" && detail !== "" ? `${message}\n${detail}` : message;
}
