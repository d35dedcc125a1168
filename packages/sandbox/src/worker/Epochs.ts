/**
 * Lets the store of a worker, which runs for weeks, expire what no running action uses.
 *
 * Expiry spares whatever was used since the start of the oldest process that works on the store. A worker says instead that it counts on what was used since the
 * beginning of the oldest action's epoch; objects are renewed once an epoch when they are used, so that an action's are never older.
 */
import * as Effect from "effect/Effect";
import * as ObjectStore from "../cas/ObjectStore.ts";

/** Milliseconds. */
const length = 600_000;

export interface Epochs {
  /** Runs an action, whose objects are spared as long as it runs. */
  readonly amid: <A, E, R>(action: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>;
}

export function make(store: ObjectStore.ObjectStore, now: () => number = Date.now): Epochs {
  let current = now();
  const running = new Map<number, number>();
  const publish = () => store.pace.release?.(Math.min(current, ...running.keys()));
  const enter = (): number => {
    const time = now();
    if (time - current >= length) {
      current = time;
      // What was seen before must be looked at again, or it keeps the time of an earlier epoch.
      ObjectStore.unseeAll(store);
      if (store.pace.renewBefore !== undefined) store.pace.renewBefore = current;
    }
    running.set(current, (running.get(current) ?? 0) + 1);
    publish();
    return current;
  };
  const leave = (epoch: number): void => {
    const left = (running.get(epoch) ?? 1) - 1;
    if (left > 0) running.set(epoch, left);
    else running.delete(epoch);
    publish();
  };
  return {
    amid: (action) =>
      Effect.acquireUseRelease(
        Effect.sync(enter),
        () => action,
        (epoch) => Effect.sync(() => leave(epoch)),
      ),
  };
}
