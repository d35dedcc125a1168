/**
 * The names under which workers of this machine join a scheduler: `NAME-0`, `NAME-1` and so on, each used by one living process.
 *
 * A scheduler that meets a name again knows that whoever had it before is gone, and hands out at once what that one was doing. So a worker that was killed and
 * started again should have the names that it had, while two workers on one cache directory must not share any.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import * as Claim from "../staging/Claim.ts";

/** A name that is taken. */
export interface Slot {
  readonly index: number;
  readonly release: () => void;
}

/** Takes the lowest number that no living process has. */
export function take(privateDirectory: string): Slot {
  const directory = join(privateDirectory, "workers");
  mkdirSync(directory, { recursive: true });
  for (let index = 0; ; index++) {
    const file = join(directory, `slot-${index}`);
    const claim = Claim.take(file);
    if (claim !== undefined) return { index, release: claim.release };
  }
}
