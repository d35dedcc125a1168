/** What `bst why` prints for people. */
import type { Json } from "@millrace/core/element/Element";
import * as Changes from "@millrace/core/key/Changes";
import type { Reason } from "../app/Reasons.ts";
import type * as Style from "../ui/Style.ts";

type Cause = Reason["causes"][0];
type Values = Pick<Cause["variables"][0], "before" | "after">;

/** The lines of one element. `length` is how much of a key is shown; `kindOf` names the kind of a source of an element, counted from 0. */
export function text(
  reason: Reason,
  length: number,
  paint: Style.Paint,
  kindOf: (element: string, source: number) => string | undefined,
): string {
  const key = (full: string): string => full.slice(0, length);
  const lines = [`${paint(reason.name, { fg: "blue", bold: true })}: ${headline(reason, key)}`];
  for (const cause of reason.causes) {
    const way = cause.through.slice(1);
    const through = way.length === 0 ? "" : ` (through ${way.join(", ")})`;
    lines.push("", `  ${paint(cause.element, { fg: "blue" })}${through}`);
    for (const line of described(cause, key, kindOf)) lines.push(line === "" ? "" : `    ${line}`);
  }
  const followers = reason.changed.filter((name) => !reason.causes.some(({ element }) => element === name));
  if (followers.length > 0) lines.push("", `  Dependencies that follow: ${followers.join(", ")}`);
  return `${lines.join("\n")}\n`;
}

function headline({ name, key: full, state, previous, changed }: Reason, key: (full: string) => string): string {
  const current = full === null ? "" : key(full);
  switch (state) {
    case "cached":
      return `cached as ${current}, nothing has to be built`;
    case "failed":
      return `its build as ${current} failed; \`bst build --retry-failed ${name}\` tries again`;
    case "new":
      return `to be built as ${current}; no earlier artifact of it is in the cache, so there is nothing to compare with`;
    case "incomplete":
      return `to be built as ${current} again: its artifact is in the cache, but files of it are gone`;
    case "no reference":
      return `has no key, since sources have no ref; run: bst source track ${changed.join(" ")}`;
    case "junction":
      return "a junction, which is not built";
    case "changed": {
      const { key: old, lastUsed, succeeded } = previous as NonNullable<typeof previous>;
      const when = lastUsed.replace("T", " ").replace(/\..*/, " UTC");
      return `to be built as ${current}; it was ${key(old)}, last used ${when}${succeeded ? "" : ", a failed build"}`;
    }
  }
}

function described(
  cause: Cause,
  key: (full: string) => string,
  kindOf: (element: string, source: number) => string | undefined,
): readonly string[] {
  const lines: string[] = [];
  for (const { path, ...values } of cause.changes)
    lines.push(
      label(path, (source) => kindOf(cause.element, source)),
      ...difference(values),
    );
  for (const { name, ...values } of cause.variables) lines.push(`variable ${name}`, ...difference(values));
  for (const name of cause.added) lines.push(`new dependency ${name}`);
  for (const name of cause.removed) lines.push(`no dependency any more: ${name}`);
  if (cause.reordered) lines.push("its dependencies come in another order");
  if (cause.inputs === true && !cause.recorded)
    lines.push(`what else it was is not on record for ${key(cause.previousKey)}; builds from now on record it`);
  if (cause.inputs === null) lines.push(unknown(cause, key(cause.previousKey)));
  if (lines.length === 0) lines.push("it is strict about other dependencies than before");
  return lines;
}

function unknown({ gone, recorded }: Cause, key: string): string {
  if (gone) return `its artifact ${key} is not in the cache any more, so what changed cannot be told`;
  return recorded
    ? `its record does not tell why ${key} is not used`
    : `whether it changed itself is not on record for ${key}; builds from now on record it`;
}

/** The names of the members of a key document. */
const members: Readonly<Record<string, string>> = {
  "element-base-key": "",
  "element-plugin-key": "configuration",
  "element-plugin-name": "kind",
  "element-plugin-version": "version of the kind",
  "fatal-warnings": "fatal warnings",
};

function label(path: Cause["changes"][0]["path"], kindOf: (source: number) => string | undefined): string {
  const [member = "", ...rest] = path;
  const [source, part, ...deeper] = rest;
  if (member === "sources" && typeof source === "number") {
    const kind = kindOf(source);
    const steps = part === "key" ? deeper : part === "name" ? ["kind"] : part === undefined ? [] : [part, ...deeper];
    return [`source ${source + 1}`, kind === undefined ? "" : `(${kind})`, ...steps.map(step)]
      .filter(Boolean)
      .join(" ");
  }
  return [members[member] ?? String(member), ...rest.map(step)].filter((word) => word !== "").join(" ");
}

function step(value: string | number): string {
  return typeof value === "number" ? `#${value + 1}` : value;
}

/** What stood there and what stands there; of long texts the lines that differ. */
function difference({ before, after }: Values): readonly string[] {
  const [old, now] = [linesOf(before), linesOf(after)];
  const pairs = [...Changes.common(old, now), [old.length, now.length] as const];
  const lines: string[] = [];
  let [oldAt, newAt] = [0, 0];
  for (const [oldEnd, newEnd] of pairs) {
    for (; oldAt < oldEnd; oldAt++) lines.push(`  - ${old[oldAt]}`);
    for (; newAt < newEnd; newAt++) lines.push(`  + ${now[newAt]}`);
    oldAt++;
    newAt++;
  }
  return lines;
}

function linesOf(value: Json | undefined): readonly string[] {
  if (value === undefined) return [];
  return (typeof value === "string" ? value : JSON.stringify(value, null, 2)).split("\n");
}
