/**
 * Staged sources from servers and to them: single sources as directories, all sources of an element as one record.
 */

import * as SourceCodec from "@millrace/core/artifact/SourceCodec";
import type { BstError } from "@millrace/core/error/BstError";
import * as Digest from "@millrace/core/tree/Digest";
import * as Effect from "effect/Effect";
import { attempt } from "../cas/Cas.ts";
import * as ObjectStore from "../cas/ObjectStore.ts";
import type { Reference } from "../sources/SourceCache.ts";
import { failedPull, sound, troubled, type Work } from "./Artifacts.ts";
import * as Assets from "./Assets.ts";
import * as Behind from "./Behind.ts";
import * as Contents from "./Contents.ts";
import * as Delivery from "./Delivery.ts";
import * as Download from "./Download.ts";
import * as Servers from "./Servers.ts";
import type * as Storage from "./Storage.ts";

function uri(reference: Reference): string {
  return Assets.sourceUri(reference.type === "element" ? reference.key : `${reference.kind}/${reference.key}`);
}

/** The tree of sources, with all of it in the store; undefined when no server has it. */
export const pull = Effect.fnUntraced(function* (
  work: Work,
  project: string,
  reference: Reference,
): Effect.fn.Return<Digest.Digest | undefined, BstError> {
  const key = reference.key.slice(0, work.keyLength);
  const method = reference.type === "element" ? "FetchBlob" : "FetchDirectory";
  const errors: BstError[] = [];
  let found: Digest.Digest | undefined;
  for (const server of Servers.of(work.servers, project, false)) {
    if (server.index === undefined || found !== undefined) continue;
    work.say("status", `Pulling source ${key} <- ${server.url}`);
    const asked = yield* Effect.result(Assets.fetch(server.index, method, [uri(reference)]));
    if (asked._tag === "Failure") {
      yield* troubled(work, server, asked.failure);
      errors.push(asked.failure);
    } else if (asked.success === undefined)
      work.say(
        "info",
        reference.type === "element"
          ? `Remote (${server.url}) does not have source ${key} cached`
          : `Remote source service (${server.url}) does not have source ${key} cached`,
      );
    else found = asked.success;
  }
  if (found === undefined) {
    if (errors.length > 0) return yield* failedPull("SANDBOX", `source ${key}`, errors);
    return undefined;
  }
  if (reference.type === "source" || (yield* Behind.has(work.cas, { trees: [], blobs: [found] }))) {
    const files = yield* filesOf(work, reference, found);
    if (yield* Behind.has(work.cas, { trees: [files], blobs: [] })) {
      work.say("info", `Pulled source ${key} <- the storage service`);
      return files;
    }
  }
  for (const server of Servers.of(work.servers, project, false)) {
    if (server.storage === undefined) continue;
    work.say("status", `Pulling data for source ${key} <- ${server.url}`);
    const pulled = yield* Effect.result(sound(work, content(work, server.storage, reference, found)));
    if (pulled._tag === "Failure") {
      yield* troubled(work, server, pulled.failure);
      errors.push(pulled.failure);
    } else if (pulled.success !== undefined) {
      work.say("info", `Pulled source ${key} <- ${server.url}`);
      return pulled.success;
    } else work.say("info", `Remote (${server.url}) does not have source ${key} cached`);
  }
  if (errors.length > 0) return yield* failedPull("SANDBOX", `source ${key}`, errors);
  return undefined;
});

const content = Effect.fnUntraced(function* (
  work: Work,
  storage: Storage.Storage,
  reference: Reference,
  digest: Digest.Digest,
): Effect.fn.Return<Digest.Digest | undefined, BstError> {
  const { store } = work.cas;
  if (reference.type === "element" && (yield* Download.blobs(storage, store, [digest])).length > 0) return undefined;
  const files = yield* filesOf(work, reference, digest);
  return (yield* Download.trees(storage, store, [files])).length === 0 ? files : undefined;
});

/** The tree of sources; where it is named by a record, that is in the store. */
function filesOf({ cas }: Work, reference: Reference, digest: Digest.Digest): Effect.Effect<Digest.Digest, BstError> {
  if (reference.type === "source") return Effect.succeed(digest);
  return attempt(() => SourceCodec.decode(ObjectStore.read(cas.store, digest), uri(reference)).files);
}

/** Offers sources that are staged to every server that takes them; false when they all knew them. */
export const push = Effect.fnUntraced(function* (
  work: Work,
  project: string,
  reference: Reference,
  files: Digest.Digest,
): Effect.fn.Return<boolean, BstError> {
  const servers = Servers.of(work.servers, project, true);
  const whole = reference.type === "element";
  const digest = whole ? yield* work.cas.putBytes(SourceCodec.encode({ version: 0, files })) : files;
  const storages = servers.flatMap(({ storage }) => (storage === undefined ? [] : [storage]));
  return yield* Contents.steadily(storages, offer(work, servers, reference, { files, digest }));
});

/** One trial of {@link push}. */
const offer = Effect.fnUntraced(function* (
  work: Work,
  servers: readonly Servers.Server[],
  reference: Reference,
  { files, digest }: { readonly files: Digest.Digest; readonly digest: Digest.Digest },
): Effect.fn.Return<boolean, BstError> {
  const key = reference.key.slice(0, work.keyLength);
  const whole = reference.type === "element";
  const uris = [uri(reference)];
  return yield* Delivery.toAll(work, servers, {
    what: `source ${key}`,
    content: { trees: [files], blobs: whole ? [digest] : [] },
    sending: `Pushing data ${whole ? "from" : "for"} source ${key}`,
    sent: whole ? `Pushed data from source ${key}` : undefined,
    isKnown: Effect.fnUntraced(function* (index) {
      const known = yield* Assets.fetch(index, whole ? "FetchBlob" : "FetchDirectory", uris);
      // Two fetches of one source may differ in what no key is made of, as in the data of a version control: the first one stays.
      return known !== undefined && (!whole || Digest.equals(known, digest));
    }),
    name: (index) =>
      Assets.push(index, whole ? "PushBlob" : "PushDirectory", {
        uris,
        digest,
        blobs: [],
        directories: whole ? [files] : [],
      }),
  });
});
