/**
 * The list of elements in the heading and the summary, in the user's `element-format`: the part of `bst show`'s formats that is about names, keys and states.
 *
 * `%{name}` may carry a width as `%{state: >12}`: fill, alignment, width. Colour goes around the filled text.
 */
import type { Status } from "@millrace/core/event/Event";
import type * as Style from "./Style.ts";

/** Further variables of an element, by name, e.g. `workspace-dirs`; a name left out stays in the text as written. */
export type More = (
  element: Status,
  name: string,
) => { readonly text: string; readonly style: Style.Style } | undefined;

const stateColours: Readonly<Record<Status["state"], Style.Colour>> = {
  "no reference": "red",
  junction: "magenta",
  waiting: "blue",
  failed: "red",
  cached: "magenta",
  "fetch needed": "red",
  buildable: "green",
};

/** Fills text to a width: `[[fill]align][width]` with `<`, `>` or `^`. */
export function fill(text: string, spec: string): string {
  const match = /^(?:(.)?([<>^]))?(\d+)?$/u.exec(spec);
  const width = Number(match?.[3] ?? 0);
  const missing = width - [...text].length;
  if (match === null || missing <= 0) return text;
  const filler = match[1] ?? " ";
  const align = match[2] ?? "<";
  const before = align === ">" ? missing : align === "^" ? missing >> 1 : 0;
  return filler.repeat(before) + text + filler.repeat(missing - before);
}

function variable(element: Status, name: string, keyLength: number, more: More) {
  const dim = !element.keyIsStrict;
  switch (name) {
    case "name":
      return { text: element.name, style: { fg: "blue", bold: true } as const };
    case "key":
      return { text: element.fullKey.slice(0, keyLength), style: { fg: "yellow", dim } as const };
    case "full-key":
      return { text: element.fullKey, style: { fg: "yellow", dim } as const };
    case "state":
      return { text: element.state, style: { fg: stateColours[element.state] } };
    default:
      return more(element, name);
  }
}

/** One line an element, without the end of the last one. */
export function list(
  elements: readonly Status[],
  format: string,
  keyLength: number,
  paint: Style.Paint,
  more: More,
): string {
  return elements
    .map((element) =>
      format.replace(/%\{([a-z-]+)(?::([^%}]*))?\}/g, (whole, name: string, spec: string | undefined) => {
        const found = variable(element, name, keyLength, more);
        return found === undefined ? whole : paint(fill(found.text, spec ?? ""), found.style);
      }),
    )
    .join("\n");
}
