/** The storage service behind the store: `cache: storage-service`, connected when something is asked of it. */
import { BstError } from "@millrace/core/error/BstError";
import type { RemoteSpec } from "@millrace/core/project/Project";
import * as Effect from "effect/Effect";
import * as Layer from "effect/Layer";
import * as Scope from "effect/Scope";
import { Backing, type BackingShape, type Content } from "../cas/Backing.ts";
import { attempt } from "../cas/Cas.ts";
import * as ObjectStore from "../cas/ObjectStore.ts";
import { kept } from "./Kept.ts";
import type * as Storage from "./Storage.ts";

/** The layer for a configured service; without one it provides nothing. `directory` is where relative paths start. */
export function layer(spec: RemoteSpec | undefined, directory: string | undefined): Layer.Layer<never> {
  if (spec === undefined) return Layer.empty;
  return Layer.effect(
    Backing,
    Effect.gen(function* () {
      const scope = yield* Scope.Scope;
      const connected = yield* kept(Scope.provide(connect(spec, directory), scope));
      return (store: ObjectStore.ObjectStore) => make(store, connected);
    }),
  );
}

interface Connected {
  readonly storage: Storage.Storage;
  readonly transfer: typeof import("./Storage.ts");
  readonly download: typeof import("./Download.ts");
  readonly inputs: typeof import("./InputRoot.ts");
  readonly contents: typeof import("./Contents.ts");
}

const connect = Effect.fnUntraced(function* (
  spec: RemoteSpec,
  directory: string | undefined,
): Effect.fn.Return<Connected, BstError, Scope.Scope> {
  const [transfer, download, inputs, contents, Channel, Endpoint, Trials] = yield* Effect.promise(() =>
    Promise.all([
      import("./Storage.ts"),
      import("./Download.ts"),
      import("./InputRoot.ts"),
      import("./Contents.ts"),
      import("./Channel.ts"),
      import("./Endpoint.ts"),
      import("./Trials.ts"),
    ]),
  );
  const unusable = (why: string) =>
    new BstError({
      domain: "CAS",
      reason: null,
      message: `The storage service at ${spec.url} cannot be used: ${why}`,
      hint: "See `storage-service` below `cache` in the user configuration.",
      temporary: true,
    });
  const endpoint = yield* attempt(() => Endpoint.make(spec, directory));
  const channel = yield* Channel.open(endpoint).pipe(Effect.mapError((cause) => unusable(Channel.describe(cause))));
  const storage = yield* Trials.atFirst(endpoint, transfer.open(channel));
  if ("problem" in storage) return yield* unusable(storage.problem);
  return { storage, transfer, download, inputs, contents };
});

function make(store: ObjectStore.ObjectStore, connected: Effect.Effect<Connected, BstError>): BackingShape {
  const send = Effect.fnUntraced(function* ({ trees, blobs }: Content): Effect.fn.Return<boolean, BstError> {
    const { storage, transfer, inputs } = yield* connected;
    const connection = transfer.connection(storage);
    const known = transfer.known(storage);
    const below = yield* inputs.unknown(store, trees, known);
    const single = blobs.filter(({ hash }) => !known.blobs.has(hash));
    const wanted = { trees: below.trees, blobs: [...below.blobs, ...single] };
    const absent = yield* transfer.missing(storage, [...wanted.trees, ...wanted.blobs]);
    const nowhere = yield* attempt(() => ObjectStore.missing(store, absent));
    if (nowhere.length > 0) return false;
    yield* transfer.send(storage, store, absent);
    transfer.learn(storage, wanted, connection);
    return true;
  });
  const fetchDirectories: BackingShape["fetchDirectories"] = Effect.fnUntraced(function* (roots) {
    const { storage, download } = yield* connected;
    return (yield* download.directories(storage, store, roots)).lost;
  });
  return {
    fetchDirectories,
    fetch: Effect.fnUntraced(function* (digests) {
      const wanted = yield* attempt(() => ObjectStore.missing(store, digests));
      if (wanted.length === 0) return [];
      const { storage, download } = yield* connected;
      return yield* download.blobs(storage, store, wanted);
    }),
    absent: Effect.fnUntraced(function* (digests) {
      const wanted = yield* attempt(() => ObjectStore.missing(store, digests));
      if (wanted.length === 0) return [];
      const { storage, transfer } = yield* connected;
      return yield* transfer.missing(storage, wanted);
    }),
    keep: Effect.fnUntraced(function* (content) {
      if ((yield* fetchDirectories(content.trees)).length > 0) return false;
      const { storage, contents } = yield* connected;
      let whole = false;
      const trial = Effect.map(send(content), (sent) => {
        whole = sent;
        return sent;
      });
      yield* contents.steadily([storage], trial);
      return whole;
    }),
  };
}
