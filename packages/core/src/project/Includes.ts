/**
 * `(@)`: files laid under a mapping.
 *
 * A later file beats an earlier one and the including mapping beats them all. A path belongs to the project whose file names it, `JUNCTION:path` to the project behind the
 * junction, whose variables are then expanded in the file at once and whose options decide its conditions. The conditions of a mapping are decided before its
 * includes, and those of an included file before it is laid under; for project.conf itself the caller asks to leave conditions for later.
 */
import { raise } from "../error/BstError.ts";
import * as Variables from "../variables/Variables.ts";
import * as Access from "../yaml/Access.ts";
import * as Composite from "../yaml/Composite.ts";
import { type Mapping, type Node, place, type Scalar, synthetic } from "../yaml/Node.ts";
import * as Read from "../yaml/Read.ts";
import * as Conditionals from "./Conditionals.ts";
import type { Options } from "./Options.ts";
import type { ProjectFiles } from "./ProjectFiles.ts";

/** One project as includes see it. Make it with {@link make}, once for each project and pass, since it remembers the files that it read. */
export interface Includer {
  readonly files: ProjectFiles;
  /** The project's identity, kept in the nodes that come from its files. */
  readonly project: object | null;
  /** Put before paths in messages: the junction path with a colon, empty for the top-level project. */
  readonly prefix: string;
  readonly options: Options;
  /** Base variables of the project; needed only when other projects include its files. */
  readonly variables: Mapping | undefined;
  /** The project behind a junction, fully loaded; `include` is the text that names it. */
  readonly subproject: (junction: string, include: Scalar) => Includer;
  readonly remembered: Map<string, Mapping>;
}

/** How far to go. */
export interface Extent {
  /** Leave out files of other projects (first pass over project.conf). */
  readonly onlyLocal?: boolean;
  /** Whether conditions are decided with the including file; true unless given. */
  readonly conditionals?: boolean;
}

/** An includer without memories. */
export function make(parts: Omit<Includer, "remembered">): Includer {
  return { ...parts, remembered: new Map() };
}

/** Reads a file of the project. Raises `missing-file`, `loading-directory`, `invalid-yaml`. */
function load(includer: Includer, path: string, include: Scalar): Mapping {
  const name = includer.prefix + path;
  const bytes = includer.files.read(path);
  if (bytes === undefined) {
    const directory = includer.files.kind(path) === "directory";
    return raise({
      domain: "LOAD",
      reason: directory ? "loading-directory" : "missing-file",
      message: directory ? `The included path '${name}' is a directory` : `There is no file '${name}' to include`,
      place: include.file === synthetic ? undefined : place(include),
      hint: "Paths of includes start at the project directory.",
    });
  }
  return Read.read({ name, project: includer.project, path }, bytes);
}

/** Files being included right now, outermost first. */
type Chain = readonly string[];

function included(from: Includer, include: Scalar, directive: Node, extent: Extent, chain: Chain): Mapping {
  const colon = include.value.lastIndexOf(":");
  const includer = colon === -1 ? from : from.subproject(include.value.slice(0, colon), include);
  const path = include.value.slice(colon + 1);
  const foreign = includer !== from;
  const identity = `${includer.files.directory}\0${path}`;
  if (chain.includes(identity)) {
    raise({
      domain: "LOAD",
      reason: "recursive-include",
      message: `The file '${includer.prefix}${path}' includes itself`,
      detail: [...chain.slice(chain.indexOf(identity)), identity]
        .map((step) => step.slice(step.indexOf("\0") + 1))
        .join(" -> "),
      place: place(directive),
      hint: "Remove one of these includes.",
    });
  }
  const conditionals = (extent.conditionals ?? true) || foreign;
  const key = `${foreign}\0${conditionals}\0${extent.onlyLocal ?? false}\0${path}`;
  const known = includer.remembered.get(key);
  if (known !== undefined) return known;
  let node = load(includer, path, include);
  if (foreign && includer.variables !== undefined) {
    node = Variables.expand(Variables.make(includer.variables), node);
  }
  const result = processFile(includer, node, { ...extent, conditionals }, [...chain, identity]);
  includer.remembered.set(key, result);
  return result;
}

function processFile(includer: Includer, node: Mapping, extent: Extent, chain: Chain): Mapping {
  const decided = (extent.conditionals ?? true) ? Conditionals.process(node, includer.options) : node;
  return processMapping(includer, decided, extent, chain);
}

function processMapping(includer: Includer, node: Mapping, extent: Extent, chain: Chain): Mapping {
  let result = node;
  const directive = Access.optionalNode(node, "(@)", ["scalar", "sequence"]);
  if (directive !== undefined) {
    const entries = new Map(node.entries);
    entries.delete("(@)");
    result = { ...node, entries };
    const includes = directive.type === "sequence" ? [...directive.items].reverse() : [directive];
    for (const include of includes) {
      if (include.type !== "scalar") return Access.invalid(include, "An include must be the path of a file");
      if (extent.onlyLocal === true && include.value.includes(":")) continue;
      result = Composite.compositeUnder(result, included(includer, include, directive, extent, chain));
    }
  }
  let changed: Map<string, Node> | undefined;
  for (const [key, value] of result.entries) {
    const processed = processValue(includer, value, extent, chain);
    if (processed === value) continue;
    changed ??= new Map(result.entries);
    changed.set(key, processed);
  }
  return changed === undefined ? result : { ...result, entries: changed };
}

function processValue(includer: Includer, value: Node, extent: Extent, chain: Chain): Node {
  if (value.type === "scalar") return value;
  if (value.type === "mapping") return processMapping(includer, value, extent, chain);
  let changed = false;
  const items = value.items.map((item) => {
    const processed = processValue(includer, item, extent, chain);
    if (processed !== item) changed = true;
    return processed;
  });
  return changed ? { ...value, items } : value;
}

/**
 * A mapping with its conditions decided and its includes laid under it. Raises what reading, composing and conditions raise, and `recursive-include`.
 */
export function process(includer: Includer, node: Mapping, extent: Extent = {}): Mapping {
  return processFile(includer, node, extent, []);
}
