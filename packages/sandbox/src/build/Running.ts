/**
 * Batches of commands run on a tree: build commands, and integration commands, whose result is remembered.
 *
 * What integration makes of a root depends on the root, the script and its environment; the next element that is built on the same root takes the
 * result, and its log gets the output of the run that made it.
 */
import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { SandboxConfig } from "@millrace/core/element/Element";
import { BstError } from "@millrace/core/error/BstError";
import * as Diff from "@millrace/core/tree/Diff";
import type { Digest } from "@millrace/core/tree/Digest";
import type { Directory } from "@millrace/core/tree/Directory";
import * as DirectoryCodec from "@millrace/core/tree/DirectoryCodec";
import * as Sha256 from "@millrace/core/tree/Sha256";
import * as Tree from "@millrace/core/tree/Tree";
import * as Effect from "effect/Effect";
import * as Cas from "../cas/Cas.ts";
import * as ObjectStore from "../cas/ObjectStore.ts";
import * as Trees from "../cas/Trees.ts";
import * as Sandbox from "../sandbox/Sandbox.ts";
import * as Startable from "../sandbox/Startable.ts";
import type { Voice } from "../session/Voice.ts";
import type { RootsShape } from "../staging/Roots.ts";
import type * as Batch from "./Batch.ts";
import type { Elsewhere } from "./Elsewhere.ts";
import type { Job } from "./Job.ts";

/** Where and how batches of one element run. */
export interface Setting {
  readonly store: ObjectStore.ObjectStore;
  readonly roots: RootsShape;
  readonly voice: Voice;
  /** Full name of the element. */
  readonly name: string;
  readonly config: SandboxConfig;
  readonly marked: readonly string[];
  readonly keepMtimes: boolean;
  /** Where they run; undefined for this machine. */
  readonly elsewhere: Elsewhere | undefined;
  /** What a remote APIs socket has behind it. */
  readonly nested: Job["nested"];
  /** Trees that commands may ask for by digest. */
  readonly subsandboxes: readonly Digest[];
}

/** A root, and the part of it worth keeping extracted. */
export interface Root {
  readonly tree: Directory;
  readonly base: Directory;
}

export interface Ran {
  readonly tree: Directory;
  readonly failed: boolean;
  readonly exitCode: number;
}

/** The failure of a batch. */
export function commandFailed(): BstError {
  return new BstError({ domain: "SANDBOX", reason: "command-failed", message: "Command failed" });
}

/** Runs a batch as the activity that logs show; its failure is told by the result, so that what it wrote can be kept. */
export const run = Effect.fnUntraced(function* (
  setting: Setting,
  root: Root,
  batch: Batch.Batch,
  readOnlyRoot: boolean,
): Effect.fn.Return<Ran, BstError> {
  const { voice, config } = setting;
  const request: Sandbox.Request = {
    argv: batch.argv ?? ["sh", "-c", "-e", batch.script],
    cwd: batch.cwd,
    environment: batch.environment,
    marked: setting.marked,
    readOnlyRoot,
    uid: config.buildUid ?? 0,
    gid: config.buildGid ?? 0,
    machine: { os: config.buildOs, arch: config.buildArch },
    output: voice.descriptor ?? "inherit",
    capture: true,
    keepMtimes: setting.keepMtimes,
  };
  if (batch.argv !== undefined) {
    const { exitCode, tree } = yield* place(setting, root, request);
    return { tree, failed: exitCode !== 0, exitCode };
  }
  let ran: Ran | undefined;
  const activity = voice.activity(
    "Running commands",
    Effect.gen(function* () {
      const { exitCode, tree } = yield* place(setting, root, request);
      ran = { tree, failed: exitCode !== 0, exitCode };
      if (exitCode === 0) return;
      const here = setting.elsewhere === undefined;
      const why = yield* Cas.attempt(() => (here ? Startable.whyNot(setting.store, root.tree, request) : undefined));
      if (why !== undefined) voice.say("warning", why);
      yield* commandFailed();
    }),
    { detail: batch.detail, speaker: { name: setting.name, key: null, keyIsStrict: true } },
  );
  yield* activity.pipe(Effect.catch((error) => (ran === undefined ? Effect.fail(error) : Effect.void)));
  return ran ?? { tree: root.tree, failed: false, exitCode: 0 };
});

/** Runs a request where the setting says. */
const place = Effect.fnUntraced(function* (
  setting: Setting,
  root: Root,
  request: Sandbox.Request,
): Effect.fn.Return<Sandbox.Result, BstError> {
  const { roots, store, voice, config, name, elsewhere, subsandboxes } = setting;
  const here =
    config.remoteApisSocket === undefined
      ? Sandbox.run(roots, store, root.tree, root.base, request)
      : withSocket(setting, root, request);
  if (elsewhere === undefined) return yield* here;
  const there = elsewhere.run({ tree: root.tree, request, config, subsandboxes, name, voice });
  return yield* there.pipe(
    Effect.catch((error) => {
      // What the sandbox's rules say of a command holds here too.
      if (!elsewhere.fallsBack || error.reason !== null) return Effect.fail(error);
      voice.say("warning", "Remote execution is not possible, building on this machine", { detail: error.message });
      return here;
    }),
  );
});

/** Runs a request in a sandbox that has a remote APIs socket. */
const withSocket = Effect.fnUntraced(function* (
  { roots, store, config, nested }: Setting,
  root: Root,
  request: Sandbox.Request,
): Effect.fn.Return<Sandbox.Result, BstError> {
  const Apis = yield* Effect.promise(() => import("../apis/Apis.ts"));
  const behind = nested === undefined ? undefined : yield* nested;
  return yield* Apis.run({ store, roots, behind }, root.tree, root.base, request, config.remoteApisSocket);
});

interface Remembered {
  readonly tree: Digest;
  /** What the commands printed. */
  readonly output: string;
}

/** Runs integration commands on a writable root, or takes what they once made of it. */
export const integrate = Effect.fnUntraced(function* (
  setting: Setting,
  root: Root,
  batch: Batch.Batch,
): Effect.fn.Return<Directory, BstError> {
  const { store } = setting;
  const file = yield* Cas.attempt(() => {
    const { buildUid, buildGid, buildOs, buildArch } = setting.config;
    const { environment, script, cwd } = batch;
    const tree = DirectoryCodec.digestOf(root.tree).hash;
    const socket = setting.config.remoteApisSocket?.path;
    const identity = [1, tree, script, cwd, environment, buildUid ?? 0, buildGid ?? 0, buildOs, buildArch, socket];
    const hash = Sha256.hex(Buffer.from(JSON.stringify(identity)));
    return join(store.privateDirectory, "integrated", hash.slice(0, 2), hash.slice(2));
  });
  return yield* setting.roots.exclusively(file)(integrateOnce(setting, root, batch, file));
});

const integrateOnce = Effect.fnUntraced(function* (
  setting: Setting,
  root: Root,
  batch: Batch.Batch,
  file: string,
): Effect.fn.Return<Directory, BstError> {
  const { store, voice } = setting;
  // What the result shares with the root is named by both, and has to be there for either.
  yield* Cas.attempt(() => ObjectStore.putTree(store, root.tree));
  const remembered = yield* Cas.inSlices(() => recall(store, file, root.tree));
  if (remembered !== undefined) {
    const speaker = { name: setting.name, key: null, keyIsStrict: true };
    yield* voice.activity(
      "Running commands",
      Effect.sync(() => voice.write(remembered.output)),
      {
        detail: batch.detail,
        speaker,
      },
    );
    return remembered.tree;
  }
  const begin = voice.descriptor === undefined ? 0 : fstatSync(voice.descriptor).size;
  let output = "";
  const { tree, failed } = yield* run(setting, root, batch, false).pipe(
    Effect.tap(() => Effect.sync(() => (output = outputSince(voice, begin)))),
  );
  if (failed) return yield* commandFailed();
  yield* Cas.attempt(() => remember(store, file, { tree: ObjectStore.putTree(store, tree), output }));
  return tree;
});

/** What a run printed: the log from `begin` on, without the records around it. */
function outputSince(voice: Voice, begin: number): string {
  if (voice.logFile === undefined) return "";
  const file = openSync(voice.logFile, "r");
  try {
    const bytes = Buffer.alloc(Math.min(fstatSync(file).size - begin, 1 << 20));
    const length = readSync(file, bytes, 0, bytes.length, begin);
    const text = bytes.toString("utf8", 0, length);
    const from = text.indexOf("\n+ ");
    const to = text.lastIndexOf("\n[");
    return from === -1 ? "" : text.slice(from + 1, to > from ? to + 1 : undefined);
  } finally {
    closeSync(file);
  }
}

function remember(store: ObjectStore.ObjectStore, file: string, value: Remembered): void {
  const temporary = `${file}.${process.pid}.part`;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(temporary, JSON.stringify(value));
  renameSync(temporary, file);
  ObjectStore.has(store, value.tree);
}

/** The remembered result, when all that it added to the root is still in the store. */
function* recall(
  store: ObjectStore.ObjectStore,
  file: string,
  before: Directory,
): Generator<void, { readonly tree: Directory; readonly output: string } | undefined> {
  let value: Remembered;
  try {
    value = JSON.parse(readFileSync(file, "utf8")) as Remembered;
    const now = Date.now() / 1000;
    utimesSync(file, now, now);
  } catch {
    return undefined;
  }
  const tree = ObjectStore.findDirectory(store, value.tree);
  if (tree === undefined) return undefined;
  try {
    for (const change of Diff.between(before, tree, ObjectStore.reader(store))) {
      if (change.type === "removed") continue;
      const { after } = change;
      if (after.type === "file" && !ObjectStore.has(store, after.digest)) return undefined;
      if (after.type === "directory") {
        const digest = DirectoryCodec.digestOf(Tree.open(after, ObjectStore.reader(store)));
        if (!(yield* Trees.hasInSlices(store, digest))) return undefined;
      }
    }
  } catch (cause) {
    if (cause instanceof BstError) return undefined;
    throw cause;
  }
  return { tree, output: value.output };
}
