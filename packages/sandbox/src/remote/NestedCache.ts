/** What builds with a remote APIs socket have behind it, where the user has an action cache: results and content from there, and to there. */
import * as Effect from "effect/Effect";
import type { Behind } from "../apis/Apis.ts";
import type { BackingShape } from "../cas/Backing.ts";
import type * as ObjectStore from "../cas/ObjectStore.ts";
import * as Aside from "./Aside.ts";
import type * as Channel from "./Channel.ts";
import * as Download from "./Download.ts";
import * as Execution from "./Execution.ts";
import * as InputRoot from "./InputRoot.ts";
import type * as Storage from "./Storage.ts";

export interface Means {
  readonly store: ObjectStore.ObjectStore;
  readonly backing: BackingShape | undefined;
  readonly storage: Storage.Storage;
  readonly actionCache: Channel.Channel;
  /** Whether results may be put into it. */
  readonly pushes: boolean;
}

/** Over connected services. */
export function make({ store, backing, storage, actionCache, pushes }: Means): Behind {
  const aside = Aside.make();
  const put: NonNullable<Behind["elsewhere"]>["put"] = Effect.fnUntraced(function* (action, result) {
    const roots = result.directories.flatMap(({ root }) => (root === undefined ? [] : [root]));
    const blobs = [
      action,
      ...result.files.map((file) => file.digest),
      ...result.directories.flatMap(({ tree }) => (tree === undefined ? [] : [tree])),
      ...[result.stdout.digest, result.stderr.digest].filter((digest) => digest !== undefined),
    ];
    yield* Download.directories(storage, store, roots);
    yield* InputRoot.send(storage, store, backing, { trees: roots, blobs });
    yield* Execution.remember(actionCache, action, result);
  });
  return {
    bring: (digests) => Download.blobs(storage, store, digests),
    elsewhere: {
      // What a shared cache does not answer or take is carried out here all the same.
      find: (action) => aside(Execution.remembered(actionCache, action)),
      put: pushes ? (action, result) => aside(put(action, result)) : undefined,
    },
  };
}
