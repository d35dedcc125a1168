/**
 * TOML written as BuildStream's plugins write it (by Python's `tomlkit`, from plain dictionaries), byte for byte: these files are staged, so that their
 * bytes are part of artifacts.
 *
 * A table's own values come first and its tables after them, each in their order; a table that holds tables only gets no header. Surprising is where
 * blank lines are missing: before an array of tables that was its parent's very first member, between the elements of one after an element that is
 * empty, and the space after commas of inline tables within inline tables.
 */
import { Float, isArray, isTable, Moment, type Table, type Value } from "./Toml.ts";

/** The text of a document. */
export function write(document: Table): string {
  const lines: string[] = [];
  writeTable(lines, [...document], "");
  return lines.map((line) => `${line}\n`).join("");
}

function writeTable(lines: string[], members: readonly (readonly [string, Value])[], path: string): void {
  const sections = members.filter(([, value]) => isSection(value));
  for (const [name, value] of members) if (!isSection(value)) lines.push(`${key(name)} = ${inline(value, false)}`);
  for (const member of sections) {
    const [name, value] = member;
    const inner = path === "" ? key(name) : `${path}.${key(name)}`;
    if (isTable(value)) {
      if (member !== sections[0] || sections.length < members.length) lines.push("");
      if (!isSuper(value)) lines.push(`[${inner}]`);
      writeTable(lines, [...value], inner);
    } else {
      let blank = member !== members[0];
      for (const element of value as readonly Table[]) {
        if (blank) lines.push("");
        blank = element.size > 0;
        lines.push(`[[${inner}]]`);
        // Here, unlike elsewhere, tables move behind arrays of tables.
        const own = [...element];
        writeTable(
          lines,
          [...own.filter(([, inside]) => !isTable(inside)), ...own.filter(([, inside]) => isTable(inside))],
          inner,
        );
      }
    }
  }
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
