/**
 * Seeded scenarios of trouble between a build and its cache server. A scenario is what one number says: which of its calls meet which fault, whether the server restarts or
 * loses blobs in the middle, and what the command is.
 */
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Fault } from "./GrpcProxy.ts";

/** Mulberry32: small, and the same everywhere. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface Scenario {
  readonly seed: number;
  /** What is done: a build that pulls and pushes, a pull, a push. */
  readonly command: "build" | "pull" | "push";
  /** Whether the server has the artifacts when the command begins. */
  readonly filled: boolean;
  /** Kinds of trouble of this scenario. */
  readonly kinds: readonly string[];
  /** What becomes of the call of a number. */
  readonly fault: (number: number) => Fault | undefined;
  /** Call at which the server is killed and started again. */
  readonly restartAt: number | undefined;
  /** Call at which the server loses some blobs. */
  readonly expireAt: number | undefined;
}

const kinds = [
  "delay",
  "drop",
  "reset",
  "truncate",
  "corrupt",
  "unavailable",
  "exhausted",
  "silent",
  "restart",
  "expire",
];

/** The scenario of a number. */
export function scenario(seed: number): Scenario {
  const next = random(seed);
  const pick = <A>(values: readonly A[]): A => values[Math.floor(next() * values.length)] as A;
  const command = pick(["build", "build", "pull", "push"] as const);
  const filled = command === "pull" || (command === "build" && next() < 0.6);
  const chosen = [...new Set([pick(kinds), pick(kinds)])];
  const rate = pick([0.05, 0.2, 0.5, 1]);
  const onCalls = chosen.filter((kind) => kind !== "restart" && kind !== "expire");
  const decided = new Map<number, Fault | undefined>();
  const make = (): Fault | undefined => {
    if (onCalls.length === 0 || next() >= rate) return undefined;
    const after = Math.floor(next() * pick([8, 200, 20_000]));
    switch (pick(onCalls)) {
      case "delay":
        return { type: "delay", milliseconds: Math.floor(next() * 400) };
      case "drop":
        return { type: "drop", after };
      case "reset":
        return { type: "reset", after };
      case "truncate":
        return { type: "truncate", after };
      case "corrupt":
        return { type: "corrupt", direction: pick(["request", "answer"] as const), at: after };
      case "unavailable":
        return { type: "status", code: 14 };
      case "exhausted":
        return { type: "status", code: 8 };
      default:
        return { type: "silent" };
    }
  };
  return {
    seed,
    command,
    filled,
    kinds: chosen,
    fault: (number) => {
      for (let at = decided.size; at <= number; at++) decided.set(at, make());
      return decided.get(number);
    },
    restartAt: chosen.includes("restart") ? Math.floor(next() * 25) : undefined,
    expireAt: chosen.includes("expire") ? Math.floor(next() * 25) : undefined,
  };
}

/** Takes some of the blobs of a server's store away, as its expiry would. */
export function expire(store: string, seed: number): void {
  const next = random(seed);
  const objects = join(store, "cas/objects");
  for (const prefix of readdirSync(objects))
    for (const name of readdirSync(join(objects, prefix)))
      if (next() < 0.4) rmSync(join(objects, prefix, name), { force: true });
}
