/** A file among the sources before one, read without being led out of their directory by a link that a source brought. */
import { readFileSync, realpathSync } from "node:fs";
import { join, sep } from "node:path";
import { BstError } from "@millrace/core/error/BstError";
import * as Effect from "effect/Effect";
import type { Subject } from "./SourceDriver.ts";

/** Reads the file; `hint` is for who has none. */
export function read(
  { source }: Subject,
  directory: string,
  file: string,
  hint: string,
): Effect.Effect<Buffer, BstError> {
  return Effect.try({
    try: () => {
      const path = realpathSync(join(directory, file));
      if (!path.startsWith(realpathSync(directory) + sep)) throw new Error("it is outside of them");
      return readFileSync(path);
    },
    catch: (cause) =>
      new BstError({
        domain: "SOURCE",
        reason: null,
        message: `The ${source.kind.name} source of ${source.context.elementName} cannot read '${file}' among the sources before it: ${reasonOf(cause as NodeJS.ErrnoException)}`,
        hint,
      }),
  });
}

function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  return code === "ENOENT" || code === "ENOTDIR" ? "there is none" : message;
}
