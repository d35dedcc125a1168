/**
 * The names under which workers of this machine join a scheduler: `NAME-0`, `NAME-1` and so on, each used by one living process.
 *
 * A scheduler that meets a name again knows that whoever had it before is gone, and hands out at once what that one was doing. So a worker that was killed and
 * started again should have the names that it had, while two workers on one cache directory must not share any.
 */
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as Owners from "../staging/Owners.ts";

/** A name that is taken. */
export interface Slot {
  readonly index: number;
  readonly release: () => void;
}

/** Takes the lowest number that no living process has. */
export function take(privateDirectory: string): Slot {
  const directory = join(privateDirectory, "workers");
  mkdirSync(directory, { recursive: true });
  const own = join(directory, Owners.name());
  writeFileSync(own, Owners.owner());
  try {
    for (let index = 0; ; index++) {
      const file = join(directory, `slot-${index}`);
      if (!claim(own, file)) continue;
      return { index, release: () => rmSync(file, { force: true }) };
    }
  } finally {
    rmSync(own, { force: true });
  }
}

/** Links the claim to its place, which fails where one is; one of a dead process is removed and tried once more. */
function claim(own: string, file: string): boolean {
  for (const last of [false, true]) {
    try {
      linkSync(own, file);
      return true;
    } catch {
      if (last || Owners.lives(ownerOf(file))) return false;
      rmSync(file, { force: true });
    }
  }
  return false;
}

function ownerOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
