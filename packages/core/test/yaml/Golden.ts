/** Golden data of the format tests: written by test/golden/format/make.py from BuildStream's answers. */
import { readFileSync } from "node:fs";
import * as Result from "effect/Result";
import { attempt } from "../../src/error/BstError.ts";
import { type Mapping, mapping, type Node, scalar, sequence } from "../../src/yaml/Node.ts";

const directory = new URL("../../../../test/golden/format/", import.meta.url);

/** Reads one golden file. */
export function load<A>(name: string): A {
  return JSON.parse(readFileSync(new URL(name, directory), "utf8")) as A;
}

/** Data with mappings as ordered pairs. */
export type Ordered = string | readonly Ordered[] | { readonly map: readonly (readonly [string, Ordered])[] };

export function toNode(value: Ordered): Node {
  if (typeof value === "string") return scalar(value);
  if (!("map" in value) || Array.isArray(value)) return sequence((value as readonly Ordered[]).map(toNode));
  const { map } = value as { readonly map: readonly (readonly [string, Ordered])[] };
  return mapping(map.map(([key, child]) => [key, toNode(child)] as const));
}

export const toMapping = (value: Ordered): Mapping => toNode(value) as Mapping;

export function fromNode(node: Node): Ordered {
  if (node.type === "scalar") return node.value;
  if (node.type === "sequence") return node.items.map(fromNode);
  return { map: [...node.entries].map(([key, child]) => [key, fromNode(child)] as const) };
}

/** The value, or the reason of the failure. */
export function reasonOr<A>(body: () => A): A | string | null {
  const result = attempt(body);
  return Result.isSuccess(result) ? result.success : result.failure.reason;
}
