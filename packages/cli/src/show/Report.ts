/** The report of `bst show`: one filled format string an element. */
import * as Style from "../ui/Style.ts";
import * as Fields from "./Fields.ts";
import * as Template from "./Template.ts";

/** A format string that has been read. */
export interface Format {
  readonly pieces: readonly Template.Piece[];
  /** What of keys and states is shown. */
  readonly needs: "nothing" | "keys" | "states";
}

/** Reads a format string; raises when a symbol is malformed. */
export function parse(format: string): Format {
  const pieces = Template.parse(format, Fields.symbols);
  const used = Template.symbols(pieces);
  const stateful = [...used].filter((name) => Fields.stateful.has(name));
  if (stateful.length === 0) return { pieces, needs: "nothing" };
  return { pieces, needs: stateful.every((name) => Fields.keyed.has(name)) ? "keys" : "states" };
}

/** Whether a format uses a symbol. */
export function uses(format: Format, symbol: string): boolean {
  return Template.symbols(format.pieces).has(symbol);
}

/** The symbols of a format whose texts follow from the project's files alone. */
export function described(format: Format): readonly string[] {
  return [...Template.symbols(format.pieces)].filter((name) => !Fields.stateful.has(name)).sort();
}

/** The report, without its final newline. Blank lines at its end are dropped, as BuildStream does. */
export function render(format: Format, rows: readonly Fields.Row[], colours: boolean): string {
  const paint = colours ? Style.ansi : Style.plain;
  const text = rows
    .map((row) =>
      Template.fill(
        format.pieces,
        (name) => Fields.value(name, row),
        (name, text) => paint(text, ...Fields.style(name, row)),
      ),
    )
    .join("\n");
  // BuildStream takes line breaks off the end, but those of a symbol's value are hidden behind its colours.
  const last = format.pieces.at(-1);
  const breaks = last?.type === "text" ? (/\n*$/.exec(last.text)?.[0].length ?? 0) : 0;
  return breaks === 0 ? text : text.slice(0, -breaks);
}
