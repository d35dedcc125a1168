/** Where downloads are mirrored: `sourcedir/KIND/URLDIR`, a directory for each url as written, so that both tools share what either downloaded. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { BstError } from "@millrace/core/error/BstError";
import * as Effect from "effect/Effect";
import * as DiskTrouble from "../cas/DiskTrouble.ts";

/** The directory name that stands for a url: every character outside digits, ASCII letters and `%` becomes `_`. */
export function name(url: string): string {
  return [...url].map((character) => (/[A-Za-z0-9%]/.test(character) ? character : "_")).join("");
}

/** The mirror directory of a url for a kind. */
export function path(sourcedir: string, kind: string, url: string): string {
  return join(sourcedir, kind, name(url));
}

/** Makes a directory for what is fetched, with those above it; the user may have put them where nothing can be made. */
export function make(directory: string): Effect.Effect<void, BstError> {
  return Effect.try({
    try: () => void mkdirSync(directory, { recursive: true }),
    catch: (cause) =>
      DiskTrouble.asFailure(cause) ??
      new BstError({
        domain: "SOURCE",
        reason: null,
        message: `Cannot make the directory ${directory}: ${(cause as Error).message}`,
        hint: "Check that `sourcedir` in the user configuration is a place that can be written.",
      }),
  });
}
