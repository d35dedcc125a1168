/**
 * A tree made into the root of a sandbox, at the cost of what differs from a root that is there already.
 *
 * The root nearest to the wanted tree becomes the lower layer of an overlay; what the tree has beyond it is written into the run's upper
 * layer, which is also where the run's own changes go. When no root is near enough, the part of the tree that other elements are likely to want again (the
 * caller says which: what is staged below the sources) is extracted, once. Kernels without overlays get a copy.
 */
import { chmodSync, lstatSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { BstError } from "@millrace/core/error/BstError";
import type { Directory, FileEntry } from "@millrace/core/tree/Directory";
import * as Tree from "@millrace/core/tree/Tree";
import * as Context from "effect/Context";
import * as Effect from "effect/Effect";
import * as Exit from "effect/Exit";
import * as Layer from "effect/Layer";
import type * as Scope from "effect/Scope";
import * as Cas from "../cas/Cas.ts";
import * as ObjectStore from "../cas/ObjectStore.ts";
import * as Spread from "../cas/Spread.ts";
import * as Bubblewrap from "../sandbox/Bubblewrap.ts";
import * as Programs from "../sandbox/Programs.ts";
import * as CaptureUpper from "./CaptureUpper.ts";
import * as Exclusive from "./Exclusive.ts";
import * as Extract from "./Extract.ts";
import * as Owners from "./Owners.ts";
import * as RootCache from "./RootCache.ts";

/** A root, ready for a sandbox. */
export interface Staged {
  readonly root: Bubblewrap.Root;
  readonly tree: Directory;
  /** The directory that holds what is not in the lower layers. */
  readonly upper: string;
  readonly known: CaptureUpper.Known;
  readonly protection: Bubblewrap.Protection;
}

export interface StageOptions {
  /** The part of the tree worth keeping extracted. */
  readonly base: Directory;
  /** Directories that stay writable; undefined when all of the root does. */
  readonly writable: readonly string[] | undefined;
}

export interface RootsShape {
  /** What the host can do; asked once. Fails when no sandbox can run. */
  readonly capabilities: Effect.Effect<Programs.Capabilities, BstError>;
  /** Makes a root for one run; nobody may use it after the scope, and {@link RootsShape.tidy} removes it (at once where the run failed). */
  readonly stage: (tree: Directory, options: StageOptions) => Effect.Effect<Staged, BstError, Scope.Scope>;
  /** Removes what ended runs left. For moments in which this process only waits; what is still there at the end of the service goes then. */
  readonly tidy: Effect.Effect<void>;
  /** For making what others wait for: a root, an integration. */
  readonly exclusively: Exclusive.Exclusive;
}

/** How many files and links are rather written anew for a run than a root extracted for good. */
const near = 8;

export class Roots extends Context.Service<Roots, RootsShape>()("@millrace/sandbox/staging/Roots") {
  static readonly layer: Layer.Layer<Roots, BstError, Cas.Cas> = Layer.effect(
    Roots,
    Effect.gen(function* () {
      const { store, bringTree } = yield* Cas.Cas;
      const { close, stage, ...others } = yield* make(store);
      const roots: RootsShape = {
        ...others,
        stage: (tree, options) =>
          Effect.andThen(Effect.andThen(bringTree(tree), bringTree(options.base)), stage(tree, options)),
      };
      yield* Effect.addFinalizer(() => Effect.sync(close));
      return roots;
    }),
  );
}

/** The service over an open store; `close` ends it. */
export const make = Effect.fnUntraced(function* (
  store: ObjectStore.ObjectStore,
  limits: RootCache.Limits = {},
): Effect.fn.Return<RootsShape & { readonly close: () => void }, BstError> {
  const runs = join(store.privateDirectory, "runs");
  yield* Cas.attempt(() => {
    for (const directory of [runs, RootCache.making(store)]) Owners.clean(directory);
  });
  let cache: RootCache.RootCache | undefined;
  // Most commands stage nothing, and need no directories for it.
  const open = yield* Effect.cached(
    Cas.attempt(() => {
      // Other users of this machine must not meet the set-uid programs of a build.
      Spread.make([runs], 0o700);
      cache = RootCache.open(store, limits);
      return cache;
    }),
  );
  const exclusively = Exclusive.make();
  const ended: string[] = [];
  const tidy = () => {
    for (let directory = ended.pop(); directory !== undefined; directory = ended.pop()) Owners.remove(directory);
  };
  let warned = false;
  const capabilities = yield* Effect.cached(Effect.andThen(open, Programs.probe(runs)));

  const warnOnce = Effect.fnUntraced(function* (reason: string) {
    if (warned) return;
    warned = true;
    yield* Effect.logWarning(`Overlay mounts do not work here, every root is copied instead (slow): ${reason}`);
  });

  const stage = Effect.fn("Roots.stage")(function* (
    tree: Directory,
    options: StageOptions,
  ): Effect.fn.Return<Staged, BstError, Scope.Scope> {
    const { overlay } = yield* capabilities;
    const run = yield* Effect.acquireRelease(
      Cas.attempt(() => {
        const directory = join(runs, Owners.name());
        mkdirSync(directory, { mode: 0o700 });
        return directory;
      }),
      (directory, exit) =>
        Effect.sync(() => {
          if (Exit.isSuccess(exit)) ended.push(directory);
          else Owners.remove(directory);
        }),
    );
    const protection = yield* Cas.attempt(() => protectionOf(store, tree, options.writable));
    const merged = join(run, "merged");
    mkdirSync(merged);
    if (!overlay.works) {
      yield* warnOnce(overlay.reason);
      yield* Cas.inSlices(() => Extract.whole(store, tree, merged, false));
      close(merged, protection);
      return { root: { type: "directory", merged }, tree, upper: merged, known: new Map(), protection };
    }
    const base = yield* acquireBase(yield* open, exclusively, tree, options.base);
    const upper = join(run, "upper");
    const work = join(run, "work");
    for (const directory of [upper, work]) mkdirSync(directory);
    const known = new Map<string, { stamp: string; entry: FileEntry }>();
    yield* Cas.inSlices(() =>
      Extract.beyond(store, base.tree, tree, upper, (path, entry) => {
        known.set(path, { stamp: CaptureUpper.stamp(lstatSync(path)), entry });
      }),
    );
    yield* Cas.attempt(() => openWays(upper, protection));
    const root = { type: "overlay", lower: base.lower, upper, work, merged } as const;
    return { root, tree, upper, known, protection };
  });

  const end = () => {
    tidy();
    if (cache !== undefined) RootCache.close(cache);
  };
  return { capabilities, stage, tidy: Effect.sync(tidy), exclusively, close: end };
});

/** A lower layer for a tree: the nearest extracted root, else a new one. It is protected from eviction for the scope. */
const acquireBase = Effect.fnUntraced(function* (
  cache: RootCache.RootCache,
  exclusively: Exclusive.Exclusive,
  tree: Directory,
  wanted: Directory,
) {
  for (let attempt = 0; ; attempt++) {
    const base = yield* exclusively("extract")(chooseBase(cache, tree, wanted));
    const used = yield* Effect.acquireRelease(
      Effect.sync(() => RootCache.use(cache, base.hash)),
      (used) => Effect.sync(() => used && RootCache.release(cache, base.hash)),
    );
    if (!used && attempt < 5) continue;
    RootCache.remember(cache, base.hash, base.tree);
    return { tree: base.tree, lower: RootCache.layers(cache, base.hash) };
  }
});

const chooseBase = Effect.fnUntraced(function* (cache: RootCache.RootCache, tree: Directory, wanted: Directory) {
  const reader = ObjectStore.reader(cache.store);
  // Something of the wanted base may have gone since (sources never remove, a move does): the tree itself then.
  const keeps = yield* Cas.attempt(
    () => Extract.difference(wanted, tree, reader, Number.MAX_SAFE_INTEGER) !== undefined,
  );
  const base = keeps ? wanted : tree;
  const found = yield* Cas.attempt(() => RootCache.nearest(cache, base, near));
  if (found !== undefined) return found;
  return { hash: yield* Cas.inSlices(() => RootCache.extract(cache, base)), tree: base };
});

function protectionOf(
  store: ObjectStore.ObjectStore,
  tree: Directory,
  writable: readonly string[] | undefined,
): Bubblewrap.Protection {
  if (writable === undefined) return Bubblewrap.unprotected;
  return Bubblewrap.protect(writable, function* (directory) {
    let here: Directory = tree;
    for (const name of directory.split("/")) {
      if (name === "") continue;
      const entry = here.entries.get(name);
      if (entry?.type !== "directory") return;
      here = Tree.open(entry, ObjectStore.reader(store));
    }
    for (const [name, entry] of here.entries) yield { name, symlink: entry.type === "symlink" };
  });
}

/** Puts the directories on the way to a writable one into the upper layer, without write permission. */
function openWays(upper: string, protection: Bubblewrap.Protection): void {
  for (const way of protection.ways) {
    const path = join(upper, way);
    if (lstatSync(path, { throwIfNoEntry: false }) === undefined) {
      mkdirSync(path);
      Extract.finishDirectory(undefined, path);
    }
  }
  close(upper, protection);
}

function close(root: string, protection: Bubblewrap.Protection): void {
  for (const way of protection.ways) chmodSync(join(root, way), 0o555);
}
