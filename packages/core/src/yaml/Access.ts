/**
 * Typed reading of nodes: what a key must hold, and what is said when it does not.
 *
 * Every failure is BuildStream's `LOAD`/`invalid-data` at the place of the value (or of the mapping that lacks the key). Getters come in pairs: `getX` takes a
 * default for an absent key and fails without one; `optionalX` gives undefined for an absent key. Booleans are exactly `True true 1` and `False false 0`.
 */
import { raise } from "../error/BstError.ts";
import * as Closest from "./Closest.ts";
import { type Mapping, type Node, place, type Scalar, type Sequence, synthetic } from "./Node.ts";
import * as Text from "./PythonText.ts";

const kindNames = { scalar: "a single value", sequence: "a list", mapping: "a mapping" } as const;

/** Ends with `invalid-data` at a node. */
export function invalid(node: Node, message: string, hint?: string): never {
  return raise({
    domain: "LOAD",
    reason: "invalid-data",
    message,
    place: node.file === synthetic ? undefined : place(node),
    hint,
  });
}

/** The failure for a key that must be there. */
export function missing(mapping: Mapping, key: string): never {
  return invalid(mapping, `The key '${key}' is missing in this mapping`, `Add \`${key}: …\` here.`);
}

function wrongKind(key: string, node: Node, expected: Node["type"]): never {
  return invalid(
    node,
    `The value of '${key}' must be ${kindNames[expected]}, but it is ${kindNames[node.type]}`,
    expected === "sequence" && node.type === "scalar" ? "Write the value as a list item: `- value`." : undefined,
  );
}

/** The scalar at `key`, undefined when the key is absent. */
export function optionalScalar(mapping: Mapping, key: string): Scalar | undefined {
  const node = mapping.entries.get(key);
  if (node === undefined || node.type === "scalar") return node;
  return wrongKind(key, node, "scalar");
}

/** The mapping at `key`, undefined when the key is absent. */
export function optionalMapping(mapping: Mapping, key: string): Mapping | undefined {
  const node = mapping.entries.get(key);
  if (node === undefined || node.type === "mapping") return node;
  return wrongKind(key, node, "mapping");
}

/** The list at `key`, undefined when the key is absent. */
export function optionalSequence(mapping: Mapping, key: string): Sequence | undefined {
  const node = mapping.entries.get(key);
  if (node === undefined || node.type === "sequence") return node;
  return wrongKind(key, node, "sequence");
}

/** Any node at `key`; fails when it is absent or of another type than `types`. */
export function getNode(mapping: Mapping, key: string, types?: readonly Node["type"][]): Node {
  return optionalNode(mapping, key, types) ?? missing(mapping, key);
}

/** Any node at `key`, undefined when the key is absent; fails when it is of another type than `types`. */
export function optionalNode(mapping: Mapping, key: string, types?: readonly Node["type"][]): Node | undefined {
  const node = mapping.entries.get(key);
  if (node === undefined || types === undefined || types.includes(node.type)) return node;
  return invalid(node, `The value of '${key}' must be ${types.map((type) => kindNames[type]).join(" or ")}`);
}

/** The scalar at `key`. */
export function getScalar(mapping: Mapping, key: string): Scalar {
  return optionalScalar(mapping, key) ?? missing(mapping, key);
}

/** The mapping at `key`. */
export function getMapping(mapping: Mapping, key: string, fallback?: Mapping): Mapping {
  return optionalMapping(mapping, key) ?? fallback ?? missing(mapping, key);
}

/** The list at `key`. */
export function getSequence(mapping: Mapping, key: string, fallback?: Sequence): Sequence {
  return optionalSequence(mapping, key) ?? fallback ?? missing(mapping, key);
}

/** The text at `key`. */
export function getString(mapping: Mapping, key: string, fallback?: string): string {
  return optionalScalar(mapping, key)?.value ?? fallback ?? missing(mapping, key);
}

/** The text at `key`, undefined when the key is absent. */
export function optionalString(mapping: Mapping, key: string): string | undefined {
  return optionalScalar(mapping, key)?.value;
}

/** A scalar as a boolean; `name` is what the message calls it. */
export function asBool(node: Scalar, name: string): boolean {
  switch (node.value) {
    case "True":
    case "true":
    case "1":
      return true;
    case "False":
    case "false":
    case "0":
      return false;
    default:
      return invalid(
        node,
        `The value of '${name}' must be a boolean, but it is '${node.value}'`,
        "Write True or False.",
      );
  }
}

/** The boolean at `key`. */
export function getBool(mapping: Mapping, key: string, fallback?: boolean): boolean {
  return optionalBool(mapping, key) ?? fallback ?? missing(mapping, key);
}

/** The boolean at `key`, undefined when the key is absent. */
export function optionalBool(mapping: Mapping, key: string): boolean | undefined {
  const node = optionalScalar(mapping, key);
  return node === undefined ? undefined : asBool(node, key);
}

/** A scalar as a whole number, read as Python's `int()` does and within its C `int`. */
export function asInt(node: Scalar, name: string): number {
  const value = Text.parseInteger(node.value);
  if (value === undefined) {
    return invalid(node, `The value of '${name}' must be a whole number, but it is '${node.value}'`);
  }
  if (value > 0x7fffffff || value < -0x80000000)
    return invalid(node, `The value of '${name}' is out of range: ${value}`);
  return value;
}

/** The whole number at `key`. */
export function getInt(mapping: Mapping, key: string, fallback?: number): number {
  return optionalInt(mapping, key) ?? fallback ?? missing(mapping, key);
}

/** The whole number at `key`, undefined when the key is absent. */
export function optionalInt(mapping: Mapping, key: string): number | undefined {
  const node = optionalScalar(mapping, key);
  return node === undefined ? undefined : asInt(node, key);
}

/** The text at `key`, which must be one of `values`. */
export function getEnum<const A extends string>(
  mapping: Mapping,
  key: string,
  values: readonly A[],
  fallback?: NoInfer<A>,
): A {
  return optionalEnum(mapping, key, values) ?? fallback ?? missing(mapping, key);
}

/** The text at `key`, which must be one of `values`; undefined when the key is absent. */
export function optionalEnum<const A extends string>(
  mapping: Mapping,
  key: string,
  values: readonly A[],
): A | undefined {
  const node = optionalScalar(mapping, key);
  if (node === undefined) return undefined;
  const found = values.find((value) => value === node.value);
  if (found !== undefined) return found;
  return invalid(
    node,
    `The value of '${key}' should be one of ${values.map((value) => `'${value}'`).join(", ")}, but it is '${node.value}'`,
    Closest.suggest(node.value, values),
  );
}

/** The items of a list as texts. */
export function asStringList(node: Sequence): readonly string[] {
  return node.items.map((item) =>
    item.type === "scalar"
      ? item.value
      : invalid(item, `This list item must be ${kindNames.scalar}, but it is ${kindNames[item.type]}`),
  );
}

/** The list of texts at `key`. */
export function getStringList(mapping: Mapping, key: string, fallback?: readonly string[]): readonly string[] {
  return optionalStringList(mapping, key) ?? fallback ?? missing(mapping, key);
}

/** The list of texts at `key`, undefined when the key is absent. */
export function optionalStringList(mapping: Mapping, key: string): readonly string[] | undefined {
  const node = optionalSequence(mapping, key);
  return node === undefined ? undefined : asStringList(node);
}

/** The items of a list as mappings. */
export function asMappingList(node: Sequence): readonly Mapping[] {
  return node.items.map((item) =>
    item.type === "mapping"
      ? item
      : invalid(item, `This list item must be ${kindNames.mapping}, but it is ${kindNames[item.type]}`),
  );
}

/** The list of mappings at `key`, empty when the key is absent. */
export function mappingList(mapping: Mapping, key: string): readonly Mapping[] {
  const node = optionalSequence(mapping, key);
  return node === undefined ? [] : asMappingList(node);
}

const keySets = new WeakMap<readonly string[], ReadonlySet<string>>();

/** Fails at the first key that is not among `valid`, naming the nearest valid one. Pass a constant array: its set is kept. */
export function validateKeys(mapping: Mapping, valid: readonly string[]): void {
  let set = keySets.get(valid);
  if (set === undefined) {
    set = new Set(valid);
    keySets.set(valid, set);
  }
  for (const [key, node] of mapping.entries) {
    if (!set.has(key)) {
      invalid(
        node,
        `Unexpected key: ${key}`,
        Closest.suggest(key, valid) ?? `Known keys here: ${[...valid].sort(Text.compare).join(", ")}.`,
      );
    }
  }
}

/** The way from a top-level node to one below it: keys of mappings and positions in lists. */
export type Path = readonly (string | number)[];

/** The {@link Path} from `top` to a node; undefined when the node is not below `top`. */
export function pathOf(top: Node, target: Node): Path | undefined {
  const pending: { readonly node: Node; readonly path: Path }[] = [{ node: top, path: [] }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { node, path } = next;
    if (node === target) return path;
    if (node.type === "mapping")
      for (const [key, child] of node.entries) pending.push({ node: child, path: [...path, key] });
    else if (node.type === "sequence") {
      for (const [index, child] of node.items.entries()) pending.push({ node: child, path: [...path, index] });
    }
  }
  return undefined;
}

/** A node as plain data: strings, arrays and records without prototype, for hashing and printing. */
export type Plain = string | readonly Plain[] | { readonly [key: string]: Plain };

/** Forgets places. Records have no prototype, so that keys like `__proto__` are ordinary. */
export function strip(node: Node): Plain {
  switch (node.type) {
    case "scalar":
      return node.value;
    case "sequence":
      return node.items.map(strip);
    case "mapping": {
      const record: Record<string, Plain> = Object.create(null);
      for (const [key, child] of node.entries) record[key] = strip(child);
      return record;
    }
  }
}
