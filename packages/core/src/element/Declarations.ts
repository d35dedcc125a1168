/**
 * Dependencies as an element's file declares them, before anybody knows what the names stand for.
 *
 * They are read from `build-depends`, `runtime-depends` and `depends`, in that order whatever the file's order is. Naming one (junction, name) pair
 * again merges into the first: types are or-ed, `strict` is or-ed, `config` mappings are collected.
 */
import { raise } from "../error/BstError.ts";
import * as Access from "../yaml/Access.ts";
import { type Mapping, type Node, place, type Scalar } from "../yaml/Node.ts";

export interface Declaration {
  /** Path of junctions, e.g. `a.bst:b.bst`; undefined for an element of the same project. */
  readonly junction: string | undefined;
  /** Name in the project that the junction leads to, as written. */
  readonly name: string;
  build: boolean;
  runtime: boolean;
  strict: boolean;
  readonly configs: Mapping[];
  readonly node: Node;
}

type Kind = "build" | "runtime" | "any";

const untypedKeys = ["filename", "type", "junction", "strict", "config"];
const typedKeys = ["filename", "junction", "strict", "config"];
const lists = [
  ["build-depends", "build"],
  ["runtime-depends", "runtime"],
  ["depends", "any"],
] as const;

/** `junction:name`, or the name alone. */
export function pathOf(declaration: { readonly junction: string | undefined; readonly name: string }): string {
  return declaration.junction === undefined ? declaration.name : `${declaration.junction}:${declaration.name}`;
}

/** What a declaration leads to from its own project; an empty junction is none, though `pathOf` and so the keys of layouts keep its colon. */
export function targetOf(declaration: { readonly junction: string | undefined; readonly name: string }): string {
  return declaration.junction === "" ? declaration.name : pathOf(declaration);
}

/** All declared dependencies of an element's file. */
export function read(node: Mapping): readonly Declaration[] {
  const found = new Map<string, Declaration>();
  for (const [key, kind] of lists) {
    const list = Access.optionalSequence(node, key);
    if (list === undefined) continue;
    for (const item of list.items) {
      for (const [junction, name] of names(item)) {
        const declaration = readOne(item, junction, name, kind);
        const path = pathOf(declaration);
        const first = found.get(path);
        if (first === undefined) found.set(path, declaration);
        else merge(first, declaration);
      }
    }
  }
  return [...found.values()];
}

/** Adds what `second` says to `first`. */
export function merge(
  first: { build: boolean; runtime: boolean; strict: boolean; readonly configs: Mapping[] },
  second: Pick<Declaration, "build" | "runtime" | "strict" | "configs">,
): void {
  first.build ||= second.build;
  first.runtime ||= second.runtime;
  first.strict ||= second.strict;
  first.configs.push(...second.configs);
}

function names(item: Node): readonly (readonly [junction: string | undefined, name: string])[] {
  if (item.type === "scalar") return [split(item, undefined)];
  if (item.type === "sequence") return Access.invalid(item, "A dependency is a name or a mapping with `filename`");
  const junction = Access.optionalString(item, "junction");
  const filename = Access.getNode(item, "filename", ["scalar", "sequence"]);
  if (filename.type === "scalar") return [split(filename, junction)];
  return (filename.type === "sequence" ? filename.items : []).map((name) =>
    name.type === "scalar" ? split(name, junction) : Access.invalid(name, "Each `filename` must be a single name"),
  );
}

function split(node: Scalar, junction: string | undefined): readonly [string | undefined, string] {
  const colon = node.value.lastIndexOf(":");
  if (colon === -1) return [junction, node.value];
  if (junction !== undefined) {
    return Access.invalid(
      node,
      `The dependency '${node.value}' has a ':' in its name beside a 'junction' key`,
      "Write the junction in one of the two places only.",
    );
  }
  return [node.value.slice(0, colon), node.value.slice(colon + 1)];
}

function readOne(node: Node, junction: string | undefined, name: string, kind: Kind): Declaration {
  const declaration: Declaration = {
    junction,
    name,
    build: kind !== "runtime",
    runtime: kind !== "build",
    strict: false,
    configs: [],
    node,
  };
  if (node.type !== "mapping") return declaration;
  Access.validateKeys(node, kind === "any" ? untypedKeys : typedKeys);
  if (kind === "any") {
    const type = Access.optionalScalar(node, "type");
    if (type !== undefined && type.value !== "all" && type.value !== "build" && type.value !== "runtime") {
      Access.invalid(type, `'${type.value}' is no type of dependency`, "Write build, runtime or all.");
    }
    declaration.build = type?.value !== "runtime";
    declaration.runtime = type?.value !== "build";
  }
  const strict = Access.optionalScalar(node, "strict");
  if (strict !== undefined) {
    declaration.strict = Access.asBool(strict, "strict");
    if (!declaration.strict) Access.invalid(strict, "'strict' cannot be set to False", "Leave the key out.");
  }
  const config = Access.optionalMapping(node, "config");
  if (config !== undefined) {
    if (!declaration.build) Access.invalid(config, `The runtime dependency '${name}' cannot have a 'config'`);
    declaration.configs.push(config);
  }
  if (declaration.strict && !declaration.build) {
    raise({
      domain: "LOAD",
      reason: "invalid-data",
      message: `The runtime dependency '${name}' cannot be strict`,
      place: place(node),
      hint: "Only dependencies that are needed to build can be strict.",
    });
  }
  return declaration;
}
