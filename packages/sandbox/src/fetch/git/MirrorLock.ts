/**
 * One fetch at a time into a mirror, among all processes of ours on this machine: a second one finds what it wants when its turn comes.
 *
 * git has locks of its own, which do not wait. A git that was killed leaves them, with what it had received, for ever; whoever comes after such a process removes both.
 */
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { BstError } from "@millrace/core/error/BstError";
import * as Effect from "effect/Effect";
import * as Semaphore from "effect/Semaphore";
import { attempt } from "../../cas/Cas.ts";
import * as Claim from "../../staging/Claim.ts";

const locks = new Map<string, Semaphore.Semaphore>();

function lockOf(repository: string): Semaphore.Semaphore {
  const known = locks.get(repository) ?? Semaphore.makeUnsafe(1);
  locks.set(repository, known);
  return known;
}

/** Milliseconds between two looks at what another process holds. */
const pause = 100;

/** Does something with a repository that is there while nobody else does. */
export function during<A>(repository: string, work: Effect.Effect<A, BstError>): Effect.Effect<A, BstError> {
  const file = join(repository, "millrace.lock");
  const take: Effect.Effect<Claim.Claim, BstError> = Effect.gen(function* () {
    for (;;) {
      const claimed = yield* attempt(() => Claim.take(file));
      if (claimed?.inherited === true) yield* attempt(() => clean(repository));
      if (claimed !== undefined) return claimed;
      yield* Effect.interruptible(Effect.sleep(pause));
    }
  });
  const held = Effect.acquireUseRelease(
    take,
    () => work,
    (claim) => Effect.sync(claim.release),
  );
  return lockOf(repository).withPermits(1)(held);
}

/** Removes what a git that was killed left. */
function clean(repository: string): void {
  for (const lock of ["shallow.lock", "packed-refs.lock"]) rmSync(join(repository, lock), { force: true });
  const packs = join(repository, "objects/pack");
  if (!existsSync(packs)) return;
  for (const name of readdirSync(packs)) if (name.startsWith("tmp_")) rmSync(join(packs, name), { force: true });
}
