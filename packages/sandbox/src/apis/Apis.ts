/**
 * The remote APIs socket of a sandbox (`sandbox: remote-apis-socket`): a build asks for trees and blobs by digest, stores its own, and has actions executed beside
 * itself in sandboxes of their own.
 *
 * The socket is bound into the sandbox where the element wants it, and leaves no trace in what is captured. Nothing of it is loaded where no element asks for one.
 */
import { availableParallelism } from "node:os";
import { join, posix } from "node:path";
import type { SandboxConfig } from "@millrace/core/element/Element";
import type { BstError } from "@millrace/core/error/BstError";
import type { Digest } from "@millrace/core/tree/Digest";
import type { Directory, Reader } from "@millrace/core/tree/Directory";
import * as DirectoryCodec from "@millrace/core/tree/DirectoryCodec";
import * as Paths from "@millrace/core/tree/Paths";
import * as Effect from "effect/Effect";
import type * as Scope from "effect/Scope";
import { attempt } from "../cas/Cas.ts";
import * as ObjectStore from "../cas/ObjectStore.ts";
import * as Sandbox from "../sandbox/Sandbox.ts";
import type { RootsShape } from "../staging/Roots.ts";
import type { Setting as ActionsSetting } from "./Actions.ts";
import type { Bring } from "./Blobs.ts";

/** What is behind the socket beside the local store. */
export interface Behind {
  readonly bring: Bring;
  readonly elsewhere: ActionsSetting["elsewhere"];
}

export interface Means {
  readonly store: ObjectStore.ObjectStore;
  readonly roots: RootsShape;
  readonly behind: Behind | undefined;
}

/** Serves the store while the scope lasts; gives the path of the socket. */
export const serve = Effect.fnUntraced(function* (
  { store, roots, behind }: Means,
  updates: boolean,
): Effect.fn.Return<string, BstError, Scope.Scope> {
  const [Server, Blobs, Actions, Messages] = yield* Effect.promise(() =>
    Promise.all([import("./Server.ts"), import("./Blobs.ts"), import("./Actions.ts"), import("./Messages.ts")]),
  );
  const bring: Bring = behind?.bring ?? Effect.succeed;
  const contents = {
    bring: (digests: readonly Digest[]) => Effect.flatMap(missing(store, digests), bring),
    bringTree: (root: Digest) => bringTree(store, bring, root),
    send: () => Effect.void,
  };
  const actions = yield* Actions.methods({
    perform: { store, roots, contents, offered: [], worker: "" },
    updates,
    places: availableParallelism(),
    bring,
    elsewhere: behind?.elsewhere,
  });
  const capabilities = Messages.capabilities(Blobs.maxBatch, updates);
  return yield* Server.serve(join(store.privateDirectory, "runs"), {
    ...Blobs.methods(store, bring),
    ...actions,
    "build.bazel.remote.execution.v2.Capabilities/GetCapabilities": {
      type: "unary",
      answer: () => Effect.succeed(capabilities),
    },
  });
});

/** Runs a command in a sandbox that has the socket which its configuration asks for; without one, as always. */
export const run = Effect.fnUntraced(function* (
  means: Means,
  tree: Directory,
  base: Directory,
  request: Sandbox.Request,
  socket: SandboxConfig["remoteApisSocket"],
): Effect.fn.Return<Sandbox.Result, BstError> {
  const { store, roots } = means;
  if (socket === undefined) return yield* Sandbox.run(roots, store, tree, base, request);
  const path = posix.join("/", socket.path);
  return yield* Effect.scoped(
    Effect.gen(function* () {
      const hostPath = yield* serve(means, socket.actionCacheEnableUpdate);
      const mounts = [...(request.mounts ?? []), { hostPath, path }];
      const ran = yield* Sandbox.run(roots, store, tree, base, { ...request, mounts });
      const reader = ObjectStore.reader(store);
      return { ...ran, tree: yield* attempt(() => without(ran.tree, tree, path, reader)) };
    }),
  );
});

const missing = (store: ObjectStore.ObjectStore, digests: Iterable<Digest>) =>
  attempt(() => ObjectStore.missing(store, digests));

/** Brings a tree, directories level by level and then its files. */
const bringTree = Effect.fnUntraced(function* (
  store: ObjectStore.ObjectStore,
  bring: Bring,
  root: Digest,
): Effect.fn.Return<readonly Digest[], BstError> {
  const files = new Map<string, Digest>();
  for (let level = [root]; level.length > 0; ) {
    const lost = yield* bring(yield* missing(store, level));
    if (lost.length > 0) return lost;
    const here = level;
    level = yield* attempt(() => {
      const below = new Map<string, Digest>();
      for (const digest of here)
        for (const entry of ObjectStore.readDirectory(store, digest).entries.values()) {
          if (entry.type === "file") files.set(entry.digest.hash, entry.digest);
          else if (entry.type === "directory") {
            const child = DirectoryCodec.digestOfEntry(entry.tree);
            below.set(child.hash, child);
          }
        }
      return [...below.values()];
    });
  }
  return yield* bring(yield* missing(store, files.values()));
});

/** Takes the mount point out of a root again, with the directories that were made for it alone. */
function without(after: Directory, before: Directory, path: string, reader: Reader): Directory {
  let tree = after;
  for (let at = path; at !== "/"; at = posix.dirname(at)) {
    if (Paths.exists(before, at, { reader })) break;
    const entry = Paths.lookup(tree, at, { reader });
    if (entry === undefined) continue;
    if (entry.type === "directory" && Paths.openDirectory(tree, at, { reader }).entries.size > 0) break;
    tree = Paths.remove(tree, at, { reader, recursive: true });
  }
  return tree;
}
