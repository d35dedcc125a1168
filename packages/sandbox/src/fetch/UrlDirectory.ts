/** Where downloads are mirrored: `sourcedir/KIND/URLDIR`, a directory for each url as written, so that both tools share what either downloaded. */
import { join } from "node:path";

/** The directory name that stands for a url: every character outside digits, ASCII letters and `%` becomes `_`. */
export function name(url: string): string {
  return [...url].map((character) => (/[A-Za-z0-9%]/.test(character) ? character : "_")).join("");
}

/** The mirror directory of a url for a kind. */
export function path(sourcedir: string, kind: string, url: string): string {
  return join(sourcedir, kind, name(url));
}
