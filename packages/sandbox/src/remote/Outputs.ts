/** What an execution left, brought into the store and put into the tree it ran on. */
import { posix } from "node:path";
import { BstError } from "@millrace/core/error/BstError";
import type * as Digest from "@millrace/core/tree/Digest";
import type { Directory } from "@millrace/core/tree/Directory";
import * as Draft from "@millrace/core/tree/Draft";
import * as Paths from "@millrace/core/tree/Paths";
import * as Tree from "@millrace/core/tree/Tree";
import * as Effect from "effect/Effect";
import { attempt } from "../cas/Cas.ts";
import * as ObjectStore from "../cas/ObjectStore.ts";
import type * as Sandbox from "../sandbox/Sandbox.ts";
import * as ActionMessages from "./ActionMessages.ts";
import * as Download from "./Download.ts";
import type * as Storage from "./Storage.ts";

/** A directory that the command could write to, at its absolute path in the root. */
export interface Output {
  readonly path: string;
  readonly root: Digest.Digest;
}

/** What was brought, and what the storage did not have. */
export interface Brought {
  readonly outputs: readonly Output[];
  readonly lost: readonly Digest.Digest[];
  /** The files of the outputs, which are not brought yet: a `TreeList`. */
  readonly files: Uint8Array;
}

/** Whether a command ended well and left nothing, not even the directories it was given: no result that can be believed. */
export function isNone({ exitCode, directories }: ActionMessages.ActionResult): boolean {
  return exitCode === 0 && directories.length === 0;
}

/** Brings the directories of all outputs. The server may list them in any order, as a tree message or by the digest of their root. */
export const directories = Effect.fnUntraced(function* (
  storage: Storage.Storage,
  store: ObjectStore.ObjectStore,
  { cwd, marked, readOnlyRoot }: Pick<Sandbox.Request, "cwd" | "marked" | "readOnlyRoot">,
  result: ActionMessages.ActionResult,
): Effect.fn.Return<Brought, BstError> {
  const asked = new Set(readOnlyRoot ? marked.map((path) => posix.normalize(path)) : ["/"]);
  if (result.files.length > 0 || result.symlinks.length > 0)
    return yield* refused(`it returned ${(result.files[0] ?? result.symlinks[0])?.path}, which is not a directory`);
  if (isNone(result)) return yield* refused("it returned none of the directories that it was asked for");
  const outputs: Output[] = [];
  for (const { path, tree, root } of result.directories) {
    const place = posix.join(cwd, path).replace(/(.)\/$/, "$1");
    if (!asked.has(place)) return yield* refused(`it returned ${place}, which nobody asked for`);
    if (root !== undefined) outputs.push({ path: place, root });
    else if (tree !== undefined) {
      if ((yield* Download.blobs(storage, store, [tree])).length > 0)
        return { outputs, lost: [tree], files: new Uint8Array(0) };
      outputs.push({ path: place, root: yield* attempt(() => unpack(store, tree)) });
    } else return yield* refused(`its answer has no digest for ${path}`);
  }
  const roots = outputs.map((output) => output.root);
  return { outputs, ...(yield* Download.directories(storage, store, roots)) };
});

function refused(why: string): BstError {
  return new BstError({
    domain: "SANDBOX",
    reason: null,
    message: `The server broke the rules of remote execution: ${why}`,
  });
}

/** Stores the directories of a tree message; gives its root. */
function unpack(store: ObjectStore.ObjectStore, digest: Digest.Digest): Digest.Digest {
  const { root, children } = ActionMessages.decodeTree(ObjectStore.read(store, digest));
  for (const child of children) ObjectStore.putBytes(store, child);
  return ObjectStore.putBytes(store, root);
}

/** The tree with its outputs replaced by what came back. */
export function apply(store: ObjectStore.ObjectStore, tree: Directory, outputs: readonly Output[]): Directory {
  const reader = ObjectStore.reader(store);
  let result = tree;
  for (const { path, root } of outputs) {
    const content = ObjectStore.readDirectory(store, root);
    if (path === "/") {
      result = content;
      continue;
    }
    const draft = Draft.open(result);
    Paths.openDraft(draft, posix.dirname(path), reader);
    result = Paths.insert(Draft.freeze(draft), path, Tree.directory(content), reader);
  }
  return result;
}
