/** Work that only one fiber of this process does at a time, by name: whoever comes while it is done waits, and finds it done. */
import * as Effect from "effect/Effect";
import * as Semaphore from "effect/Semaphore";

export type Exclusive = (name: string) => <A, E, R>(work: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>;

/** A fresh set of names. */
export function make(): Exclusive {
  const held = new Map<string, { readonly semaphore: Semaphore.Semaphore; users: number }>();
  return (name) => (work) =>
    Effect.suspend(() => {
      const entry = held.get(name) ?? { semaphore: Semaphore.makeUnsafe(1), users: 0 };
      held.set(name, entry);
      entry.users++;
      return entry.semaphore
        .withPermits(1)(work)
        .pipe(
          Effect.ensuring(
            Effect.sync(() => {
              if (--entry.users === 0) held.delete(name);
            }),
          ),
        );
    });
}
