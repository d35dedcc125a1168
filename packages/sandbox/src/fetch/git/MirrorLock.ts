/**
 * One fetch at a time into a mirror, among all processes of ours on this machine: a second one finds what it wants when its turn comes.
 *
 * git has locks of its own, which do not wait. A git that was killed leaves them, with what it had received, for ever, and one that was ended or ran out of room at least what it had received.
 * That is removed by whoever ended it, and by whoever comes after a process that was killed.
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
      if (claimed?.inherited === true) yield* attempt(() => clean(repository, []));
      if (claimed !== undefined) return claimed;
      yield* Effect.interruptible(Effect.sleep(pause));
    }
  });
  const held = Effect.acquireUseRelease(
    take,
    () => withoutTraces(repository, work),
    (claim) => Effect.sync(claim.release),
  );
  return lockOf(repository).withPermits(1)(held);
}

/** Does something, and removes what it left when it failed or was ended; what others have there, BuildStream for one, is kept. */
function withoutTraces<A>(repository: string, work: Effect.Effect<A, BstError>): Effect.Effect<A, BstError> {
  return Effect.suspend(() => {
    const before = traces(repository);
    return Effect.onError(work, () => Effect.sync(() => clean(repository, before)));
  });
}

function clean(repository: string, except: readonly string[]): void {
  const kept = new Set(except);
  for (const path of traces(repository)) if (!kept.has(path)) rmSync(join(repository, path), { force: true });
}

/** What a git that receives something has in a repository: its locks, and what has come so far. */
function traces(repository: string): readonly string[] {
  const below = (directory: string, is: (name: string) => boolean) =>
    names(join(repository, directory))
      .filter(is)
      .map((name) => join(directory, name));
  return [
    ...["shallow.lock", "packed-refs.lock"].filter((name) => existsSync(join(repository, name))),
    ...below("refs", (name) => name.endsWith(".lock")),
    ...below("objects/pack", (name) => name.startsWith("tmp_")),
  ];
}

/** What is in a directory, at any depth; nothing where it, or a part of it, is gone. */
function names(directory: string): readonly string[] {
  try {
    return readdirSync(directory, { encoding: "utf8", recursive: true });
  } catch {
    return [];
  }
}
