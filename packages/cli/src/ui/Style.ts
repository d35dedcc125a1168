/**
 * Colours and weights of text, and the five profiles that all output is made of.
 *
 * The escape sequences are those that BuildStream's output has, in the same order (colour, bold, dim, text, reset), since people's tools strip
 * or match them. `dim: false` is not the same as no `dim`: it writes the sequence that ends dimness.
 */

export type Colour = "red" | "green" | "yellow" | "blue" | "magenta" | "cyan" | "bright_red";

export interface Style {
  readonly fg?: Colour;
  readonly bold?: boolean;
  readonly dim?: boolean;
}

const codes: Readonly<Record<Colour, number>> = {
  red: 31,
  green: 32,
  yellow: 33,
  blue: 34,
  magenta: 35,
  cyan: 36,
  bright_red: 91,
};

/** Text that carries values: names, paths, numbers. */
export const content: Style = { fg: "yellow" };
/** What stands between them: brackets, titles. */
export const format: Style = { fg: "cyan", dim: true };
export const success: Style = { fg: "green" };
export const failure: Style = { fg: "red", dim: true };
/** The indented text below a message. */
export const detail: Style = { dim: true };

/** Writes text in a style; the plain painter returns it as it is. */
export type Paint = (text: string, ...styles: readonly Style[]) => string;

export const plain: Paint = (text) => text;

/** Later styles override earlier ones. */
export const ansi: Paint = (text, ...styles) => {
  const style: Style = Object.assign({}, ...styles);
  let start = "";
  if (style.fg !== undefined) start += `\u001b[${codes[style.fg]}m`;
  if (style.bold !== undefined) start += `\u001b[${style.bold ? 1 : 22}m`;
  if (style.dim !== undefined) start += `\u001b[${style.dim ? 2 : 22}m`;
  return `${start}${text}\u001b[0m`;
};

/** The text without its escape sequences. */
export function strip(text: string): string {
  return text.replace(/\u001b\[[0-9;?]*[A-Za-z]/g, "");
}
