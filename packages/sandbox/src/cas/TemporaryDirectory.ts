/** Scratch directories on the cache's file system, so that what is made there can become objects by renaming or linking; gone when their scope ends. */
import { chmodSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import * as Effect from "effect/Effect";
import type * as Scope from "effect/Scope";
import * as Owners from "../staging/Owners.ts";

/** Makes an empty directory below `cachedir/tmp`. */
export function make(cachedir: string, prefix: string): Effect.Effect<string, never, Scope.Scope> {
  return Effect.acquireRelease(
    Effect.sync(() => {
      const parent = join(cachedir, "tmp");
      mkdirSync(parent, { recursive: true });
      return mkdtempSync(join(parent, `${Owners.name()}-${prefix}-`));
    }),
    (directory) => Effect.sync(() => remove(directory)),
  );
}

/** Removes a directory and all below it, also where a build took write permission away. */
export function remove(directory: string): void {
  try {
    rmSync(directory, { recursive: true, force: true });
  } catch {
    const pending = [directory];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      chmodSync(next, 0o700);
      for (const entry of readdirSync(next)) {
        const path = join(next, entry);
        if (lstatSync(path).isDirectory()) pending.push(path);
      }
    }
    rmSync(directory, { recursive: true, force: true });
  }
}
