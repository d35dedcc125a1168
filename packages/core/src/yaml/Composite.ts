/**
 * Composition: one mapping laid over another.
 *
 * Scalars and lists replace, mappings merge key by key, and a mapping of only `(<)` `(>)` `(=)` edits the list it meets (or the directives it meets, to be applied
 * later). Surprises: the `(?)` lists of two files are concatenated; a replaced key keeps its position while a new one goes to the end; a mapping takes the
 * place of the last file that wrote into it, unless that was made by code; an edited list keeps its own place. Results share everything that was not touched.
 */
import { formatPlace, raise } from "../error/BstError.ts";
import { type Mapping, type Node, place, type Sequence, synthetic } from "./Node.ts";

const prepend = "(<)";
const append = "(>)";
const replace = "(=)";

const isDirective = (key: string): boolean => key === prepend || key === append || key === replace;

const show = (node: Node): string =>
  node.file === synthetic ? "a value made by BuildStream" : formatPlace(place(node));

/** Whether a node is a mapping of list directives; one that mixes them with other keys is `invalid-data`. */
function isListDirective(node: Node): node is Mapping {
  if (node.type !== "mapping") return false;
  let directives = false;
  let others = false;
  for (const key of node.entries.keys()) {
    if (isDirective(key)) directives = true;
    else others = true;
  }
  if (directives && others) {
    raise({
      domain: "LOAD",
      reason: "invalid-data",
      message: "This mapping has list directives beside other keys",
      place: place(node),
      hint: "A mapping with (<), (>) or (=) may have no other keys.",
    });
  }
  return directives;
}

function illegal(source: Mapping, path: readonly string[], message: string): never {
  return raise({
    domain: "LOAD",
    reason: "illegal-composite",
    message: `Cannot compose '${path.join("/")}': ${message}`,
    place: source.file === synthetic ? undefined : place(source),
    hint: "Give the value the same type in both places, or use another key.",
  });
}

/** The list under a directive; anything else there cannot edit a list. */
function directive(node: Mapping, key: string): Sequence | undefined {
  const value = node.entries.get(key);
  if (value === undefined || value.type === "sequence") return value;
  return raise({
    domain: "LOAD",
    reason: "invalid-data",
    message: `The value of '${key}' must be a list`,
    place: place(value),
    hint: "Write list items below the directive: `- value`.",
  });
}

function editList(edit: Mapping, target: Sequence): Sequence {
  const base = directive(edit, replace)?.items ?? target.items;
  const front = directive(edit, prepend)?.items ?? [];
  const back = directive(edit, append)?.items ?? [];
  return { type: "sequence", items: [...front, ...base, ...back], file: target.file, offset: target.offset };
}

function editDirectives(edit: Mapping, target: Mapping): Mapping {
  const clobber = directive(edit, replace);
  const front = directive(edit, prepend);
  const back = directive(edit, append);
  const entries = new Map(target.entries);
  if (clobber !== undefined) {
    entries.set(replace, clobber);
    for (const [key, list] of [
      [prepend, front],
      [append, back],
    ] as const) {
      const old = directive(target, key);
      if (list !== undefined) entries.set(key, list);
      else if (old !== undefined) entries.set(key, { ...old, items: [] });
    }
  } else {
    if (front !== undefined) {
      const old = directive(target, prepend);
      entries.set(prepend, old === undefined ? front : { ...old, items: [...front.items, ...old.items] });
    }
    if (back !== undefined) {
      const old = directive(target, append);
      entries.set(append, old === undefined ? back : { ...old, items: [...old.items, ...back.items] });
    }
  }
  return { type: "mapping", entries, file: target.file, offset: target.offset };
}

function composeValue(top: Mapping, path: string[], value: Node, target: Node | undefined): Node {
  const key = path[path.length - 1] as string;
  if (value.type === "scalar") {
    if (target === undefined || target.type === "scalar") return value;
    return illegal(
      top,
      path,
      `the single value at ${show(value)} cannot replace the ${target.type} at ${show(target)}`,
    );
  }
  if (value.type === "sequence") {
    if (target === undefined) return value;
    if (target.type === "sequence") {
      return key === "(?)" ? { ...target, items: [...target.items, ...value.items] } : value;
    }
    if (isListDirective(target)) return value;
    return illegal(top, path, `the list at ${show(value)} cannot replace the ${target.type} at ${show(target)}`);
  }
  if (isListDirective(value)) {
    if (target === undefined) return value;
    if (target.type === "sequence") return editList(value, target);
    if (isListDirective(target)) return editDirectives(value, target);
    return illegal(top, path, `the list directive at ${show(value)} does not meet a list but ${show(target)}`);
  }
  if (target !== undefined && target.type !== "mapping") {
    return illegal(top, path, `the mapping at ${show(value)} cannot replace the ${target.type} at ${show(target)}`);
  }
  if (target === undefined) {
    checkWhole(value);
    return value;
  }
  return merge(top, path, value, target);
}

/** Checks a mapping that is taken whole: only mixed directives can be wrong in it. Lists are taken as they are. */
function checkWhole(value: Mapping): void {
  for (const child of value.entries.values()) {
    if (child.type === "mapping" && !isListDirective(child)) checkWhole(child);
  }
}

/** Depth is bounded by the reader's limit on nesting, so recursion is safe. `path` is pushed and popped on the way. */
function merge(top: Mapping, path: string[], source: Mapping, target: Mapping): Mapping {
  const { file, offset } = source.file === synthetic ? target : source;
  if (source.entries.size === 0) return { type: "mapping", entries: target.entries, file, offset };
  const entries = new Map(target.entries);
  for (const [key, value] of source.entries) {
    path.push(key);
    entries.set(key, composeValue(top, path, value, target.entries.get(key)));
    path.pop();
  }
  return { type: "mapping", entries, file, offset };
}

/** `source` laid over `target`. Raises `illegal-composite` where the types do not fit, naming both places. */
export function composite(target: Mapping, source: Mapping): Mapping {
  return merge(source, [], source, target);
}

/** What an include does: `includer` laid over `included`; keys come in the included file's order, the place is the includer's. */
export function compositeUnder(includer: Mapping, included: Mapping): Mapping {
  const merged = merge(includer, [], includer, included);
  const entries = new Map<string, Node>();
  // The includer's mapping lives on with its own order: its keys first, as far as they survive, then what the included file adds.
  for (const key of includer.entries.keys()) {
    const value = merged.entries.get(key);
    if (value !== undefined) entries.set(key, value);
  }
  for (const [key, value] of merged.entries) if (!entries.has(key)) entries.set(key, value);
  return { type: "mapping", entries, file: includer.file, offset: includer.offset };
}

/** Raises `trailing-list-directive` when a list directive is left below `node`: there was no list for it to edit. */
export function assertFullyComposited(node: Node): void {
  if (node.type === "sequence") for (const item of node.items) assertFullyComposited(item);
  else if (node.type === "mapping") {
    for (const [key, value] of node.entries) {
      if (isDirective(key)) {
        raise({
          domain: "LOAD",
          reason: "trailing-list-directive",
          message: `The list directive '${key}' has no list to edit`,
          place: value.file === synthetic ? undefined : place(value),
          hint: "Write a plain list here, or check the name of the list that it should edit.",
        });
      }
      assertFullyComposited(value);
    }
  }
}
