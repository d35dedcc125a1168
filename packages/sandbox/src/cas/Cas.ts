/**
 * The content store as a service: the Effect face of `ObjectStore`, `Capture` and `Checkout`.
 *
 * Work on many files runs in slices of a few hundred on the calling fiber, which pauses between them, so that the terminal stays alive and an
 * interruption takes effect, and where contents are many, on threads (`Intakes`); one file is microseconds of work, too little for a fiber of its own. Synchronous code (a loader reading a
 * junction's tree, a merge of trees) uses {@link CasShape.store} with the functions of `ObjectStore` directly.
 */
import type { BstError } from "@millrace/core/error/BstError";
import type { Digest } from "@millrace/core/tree/Digest";
import type { Directory } from "@millrace/core/tree/Directory";
import * as Context from "effect/Context";
import * as Effect from "effect/Effect";
import * as Layer from "effect/Layer";
import * as Backing from "./Backing.ts";
import * as Capture from "./Capture.ts";
import * as Checkout from "./Checkout.ts";
import * as DiskTrouble from "./DiskTrouble.ts";
import * as Intake from "./Intake.ts";
import * as Intakes from "./Intakes.ts";
import * as Leftovers from "./Leftovers.ts";
import { Locations } from "./Locations.ts";
import * as ObjectStore from "./ObjectStore.ts";
import * as Quota from "./Quota.ts";
import * as Scratch from "./Scratch.ts";
import * as TarExport from "./TarExport.ts";
import * as Threads from "./Threads.ts";
import * as Trees from "./Trees.ts";
import type * as Work from "./Work.ts";

export interface CasShape {
  /** For synchronous use, with the functions of `ObjectStore`. */
  readonly store: ObjectStore.ObjectStore;
  /** What is behind the store, when it is only a part of what the user has. */
  readonly backing: Backing.BackingShape | undefined;
  /** Brings the files of a tree into the store, which synchronous use takes for granted; costs nothing where there is nothing behind the store. */
  readonly bringTree: (root: Digest | Directory) => Effect.Effect<void, BstError>;
  /** The same for single blobs. */
  readonly bring: (digests: readonly Digest[]) => Effect.Effect<void, BstError>;
  /** Those of some blobs that are not in the store. */
  readonly missing: (digests: Iterable<Digest>) => Effect.Effect<readonly Digest[], BstError>;
  /** A blob's bytes, verified; fails when it is missing or damaged. */
  readonly read: (digest: Digest) => Effect.Effect<Uint8Array, BstError>;
  readonly putBytes: (bytes: Uint8Array) => Effect.Effect<Digest, BstError>;
  /** Stores the content of a file (not through a symbolic link). */
  readonly putFile: (path: string) => Effect.Effect<Digest, BstError>;
  /** Stores a tree's directory messages; its files must be stored already. */
  readonly putTree: (tree: Directory) => Effect.Effect<Digest, BstError>;
  /** Whether a directory and everything below it is in the store, or behind it: its directories are here then. Fails where it can be no tree of files ({@link isNoTree}). */
  readonly hasTree: (root: Digest) => Effect.Effect<boolean, BstError>;
  readonly capture: (directory: string, options?: Capture.CaptureOptions) => Effect.Effect<Capture.Captured, BstError>;
  /** Writes a tree as a directory; gives the number of files. */
  readonly checkout: (
    root: Digest | Directory,
    destination: string,
    options?: Checkout.CheckoutOptions,
  ) => Effect.Effect<number, BstError>;
  /** Writes a tree as a tar archive, to a file or (`-`) to standard output. */
  readonly exportTar: (
    root: Digest | Directory,
    location: string,
    compression?: TarExport.Compression,
    /** What member names begin with, `./` by default. */
    prefix?: string,
  ) => Effect.Effect<void, BstError>;
}

export class Cas extends Context.Service<Cas, CasShape>()("@millrace/sandbox/cas/Cas") {
  static readonly layer: Layer.Layer<Cas, BstError, Locations> = Layer.effect(
    Cas,
    Effect.gen(function* () {
      const { cachedir, limits } = yield* Locations;
      const warnings = yield* Effect.context<never>();
      const store = yield* attempt(() =>
        ObjectStore.open(cachedir, (message) => Effect.runForkWith(warnings)(Effect.logWarning(message))),
      );
      yield* Effect.acquireRelease(
        attempt(() => {
          Leftovers.clean(store, cachedir);
          return Quota.install(store, limits);
        }),
        (end) =>
          Effect.sync(() => {
            end();
            Scratch.close(store);
          }),
      );
      const behind = yield* Backing.Backing;
      return make(store, behind?.(store));
    }),
  );
}

/** The service below a cache directory, for who needs no layer. Raises when the directory cannot be made. */
export function open(cachedir: string, warn?: (message: string) => void): CasShape {
  return make(ObjectStore.open(cachedir, warn));
}

/** The service over an open store. */
export function make(store: ObjectStore.ObjectStore, backing?: Backing.BackingShape): CasShape {
  const bringTree = (root: Digest | Directory) => bringFiles(store, backing, root);
  return {
    store,
    backing,
    bringTree,
    bring: (digests) => bring(backing, digests),
    missing: (digests) => attempt(() => ObjectStore.missing(store, digests)),
    read: (digest) =>
      Effect.andThen(
        bring(backing, [digest]),
        attempt(() => ObjectStore.read(store, digest)),
      ),
    putBytes: (bytes) => attempt(() => ObjectStore.putBytes(store, bytes)),
    putFile: (path) => attempt(() => Intake.putFile(store, path)),
    putTree: (tree) => attempt(() => ObjectStore.putTree(store, tree)),
    hasTree: (root) => (backing === undefined ? hasTree(store, root) : backing.keep({ trees: [root], blobs: [] })),
    capture: (directory, options) => takeIn(store, () => Capture.walk(store, directory, options)),
    checkout: (root, destination, options) =>
      Effect.andThen(bringTree(root), Checkout.checkout(store, root, destination, options)),
    exportTar: (root, location, compression, prefix) =>
      Effect.andThen(bringTree(root), TarExport.write(store, root, location, compression, prefix)),
  };
}

/** Whether a whole tree is in the store. One that was read here is looked at here, since most of it is known; others on a thread where threads run. */
function hasTree(store: ObjectStore.ObjectStore, root: Digest): Effect.Effect<boolean, BstError> {
  if (!Threads.areRunning() || store.directories.has(root.hash) || ObjectStore.isWhole(store, root))
    return inSlices(() => Trees.hasInSlices(store, root));
  return Effect.map(onThread(store, { type: "look", root } satisfies Work.LookTask), (missing) => {
    if (missing === undefined) ObjectStore.noteWhole(store, [root]);
    // Somebody took it away since it was seen here.
    else if (store.present.has(missing.hash)) ObjectStore.unsee(store, missing.hash);
    return missing === undefined;
  });
}

/** Whether an error says of a tree that it can be none, whatever server or store has it. */
export const isNoTree = ({ reason }: BstError): boolean =>
  reason === "tree-too-large" || reason === "malformed-directory";

/** Whether a tree of a record is there. One that can be no tree of files is told of, and as good as absent. */
export function hasTreeOf(
  { store, hasTree }: CasShape,
  record: string,
  root: Digest,
): Effect.Effect<boolean, BstError> {
  return Effect.catch(hasTree(root), (error) => {
    if (!isNoTree(error)) return Effect.fail(error);
    store.warn(`Ignoring ${record}: ${error.message}`);
    return Effect.succeed(false);
  });
}

/** Brings every file of a tree into the store. Fails when one is nowhere. */
const bringFiles = Effect.fnUntraced(function* (
  store: ObjectStore.ObjectStore,
  backing: Backing.BackingShape | undefined,
  tree: Digest | Directory,
): Effect.fn.Return<void, BstError> {
  if (backing === undefined) return;
  if ("hash" in tree) yield* found(yield* backing.fetchDirectories([tree]));
  const root = yield* attempt(() => ("hash" in tree ? ObjectStore.readDirectory(store, tree) : tree));
  yield* bring(backing, yield* inSlices(() => Backing.missingFiles(store, root)));
});

function bring(backing: Backing.BackingShape | undefined, digests: readonly Digest[]): Effect.Effect<void, BstError> {
  return backing === undefined ? Effect.void : Effect.flatMap(backing.fetch(digests), found);
}

function found([first]: readonly Digest[]): Effect.Effect<void, BstError> {
  return first === undefined ? Effect.void : attempt(() => ObjectStore.raiseMissing(first));
}

/** Runs synchronous work that may raise; what else it throws is trouble with the disk or a defect. */
export function attempt<A>(body: () => A): Effect.Effect<A, BstError> {
  return Effect.suspend(() => {
    try {
      return Effect.succeed(body());
    } catch (cause) {
      return failed(cause);
    }
  });
}

/** The same for work that goes on elsewhere; it is not waited for when the fiber is interrupted. */
export function attemptPromise<A>(body: () => Promise<A>): Effect.Effect<A, BstError> {
  return Effect.callback<A, BstError>((resume) => {
    body().then(
      (made) => resume(Effect.succeed(made)),
      (cause) => resume(failed(cause)),
    );
  });
}

/** Does one task on a thread (see `Threads.run`), and gives what came of it. */
export function onThread<T extends Work.Task>(
  store: ObjectStore.ObjectStore,
  task: T,
  transfer?: readonly ArrayBuffer[],
): Effect.Effect<Work.Outcome<T>, BstError> {
  return Effect.map(
    attemptPromise(() => Threads.run(store, [task], transfer)),
    ([outcome]) => outcome as Work.Outcome<T>,
  );
}

function failed(cause: unknown): Effect.Effect<never, BstError> {
  const failure = DiskTrouble.asFailure(cause);
  return failure === undefined ? Effect.die(cause) : Effect.fail(failure);
}

/** Turns what code inside an effect raised into its failure; anything else that is thrown stays a defect. */
export function raisable<A, R>(effect: Effect.Effect<A, BstError, R>): Effect.Effect<A, BstError, R> {
  return Effect.catchDefect(effect, failed);
}

/** Drives a walk that takes in files, on threads where they are many. */
export function takeIn<A>(
  store: ObjectStore.ObjectStore,
  walk: () => Generator<Intakes.Step, A>,
): Effect.Effect<A, BstError> {
  return Effect.callback<A, BstError>((resume) => {
    const stop = new AbortController();
    const done = Intakes.drive(store, walk(), stop.signal).then(
      (made) => resume(Effect.succeed(made)),
      (cause) => resume(failed(cause)),
    );
    return Effect.promise(() => {
      stop.abort();
      return done;
    });
  });
}

/** Drives a generator of slices, giving way to other fibers between them. */
export function inSlices<A>(start: () => Generator<void, A>): Effect.Effect<A, BstError> {
  return Effect.gen(function* () {
    const steps = yield* attempt(start);
    for (;;) {
      const step = yield* attempt(() => steps.next());
      if (step.done === true) return step.value;
      yield* Effect.yieldNow;
    }
  });
}
