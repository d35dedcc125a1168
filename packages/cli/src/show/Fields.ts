/**
 * What each symbol of `bst show --format` stands for.
 *
 * Values that are lists or mappings are YAML. A value is computed only when the format names its symbol, since some of them cost much (states
 * look into the caches, source information into downloads). Most values follow from the project's files alone and may be remembered; the others are
 * looked up every time.
 */
import type { Dependency, Element } from "@millrace/core/element/Element";
import type { Graph } from "@millrace/core/graph/Graph";
import * as Dump from "@millrace/core/yaml/Dump";
import type * as Style from "../ui/Style.ts";
import * as Text from "../ui/Text.ts";
import type { ElementState, State } from "./State.ts";

/** What the values that follow from the project's files may ask. */
export interface Subject {
  readonly graph: Graph;
  readonly element: Element;
  /** Source information, one record a source or more. */
  readonly sourceInfo: () => readonly Dump.Dumpable[];
  /** The document whose hash the key is. */
  readonly keyDocument: () => string;
}

/** An element as the report shows it. */
export interface Row {
  /** Its full name, for messages. */
  readonly fullName: string;
  /** Keys and state; absent when the format needs neither. */
  readonly state: ElementState | undefined;
  readonly keyLength: number;
  /** What {@link describe} says for a symbol. */
  readonly described: (symbol: string) => string;
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
/** The digest of nothing, which a failed build that left no files has. */
const emptyDigest = { hash: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", size: 0 };

function fullKey(row: Row): string {
  return row.state?.key ?? unknownKey;
}

function names(subject: Subject, wanted: (dependency: Dependency) => boolean): readonly string[] {
  return subject.element.dependencies
    .filter(wanted)
    .map((dependency) => subject.graph.elements[dependency.element]?.fullName ?? dependency.path);
}

/** Full names of the direct dependencies; all of them begin with those for building. */
export function dependencies(subject: Subject, which: "all" | "build" | "run"): readonly string[] {
  if (which === "run") return names(subject, (dependency) => dependency.runtime);
  const build = names(subject, (dependency) => dependency.build);
  if (which === "build") return build;
  return [...build, ...names(subject, (dependency) => dependency.runtime && !dependency.build)];
}

function list(value: Dump.Dumpable): string {
  return Dump.dump(value).replace(/\n+$/, "");
}

/** What follows from the project's files. */
const descriptions: Readonly<Record<string, (subject: Subject) => string>> = {
  name: ({ element }) => element.fullName,
  kind: ({ element }) => element.kind.name,
  plugin: ({ element: { kind, project } }) => {
    const origin = project.plugins.find((used) => used.type === "element" && used.kind === kind.name);
    return `${kind.host === undefined ? "native" : "python"}, ${origin?.detail ?? "core plugin"}`;
  },
  description: ({ element }) =>
    Text.splitLines(element.description)
      .map((line) => line.replace(/[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+$/, ""))
      .join(" "),
  config: ({ element }) => Dump.dump(element.config),
  vars: ({ element }) => Dump.dump(element.variables),
  env: ({ element }) => Dump.dump(element.environment),
  public: ({ element }) => Dump.dump(element.public),
  workspaced: ({ element }) => (element.workspace === undefined ? "" : "(workspaced)"),
  "workspace-dirs": ({ element }) =>
    element.workspace === undefined ? "" : `Workspace: ${element.workspace.directory}`,
  deps: (subject) => list(dependencies(subject, "all")),
  "build-deps": (subject) => list(dependencies(subject, "build")),
  "runtime-deps": (subject) => list(dependencies(subject, "run")),
  "source-info": (subject) => Dump.dump(subject.sourceInfo()),
  "key-document": (subject) => subject.keyDocument(),
};

/** What also depends on the caches. */
const lookups: Readonly<Record<string, (row: Row) => string>> = {
  key: (row) => fullKey(row).slice(0, row.keyLength),
  "full-key": fullKey,
  state: (row) => row.state?.state ?? "waiting",
  "artifact-cas-digest": ({ state }) => {
    const artifact = state?.artifact;
    const files = artifact === undefined ? undefined : (artifact.files ?? emptyDigest);
    return files === undefined ? "" : `${files.hash}/${files.size}`;
  },
};

const fixed = (style: Style.Style) => (): readonly Style.Style[] => [style];
const keyStyle = (row: Row): readonly Style.Style[] => [{ fg: "yellow", dim: row.state?.keyIsStrict !== true }];

/** How symbols are coloured, unless plain. */
const styles: Readonly<Record<string, (row: Row) => readonly Style.Style[]>> = {
  name: fixed({ fg: "blue", bold: true }),
  kind: fixed({ fg: "cyan" }),
  description: keyStyle,
  key: keyStyle,
  "full-key": keyStyle,
  state: (row) => [stateStyles[row.state?.state ?? "waiting"]],
  workspaced: fixed({ fg: "yellow" }),
};

/** The names of all symbols. */
export const symbols: ReadonlySet<string> = new Set([...Object.keys(descriptions), ...Object.keys(lookups)]);

/** Symbols that need keys and the caches. */
export const stateful: ReadonlySet<string> = new Set(Object.keys(lookups));

/** Those of them that only need keys. */
export const keyed: ReadonlySet<string> = new Set(["key", "full-key"]);

/** The text of a symbol that is not {@link stateful}. */
export function describe(name: string, subject: Subject): string {
  return (descriptions[name] as (subject: Subject) => string)(subject);
}

/** The text of a symbol. */
export function value(name: string, row: Row): string {
  return lookups[name]?.(row) ?? row.described(name);
}

/** How a symbol is coloured. */
export function style(name: string, row: Row): readonly Style.Style[] {
  return styles[name]?.(row) ?? [{}];
}
