/**
 * Format strings such as `%{state: >12} %{name}`: literal text with symbols in between.
 *
 * A symbol runs from `%{` to the next `}` and holds no `%`; one whose name is not known stays as it is written, so that scripts may
 * print such text.
 */
import * as TextFormat from "./TextFormat.ts";

/** A piece of a template. */
export type Piece =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "symbol"; readonly name: string; readonly format: TextFormat.TextFormat };

/** Splits a format string. Raises when a known symbol has a specification that is none. */
export function parse(format: string, known: ReadonlySet<string>): readonly Piece[] {
  const pieces: Piece[] = [];
  const text = (value: string) => {
    if (value !== "") pieces.push({ type: "text", text: value });
  };
  let at = 0;
  for (const match of format.matchAll(/%\{([^%}:]*)(?::([^%}]*))?\}/g)) {
    const name = match[1] as string;
    if (!known.has(name)) continue;
    text(format.slice(at, match.index));
    pieces.push({ type: "symbol", name, format: TextFormat.parse(match[2] ?? "") });
    at = match.index + match[0].length;
  }
  text(format.slice(at));
  return pieces;
}

/** The symbols that a template uses. */
export function symbols(pieces: readonly Piece[]): ReadonlySet<string> {
  return new Set(pieces.flatMap((piece) => (piece.type === "symbol" ? [piece.name] : [])));
}

/** Fills a template; `value` gives a symbol's text, `paint` colours it after padding. */
export function fill(
  pieces: readonly Piece[],
  value: (name: string) => string,
  paint: (name: string, text: string) => string,
): string {
  return pieces
    .map((piece) =>
      piece.type === "text" ? piece.text : paint(piece.name, TextFormat.apply(piece.format, value(piece.name))),
    )
    .join("");
}
