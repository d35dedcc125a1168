/**
 * Canonical JSON: the byte form of a value that keys are made of.
 *
 * It is what Python's `ujson` writes with sorted keys and without escaped slashes: no blanks, members sorted by code point, everything from
 * U+0080 on escaped in lower-case hex (astral characters as two escapes), DEL raw. The text is therefore pure ASCII: one code unit is one byte, and a hash may take it in pieces cut anywhere.
 *
 * Two surprises. JavaScript objects iterate integer-like names first and `sort()` compares UTF-16 units, so neither `JSON.stringify` of a
 * sorted copy nor a plain sort gives this order. And nodes are written directly, without a JSON value in between: public data is most of an element's document.
 */
import type { Json } from "../element/Element.ts";
import * as Sha256 from "../tree/Sha256.ts";
import type { Node } from "../yaml/Node.ts";
import * as PythonText from "../yaml/PythonText.ts";

const plain = /^[ !#-[\]-\x7f]*$/;
const beyondAscii = /[\u0080-\uffff]/g;
const surrogateOrAbove = /[\ud800-\uffff]/;

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** A string as a JSON literal. */
export function string(value: string): string {
  if (plain.test(value)) return `"${value}"`;
  return JSON.stringify(value).replace(beyondAscii, escapeUnit);
}

/** A copy sorted by code point. */
export function sorted(values: Iterable<string>): string[] {
  const list = [...values];
  for (const value of list) if (surrogateOrAbove.test(value)) return list.sort(PythonText.compare);
  return list.sort();
}

/** The canonical text of a value. */
export function text(value: Json): string {
  if (typeof value === "string") return string(value);
  if (value === null || typeof value !== "object") return String(value);
  if (isArray(value)) {
    let out = "[";
    for (let at = 0; at < value.length; at++) out += (at === 0 ? "" : ",") + text(value[at] as Json);
    return `${out}]`;
  }
  let out = "{";
  for (const name of sorted(Object.keys(value))) {
    out += `${out.length === 1 ? "" : ","}${string(name)}:${text(value[name] as Json)}`;
  }
  return `${out}}`;
}

/** The canonical text of a node, equal to `text(Access.strip(node))`. */
export function nodeText(node: Node): string {
  switch (node.type) {
    case "scalar":
      return string(node.value);
    case "sequence": {
      let out = "[";
      for (const item of node.items) out += (out.length === 1 ? "" : ",") + nodeText(item);
      return `${out}]`;
    }
    case "mapping": {
      let out = "{";
      for (const name of sorted(node.entries.keys())) {
        out += `${out.length === 1 ? "" : ","}${string(name)}:${nodeText(node.entries.get(name) as Node)}`;
      }
      return `${out}}`;
    }
  }
}

/** Hex SHA-256 of the canonical text: BuildStream's key of any value. */
export function hash(value: Json): string {
  return Sha256.hex(text(value));
}

/** Whether a value is an array; `Array.isArray` does not narrow read-only arrays. */
export function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
