/**
 * TOML written as BuildStream's plugins write it (by Python's `tomlkit`, from plain dictionaries), byte for byte: these files are staged, so that their
 * bytes are part of artifacts.
 *
 * A table's own values come first and its tables after them, each in their order; a table that holds tables only gets no header. Surprising are the
 * missing blank line under a header of an array of tables that has no values of its own, and the missing spaces in inline tables within inline tables.
 */
import { Float, isArray, isTable, Moment, type Table, type Value } from "./Toml.ts";

/** The text of a document. */
export function write(document: Table): string {
  const state: State = { text: "", bare: true };
  writeTable(state, document, "");
  return state.text;
}

interface State {
  text: string;
  /** Whether the next header follows something that it needs no blank line after. */
  bare: boolean;
}

function writeTable(state: State, table: Table, path: string): void {
  for (const [name, value] of table)
    if (!isSection(value)) {
      state.text += `${key(name)} = ${inline(value, false)}\n`;
      state.bare = false;
    }
  for (const [name, value] of table) {
    const inner = path === "" ? key(name) : `${path}.${key(name)}`;
    if (isTable(value)) {
      if (!isSuper(value)) writeHeader(state, `[${inner}]`, false);
      writeTable(state, value, inner);
    } else if (isArray(value) && isSection(value))
      for (const element of value as readonly Table[]) {
        writeHeader(state, `[[${inner}]]`, true);
        writeTable(state, element, inner);
        state.bare = false;
      }
  }
}

function writeHeader(state: State, header: string, bare: boolean): void {
  state.text += `${state.bare ? "" : "\n"}${header}\n`;
  state.bare = bare;
}

function isSection(value: Value): boolean {
  return isTable(value) || (isArray(value) && value.length > 0 && value.every(isTable));
}

/** Whether a table holds tables only, and so needs no header. */
function isSuper(table: Table): boolean {
  return table.size > 0 && [...table.values()].every(isSection);
}

/** @param within whether this is part of an inline table. */
function inline(value: Value, within: boolean): string {
  if (typeof value === "string") return quoted(value);
  if (typeof value === "boolean" || typeof value === "bigint") return String(value);
  if (value instanceof Float) return float(value.value);
  if (value instanceof Moment) return value.text;
  if (isArray(value)) return `[${value.map((item) => inline(item, false)).join(", ")}]`;
  const pairs = [...(value as Table)].map(([name, item]) => `${key(name)} = ${inline(item, true)}`);
  return `{${pairs.join(within ? "," : ", ")}}`;
}

function key(name: string): string {
  return /^[A-Za-z0-9_-]+$/.test(name) ? name : quoted(name);
}

const short: Readonly<Record<string, string>> = {
  "\b": "\\b",
  "\t": "\\t",
  "\n": "\\n",
  "\f": "\\f",
  "\r": "\\r",
  '"': '\\"',
  "\\": "\\\\",
};

function quoted(text: string): string {
  const body = text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: those that have to be escaped
    /[\u0000-\u001f\u007f"\\]/g,
    (character) => short[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return `"${body}"`;
}

/** As Python prints it. */
function float(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (Object.is(value, -0)) return "-0.0";
  const [digits, exponent] = value.toExponential().split("e") as [string, string];
  const power = Number(exponent);
  if (power >= -4 && power < 16) {
    const text = power < 0 ? value.toFixed(Math.max(0, digits.replace(/[-.]/g, "").length - 1 - power)) : String(value);
    return text.includes(".") ? text : `${text}.0`;
  }
  return `${digits}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
}
