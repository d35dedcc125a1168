/**
 * Seeded scenarios of trouble between a command and its servers. A scenario is what one number says: what the command is, what the server has, which of its calls meet which
 * fault, whether the server restarts or loses blobs in the middle, and whether the command itself is ended there.
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

/**
 * What is done: with shared caches, a build that pulls and pushes, pulls without and with build trees, what pulls by itself (a checkout, a shell on a build tree), pushes,
 * the same for sources; with a storage service behind the store, with remote execution, or with both, a build.
 */
export const commands = [
  ...["build", "pull", "pull-trees", "checkout", "shell", "push", "fetch", "push-sources"],
  ...["storage", "execution", "farm"],
] as const;
export type Command = (typeof commands)[number];

/**
 * Which servers there are, and which of them trouble comes from: one that is everything; with shared caches also the first or the second of two that both have everything,
 * or the index or the storage of a pair; with remote execution also one of the services that a build uses.
 */
export type Layout = "one" | "first" | "second" | "index" | "storage" | "execution" | "action-cache";

/** Layouts that a command of a kind can meet. */
const layouts = (command: Command): readonly Layout[] => {
  if (command === "storage") return ["one"];
  if (command === "execution" || command === "farm") return ["one", "one", "storage", "execution", "action-cache"];
  return ["one", "one", "first", "second", "index", "storage"];
};

/**
 * What is special about some scenarios, beside their faults: the server is away for a while, or comes back with nothing at all; the command is told to end by SIGTERM, or by
 * Ctrl-C twice; it never tries again; a second machine does the same at the same time; answers come in small pieces; where an execution service fails, this machine takes over;
 * the execution service is a server of its own that nothing is wrong with, over the storage that trouble comes from.
 */
export type Twist = "away" | "reborn" | "terminate" | "twice" | "hasty" | "rival" | "trickle" | "fallback" | "apart";

/** What the server has when the command begins: nothing, everything, or everything but blobs that it has lost. */
export type Stock = "empty" | "filled" | "worn";

export interface Scenario {
  readonly seed: number;
  readonly command: Command;
  readonly stock: Stock;
  readonly layout: Layout;
  readonly twist: Twist | undefined;
  /** Milliseconds for which a server is away. */
  readonly absence: number;
  /** Kinds of trouble of this scenario. */
  readonly kinds: readonly string[];
  /** What becomes of the call of a number. */
  readonly fault: (method: string, number: number) => Fault | undefined;
  /** Calls at which something happens: the server is killed and started again, loses some blobs, loses all; the command is interrupted, killed; or a twist. */
  readonly moments: ReadonlyMap<number, string>;
}

const onCalls = [
  ...["delay", "drop", "reset", "truncate", "corrupt", "mute", "silent"],
  ...["unavailable", "exhausted", "status", "front", "empty", "garbage"],
];
const onServers = ["restart", "expire", "wipe"];
const onCommands = ["interrupt", "kill"];
const kinds = [...onCalls, ...onCalls, ...onServers, ...onServers, ...onCommands];

const twists: readonly Twist[] = ["away", "reborn", "terminate", "twice", "hasty", "rival", "trickle"];

/** Methods that faults may be kept for. */
const methods = [
  ...["FindMissingBlobs", "BatchUpdateBlobs", "BatchReadBlobs", "GetTree", "ByteStream/Read", "ByteStream/Write"],
  ...["Fetch/Fetch", "Push/Push", "GetCapabilities", "Execution/Execute", "WaitExecution", "GetActionResult"],
];

/** The scenario of a number. */
export function scenario(seed: number): Scenario {
  const next = random(seed);
  const pick = <A>(values: readonly A[]): A => values[Math.floor(next() * values.length)] as A;
  const command = pick(commands);
  const needs = ["pull", "pull-trees", "checkout", "shell", "fetch"].includes(command);
  const stock = pick<Stock>(needs ? ["filled", "filled", "worn"] : ["empty", "filled", "worn"]);
  const chosen = [...new Set([pick(kinds), pick(kinds)])];
  const rate = pick([0.05, 0.2, 0.5, 1]);
  const only = next() < 0.3 ? pick(methods) : "";
  const faults = chosen.filter((kind) => onCalls.includes(kind));
  const layout = pick(layouts(command));
  // From numbers of their own: what else a scenario is stays as it was before there were twists.
  const other = random(seed ^ 0x7157);
  const choose = <A>(values: readonly A[]): A => values[Math.floor(other() * values.length)] as A;
  const executes = command === "execution" || command === "farm";
  const twist = choose([
    ...Array<undefined>(4).fill(undefined),
    ...twists,
    ...(executes ? (["fallback", "apart", "fallback", "apart", "apart"] as const) : []),
  ]);
  const slow = (): Fault | undefined =>
    twist === "trickle" && other() < 0.3
      ? { type: "trickle", bytes: choose([1, 50, 4000]), milliseconds: choose([1, 20]) }
      : undefined;
  const unasked: readonly (Twist | undefined)[] = ["away", "reborn", "terminate", "twice"];
  const surprise = unasked.includes(twist) ? [[Math.floor(other() * 25), String(twist)] as const] : [];
  const absence = Math.floor(other() * 4000);
  const decided = new Map<number, Fault | undefined>();
  const make = (): Fault | undefined => {
    if (faults.length === 0 || next() >= rate) return slow();
    const after = Math.floor(next() * pick([8, 200, 20_000]));
    switch (pick(faults)) {
      case "delay":
        return { type: "delay", milliseconds: Math.floor(next() * 400) };
      case "drop":
        return { type: "drop", after };
      case "reset":
        return { type: "reset", after };
      case "truncate":
        return { type: "truncate", after };
      case "mute":
        return { type: "mute", after };
      case "corrupt":
        return { type: "corrupt", direction: pick(["request", "answer"] as const), at: after };
      case "unavailable":
        return { type: "status", code: 14 };
      case "exhausted":
        return { type: "status", code: 8 };
      case "status":
        return { type: "status", code: 1 + Math.floor(next() * 16) };
      case "front":
        return { type: "front", status: pick([400, 401, 404, 429, 502, 503, 504]) };
      case "empty":
        return { type: "message", bytes: Buffer.alloc(0) };
      case "garbage":
        return { type: "message", bytes: Buffer.from(Array.from({ length: 40 }, () => Math.floor(next() * 256))) };
      default:
        return { type: "silent" };
    }
  };
  return {
    seed,
    command,
    stock,
    layout,
    twist,
    absence,
    kinds: [...chosen, ...(twist === undefined ? [] : [twist])],
    fault: (method, number) => {
      for (let at = decided.size; at <= number; at++) decided.set(at, make());
      return method.includes(only) ? decided.get(number) : undefined;
    },
    moments: new Map([
      ...surprise,
      ...chosen.filter((kind) => !onCalls.includes(kind)).map((kind) => [Math.floor(next() * 25), kind] as const),
    ]),
  };
}

/** The empty blob, which servers have by definition. */
const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/** Takes some of the blobs of a server's store away, as its expiry would; `share` is how many of them. */
export function expire(store: string, seed: number, share = 0.4): void {
  const next = random(seed);
  const objects = join(store, "cas/objects");
  for (const prefix of readdirSync(objects))
    for (const name of readdirSync(join(objects, prefix)))
      if (next() < share && prefix + name !== empty) rmSync(join(objects, prefix, name), { force: true });
}
