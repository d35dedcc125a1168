/**
 * Changing one value in a YAML text, so that everything else (comments, order, quotes, indentation, line breaks) stays as it is.
 *
 * A value is replaced where it stands, in its own style if it had quotes; of a list or mapping only what differs is (`ItemEdits`). A new key goes behind the last entry of its mapping, at that mapping's indentation. Only
 * flow collections that get a collection as value are rewritten.
 */

import * as Result from "effect/Result";
import { isMap, isScalar, isSeq, type Pair, type ParsedNode, parseDocument, type YAMLMap, type YAMLSeq } from "yaml";
import { attempt } from "../error/BstError.ts";
import { type Path, type Plain, strip } from "./Access.ts";
import * as Dump from "./Dump.ts";
import { styleOf } from "./DumpScalar.ts";
import * as ItemEdits from "./ItemEdits.ts";
import { mapping, type Node, scalar, sequence } from "./Node.ts";
import * as Read from "./Read.ts";
import * as TextEdits from "./TextEdits.ts";

type ParsedMap = YAMLMap.Parsed<ParsedNode, ParsedNode | null>;
type ParsedSeq = YAMLSeq.Parsed;

/** A scalar for a flow collection, where brackets and commas need quotes. */
function flowScalar(text: string): string {
  if (text === "" || (styleOf(text, false) === "plain" && /[,[\]{}?]|:/.test(text))) return `'${text}'`;
  return Dump.dumpAt(text, 0);
}

function flow(value: Plain): string {
  if (typeof value === "string") return flowScalar(value);
  if (Array.isArray(value)) return `[${value.map(flow).join(", ")}]`;
  return `{${Object.entries(value as { readonly [key: string]: Plain })
    .map(([key, child]) => `${flowScalar(key)}: ${flow(child)}`)
    .join(", ")}}`;
}

const isCollection = (value: Plain): boolean =>
  typeof value !== "string" && (Array.isArray(value) ? value.length : Object.keys(value).length) > 0;

/** The value of `key`, in the form that stands behind its colon in a block mapping at `column`; a collection begins at `inner`. */
function behindColon(value: Plain, column: number, inner = Array.isArray(value) ? column : column + 2): string {
  if (!isCollection(value)) return ` ${typeof value === "string" && value === "" ? "''" : Dump.dumpAt(value, column)}`;
  return `\n${" ".repeat(inner)}${Dump.dumpAt(value, inner)}`;
}

/** Nested mappings for the keys of `path` around a value. */
function wrap(path: Path, value: Plain): Plain {
  let result = value;
  for (const key of [...path].reverse()) result = typeof key === "number" ? [result] : { [key]: result };
  return result;
}

const keyText = (key: string): string => {
  const style = styleOf(key, true);
  return style === "plain" ? key : Dump.dumpAt({ [key]: "" }, 0).slice(0, -1);
};

function valueEdit(
  text: string,
  holder: Pair<ParsedNode, ParsedNode | null> | undefined,
  old: ParsedNode,
  value: Plain,
  column: number,
): TextEdits.Edit {
  const [start, end] = old.range;
  if (typeof value === "string" && isScalar(old)) {
    const before = text.slice(start, end);
    const trailing = /\r?\n$/.exec(before)?.[0] ?? "";
    return { start, end: end - trailing.length, text: TextEdits.likeBefore(value, before) };
  }
  if (("flow" in old && old.flow === true) || holder === undefined) return { start, end, text: flow(value) };
  // A block collection, or a scalar that becomes one: everything behind the colon is written anew.
  const key = holder.key;
  const colon = text.indexOf(":", key.range[1]);
  let stop = end;
  while (stop > start && /\s/.test(text[stop - 1] as string)) stop--;
  // What was indented more than usual stays so.
  const inner = isSeq(old) === Array.isArray(value) && !isScalar(old) ? TextEdits.columnOf(text, start) : undefined;
  return { start: colon + 1, end: Math.max(stop, colon + 1), text: behindColon(value, column, inner) };
}

function insertion(text: string, map: ParsedMap, key: string, value: Plain): TextEdits.Edit {
  const last = map.items.at(-1);
  if (map.flow === true) {
    const close = text.lastIndexOf("}", map.range[1] - 1);
    let at = close;
    while (/\s/.test(text[at - 1] ?? "")) at--;
    const separator = last === undefined ? "" : text[at - 1] === "," ? " " : ", ";
    return { start: at, end: at, text: `${separator}${flowScalar(key)}: ${flow(value)}` };
  }
  const column = TextEdits.columnOf(text, (map.items[0]?.key ?? map).range[0]);
  let at = last?.value?.range[1] ?? last?.key.range[1] ?? map.range[1];
  // A block text ends behind its line break already; step back to the end of its last line.
  while (at > 0 && (text[at - 1] === "\n" || text[at - 1] === "\r")) at--;
  at = TextEdits.lineEnd(text, at);
  return { start: at, end: at, text: `\n${" ".repeat(column)}${keyText(key)}:${behindColon(value, column)}` };
}

/** How a collection is replaced: item by item, or whole. */
type Manner = "items" | "whole";

function findEdits(
  text: string,
  contents: ParsedNode | null,
  path: Path,
  value: Plain,
  manner: Manner,
): readonly TextEdits.Edit[] | undefined {
  let node: ParsedNode | null = contents;
  let holder: Pair<ParsedNode, ParsedNode | null> | undefined;
  let column = 0;
  for (const [depth, step] of path.entries()) {
    const rest = wrap(path.slice(depth + 1), value);
    if (isMap(node) && typeof step === "string") {
      const map = node as ParsedMap;
      const pair: Pair<ParsedNode, ParsedNode | null> | undefined = map.items.find(
        (item) => isScalar(item.key) && String(item.key.value) === step,
      );
      if (pair === undefined) return [insertion(text, map, step, rest)];
      holder = map.flow === true ? undefined : pair;
      column = TextEdits.columnOf(text, pair.key.range[0]);
      node = pair.value;
      const absent = node === null || (isScalar(node) && node.range[0] === node.range[1]);
      if (absent) {
        const colon = text.indexOf(":", pair.key.range[1]);
        const at = colon === -1 ? pair.key.range[1] : colon + 1;
        const inner = map.flow === true ? ` ${flow(rest)}` : behindColon(rest, column);
        return [{ start: at, end: at, text: colon === -1 ? `:${inner}` : inner }];
      }
    } else if (isSeq(node) && typeof step === "number") {
      const item = (node as ParsedSeq).items[step] as ParsedNode | undefined;
      if (item === undefined) return undefined;
      if (node.flow !== true) column = TextEdits.columnOf(text, item.range[0]);
      holder = undefined;
      node = item;
    } else return undefined;
  }
  if (node === null) return undefined;
  return manner === "items" ? ItemEdits.within(text, node, value) : [valueEdit(text, holder, node, value, column)];
}

/** A node of plain data. */
function toNode(value: Plain): Node {
  if (typeof value === "string") return scalar(value);
  if (Array.isArray(value)) return sequence(value.map(toNode));
  return mapping(
    Object.entries(value as { readonly [key: string]: Plain }).map(([key, child]) => [key, toNode(child)]),
  );
}

/** What the nodes of the text should be after the change; undefined when the path does not exist. */
function changed(node: Node | undefined, path: Path, value: Plain): Node | undefined {
  const [step, ...rest] = path;
  if (step === undefined) return toNode(value);
  if (node === undefined || (node.type === "scalar" && node.value === "")) return toNode(wrap(path, value));
  if (node.type === "mapping" && typeof step === "string") {
    const child = changed(node.entries.get(step), rest, value);
    return child === undefined ? undefined : { ...node, entries: new Map(node.entries).set(step, child) };
  }
  if (node.type === "sequence" && typeof step === "number") {
    const child = node.items[step] === undefined ? undefined : changed(node.items[step], rest, value);
    return child === undefined ? undefined : { ...node, items: node.items.with(step, child) };
  }
  return undefined;
}

function edited(text: string, path: Path, value: Plain, manner: Manner): string | undefined {
  const document = parseDocument(text, {
    schema: "failsafe",
    version: "1.1",
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: "silent",
  });
  if (document.errors.length > 0) return undefined;
  const contents = document.contents as ParsedNode | null;
  if (contents === null || (isScalar(contents) && contents.range[0] === contents.range[1])) {
    const separator = text === "" || text.endsWith("\n") ? "" : "\n";
    return text + separator + Dump.dump(wrap(path, value));
  }
  const edits = findEdits(text, contents, path, value, manner);
  if (edits === undefined) return undefined;
  return TextEdits.apply(text, edits);
}

/**
 * The text with the value at `path` set; undefined when the path does not exist (a list position that is not there, or a key below a single value). Mappings
 * that are missing on the way are made. The text must be one that `Read` accepts. The result is read again: in the rare text where an edit would not give what was
 * asked for, the whole is written anew, without its comments, as BuildStream would.
 */
export function setIn(text: string, path: Path, value: Plain | Node): string | undefined {
  const plain =
    typeof value === "object" && "file" in value && "offset" in value ? strip(value as Node) : (value as Plain);
  const identity = { name: "", project: null, path: null };
  const wanted = changed(Read.read(identity, text), path, plain);
  if (wanted === undefined) return undefined;
  const dumped = Dump.dump(wanted);
  for (const manner of ["items", "whole"] as const) {
    const result = edited(text, path, plain, manner);
    if (result === undefined) continue;
    const back = attempt(() => Dump.dump(Read.read(identity, result)));
    if (Result.isSuccess(back) && back.success === dumped) return result;
  }
  return dumped;
}
