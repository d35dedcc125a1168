/**
 * Python's format specifications, as far as they make sense for text: `[[fill]align][0][width][.precision][s]`.
 *
 * `bst show --format '%{name: >30}'` reads the part behind the colon so. Widths count code points. Signs, `#`, thousands separators and `=` belong to
 * numbers and are refused, as Python refuses them for text.
 */
import { raise } from "@millrace/core/error/BstError";

/** A read specification. */
export interface TextFormat {
  readonly fill: string;
  readonly align: "<" | ">" | "^";
  readonly width: number;
  /** Longest text let through, undefined for any. */
  readonly precision: number | undefined;
}

const widest = 100_000;
const pattern = /^(?:(.)?([<>^]))?(0)?(\d*)(?:\.(\d+))?s?$/su;

/** Reads a specification; raises when it is none for text. */
export function parse(specification: string): TextFormat {
  const match = pattern.exec(specification);
  const width = Number(match?.[4] || 0);
  if (match === null || width > widest) {
    return raise({
      domain: "APP",
      reason: null,
      message: `'${specification}' does not say how to format a text`,
      hint: "Write a fill character, an alignment (<, > or ^) and a width, for example '%{name: >20}'.",
    });
  }
  const [, fill, align, zero, , precision] = match;
  return {
    fill: fill ?? (zero === undefined ? " " : "0"),
    align: (align as TextFormat["align"] | undefined) ?? "<",
    width,
    precision: precision === undefined ? undefined : Number(precision),
  };
}

/** A text cut and padded to a format. */
export function apply(format: TextFormat, text: string): string {
  const points = [...text];
  const kept = format.precision === undefined ? points : points.slice(0, format.precision);
  const missing = format.width - kept.length;
  const body = kept.join("");
  if (missing <= 0) return body;
  switch (format.align) {
    case "<":
      return body + format.fill.repeat(missing);
    case ">":
      return format.fill.repeat(missing) + body;
    case "^": {
      const left = Math.floor(missing / 2);
      return format.fill.repeat(left) + body + format.fill.repeat(missing - left);
    }
  }
}
