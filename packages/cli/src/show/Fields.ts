/**
 * What each symbol of `bst show --format` stands for.
 *
 * Values that are lists or mappings are YAML. A value is computed only when the format names its symbol, since some of them cost much (states
 * look into the caches, source information into downloads).
 */
import type { Dependency, Element } from "@millrace/core/element/Element";
import type { Graph } from "@millrace/core/graph/Graph";
import * as Dump from "@millrace/core/yaml/Dump";
import type * as Style from "../ui/Style.ts";
import * as Text from "../ui/Text.ts";
import type { ElementState, State } from "./State.ts";

/** What fields may ask about the element at hand. */
export interface View {
  readonly graph: Graph;
  readonly element: Element;
  /** Keys and state; absent when the format needs neither. */
  readonly state: ElementState | undefined;
  readonly keyLength: number;
  /** Source information, one record a source or more. */
  readonly sourceInfo: () => readonly Dump.Dumpable[];
  /** The document whose hash the key is. */
  readonly keyDocument: () => string;
}

interface Field {
  readonly value: (view: View) => string;
  readonly style: (view: View) => readonly Style.Style[];
}

const stateStyles: Readonly<Record<State, Style.Style>> = {
  "no reference": { fg: "red" },
  junction: { fg: "magenta" },
  waiting: { fg: "blue" },
  failed: { fg: "red" },
  cached: { fg: "magenta" },
  "fetch needed": { fg: "red" },
  buildable: { fg: "green" },
};

const unknownKey = "?".repeat(64);
const plain = (): readonly Style.Style[] => [{}];
const fixed = (style: Style.Style) => (): readonly Style.Style[] => [style];
const keyStyle = (view: View): readonly Style.Style[] => [{ fg: "yellow", dim: view.state?.keyIsStrict !== true }];

function fullKey(view: View): string {
  return view.state?.key ?? unknownKey;
}

function names(view: View, wanted: (dependency: Dependency) => boolean): readonly string[] {
  return view.element.dependencies
    .filter(wanted)
    .map((dependency) => view.graph.elements[dependency.element]?.fullName ?? dependency.path);
}

/** Full names of the direct dependencies; all of them begin with those for building. */
export function dependencies(view: View, which: "all" | "build" | "run"): readonly string[] {
  if (which === "run") return names(view, (dependency) => dependency.runtime);
  const build = names(view, (dependency) => dependency.build);
  if (which === "build") return build;
  return [...build, ...names(view, (dependency) => dependency.runtime && !dependency.build)];
}

function list(value: Dump.Dumpable): string {
  return Dump.dump(value).replace(/\n+$/, "");
}

const fields: Readonly<Record<string, Field>> = {
  name: { value: (view) => view.element.fullName, style: fixed({ fg: "blue", bold: true }) },
  kind: { value: (view) => view.element.kind.name, style: fixed({ fg: "cyan" }) },
  plugin: {
    value: ({ element: { kind, project } }) => {
      const origin = project.plugins.find((used) => used.type === "element" && used.kind === kind.name);
      return `${kind.host === undefined ? "native" : "python"}, ${origin?.detail ?? "core plugin"}`;
    },
    style: plain,
  },
  description: {
    value: (view) =>
      Text.splitLines(view.element.description)
        .map((line) => line.replace(/[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+$/, ""))
        .join(" "),
    style: keyStyle,
  },
  key: { value: (view) => fullKey(view).slice(0, view.keyLength), style: keyStyle },
  "full-key": { value: fullKey, style: keyStyle },
  state: {
    value: (view) => view.state?.state ?? "waiting",
    style: (view) => [stateStyles[view.state?.state ?? "waiting"]],
  },
  config: { value: (view) => Dump.dump(view.element.config), style: plain },
  vars: { value: (view) => Dump.dump(view.element.variables), style: plain },
  env: { value: (view) => Dump.dump(view.element.environment), style: plain },
  public: { value: (view) => Dump.dump(view.element.public), style: plain },
  workspaced: {
    value: (view) => (view.element.workspace === undefined ? "" : "(workspaced)"),
    style: fixed({ fg: "yellow" }),
  },
  "workspace-dirs": {
    value: (view) => (view.element.workspace === undefined ? "" : `Workspace: ${view.element.workspace.directory}`),
    style: plain,
  },
  deps: {
    value: (view) => list(dependencies(view, "all")),
    style: plain,
  },
  "build-deps": { value: (view) => list(dependencies(view, "build")), style: plain },
  "runtime-deps": { value: (view) => list(dependencies(view, "run")), style: plain },
  "source-info": { value: (view) => Dump.dump(view.sourceInfo()), style: plain },
  "artifact-cas-digest": {
    value: (view) => {
      const files = view.state?.artifact?.files;
      return files === undefined ? "" : `${files.hash}/${files.size}`;
    },
    style: plain,
  },
  "key-document": { value: (view) => view.keyDocument(), style: plain },
};

/** The names of all symbols. */
export const symbols: ReadonlySet<string> = new Set(Object.keys(fields));

/** Symbols that need keys and the caches. */
export const stateful: ReadonlySet<string> = new Set(["key", "full-key", "state", "artifact-cas-digest"]);

/** Those of them that only need keys. */
export const keyed: ReadonlySet<string> = new Set(["key", "full-key"]);

/** The text of a symbol. */
export function value(name: string, view: View): string {
  return (fields[name] as Field).value(view);
}

/** How a symbol is coloured. */
export function style(name: string, view: View): readonly Style.Style[] {
  return (fields[name] as Field).style(view);
}
