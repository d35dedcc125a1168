/**
 * Nodes → the YAML text that BuildStream prints and stores: `%{config}`, `%{vars}`, `%{env}`, `%{public}`, artifact metadata, `workspaces.yml`, `project.refs`.
 *
 * The layout is that of the `ruamel` emitter at width 9999, byte by byte, since artifacts hold it and scripts compare it: lists are not indented below their key, keys that
 * are long or hold line breaks are written with `?`, texts with line breaks in double quotes, an empty text as nothing (with a blank behind the dash of a list). Beyond 9999 columns
 * words wrap. Scalars are always texts, so `1`, `true` and `~` need no quotes.
 */
import type { Plain } from "./Access.ts";
import { ScalarWriter } from "./DumpScalar.ts";
import type { Node } from "./Node.ts";

/** What can be dumped: nodes, or plain data; maps keep their order. */
export type Dumpable = Node | Plain | ReadonlyMap<string, Dumpable> | readonly Dumpable[];

type Shape =
  | { readonly type: "scalar"; readonly value: string }
  | { readonly type: "sequence"; readonly items: readonly Dumpable[] }
  | { readonly type: "mapping"; readonly entries: readonly (readonly [string, Dumpable])[] };

const isNode = (value: object): value is Node =>
  "type" in value &&
  "file" in value &&
  typeof value.file === "object" &&
  "offset" in value &&
  typeof value.offset === "number";

function shape(value: Dumpable): Shape {
  if (typeof value === "string") return { type: "scalar", value };
  if (Array.isArray(value)) return { type: "sequence", items: value };
  if (value instanceof Map) return { type: "mapping", entries: [...value] };
  if (isNode(value)) {
    return value.type === "mapping" ? { type: "mapping", entries: [...value.entries] } : value;
  }
  return { type: "mapping", entries: Object.entries(value as { readonly [key: string]: Plain }) };
}

/** The emitter counts a hidden tag of five characters into the 128 that a key on one line may have. */
const maximumSimpleKey = 128 - 5;

const lineBreak = /[\n\x85\u2028\u2029]/;

function isSimpleKey(key: string): boolean {
  if (lineBreak.test(key)) return false;
  return key.length < maximumSimpleKey || (key.length < 2 * maximumSimpleKey && [...key].length < maximumSimpleKey);
}

/** Writes one collection; the cursor stands where its first entry goes, `indent` is its column. */
function writeCollection(writer: ScalarWriter, of: Exclude<Shape, { type: "scalar" }>, indent: number): void {
  let first = true;
  if (of.type === "sequence") {
    for (const item of of.items) {
      if (!first) writer.newLine(indent);
      first = false;
      writer.write("-");
      const inner = shape(item);
      if (inner.type === "scalar") {
        writer.write(" ");
        writer.scalar(inner.value, indent + 2, true);
      } else writeInline(writer, inner, indent);
    }
    return;
  }
  for (const [key, value] of of.entries) {
    if (!first) writer.newLine(indent);
    first = false;
    const inner = shape(value);
    if (isSimpleKey(key)) {
      writer.key(key);
      writer.write(":");
      if (inner.type === "scalar") writeValue(writer, inner.value, indent);
      else if (isEmpty(inner)) writeInline(writer, inner, indent);
      else {
        const column = inner.type === "sequence" ? indent : indent + 2;
        writer.newLine(column);
        writeCollection(writer, inner, column);
      }
    } else {
      writer.write("? ");
      writer.scalar(key, indent + 2, true);
      writer.newLine(indent);
      writer.write(":");
      if (inner.type === "scalar") writeValue(writer, inner.value, indent);
      else writeInline(writer, inner, indent);
    }
  }
}

function isEmpty(of: Exclude<Shape, { type: "scalar" }>): boolean {
  return (of.type === "sequence" ? of.items : of.entries).length === 0;
}

function writeValue(writer: ScalarWriter, value: string, indent: number): void {
  if (value === "") return;
  writer.write(" ");
  writer.scalar(value, indent + 2, true);
}

/** A collection that starts on the line of its indicator. */
function writeInline(writer: ScalarWriter, of: Exclude<Shape, { type: "scalar" }>, indent: number): void {
  if (isEmpty(of)) writer.write(of.type === "sequence" ? " []" : " {}");
  else {
    writer.write(" ");
    writeCollection(writer, of, indent + 2);
  }
}

/** The whole text, ending with a line break. */
export function dump(value: Dumpable): string {
  const top = shape(value);
  const writer = new ScalarWriter();
  if (top.type === "scalar") writer.scalar(top.value, 0, true);
  else if (isEmpty(top)) writer.write(top.type === "sequence" ? "[]" : "{}");
  else writeCollection(writer, top, 0);
  writer.write("\n");
  return writer.text();
}

/** A collection as lines that start at column `indent`; the first line is not indented, the last has no line break. */
export function dumpAt(value: Dumpable, indent: number): string {
  const top = shape(value);
  const writer = new ScalarWriter();
  if (top.type === "scalar") writer.scalar(top.value, indent + 2, true);
  else if (isEmpty(top)) writer.write(top.type === "sequence" ? "[]" : "{}");
  else writeCollection(writer, top, indent);
  return writer.text();
}
