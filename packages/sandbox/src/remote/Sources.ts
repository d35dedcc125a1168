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
import type { Work } from "./Artifacts.ts";
import * as Assets from "./Assets.ts";
import * as Behind from "./Behind.ts";
import * as Contents from "./Contents.ts";
import * as Delivery from "./Delivery.ts";
import * as Download from "./Download.ts";
import * as Retrieval from "./Retrieval.ts";
import * as Servers from "./Servers.ts";

function uri(reference: Reference): string {
  return Assets.sourceUri(reference.type === "element" ? reference.key : `${reference.kind}/${reference.key}`);
}

/** The tree of sources, with all of it in the store; undefined when no server has it. */
export const pull = (work: Work, project: string, reference: Reference) => {
  const whole = reference.type === "element";
  return Retrieval.from<Digest.Digest>(work, project, {
    what: `source ${reference.key.slice(0, work.keyLength)}`,
    domain: "SANDBOX",
    called: whole ? "Remote" : "Remote source service",
    ask: (index) => Assets.fetch(index, whole ? "FetchBlob" : "FetchDirectory", [uri(reference)]),
    behind: Effect.fnUntraced(function* (digest) {
      if (whole && !(yield* Behind.has(work.cas, { trees: [], blobs: [digest] }))) return undefined;
      const files = yield* filesOf(work, reference, digest);
      return files !== undefined && (yield* Behind.has(work.cas, { trees: [files], blobs: [] })) ? files : undefined;
    }),
    bring: Effect.fnUntraced(function* (storage, digest) {
      const { store } = work.cas;
      if (whole && (yield* Download.blobs(storage, store, [digest])).length > 0) return undefined;
      const files = yield* filesOf(work, reference, digest);
      if (files === undefined) return undefined;
      return (yield* Download.trees(storage, store, [files])).length === 0 ? files : undefined;
    }),
  });
};

/** The tree of sources; where it is named by a record, that came, and is undefined where it was lost or damaged here. */
const filesOf = Effect.fnUntraced(function* (
  { cas }: Work,
  reference: Reference,
  digest: Digest.Digest,
): Effect.fn.Return<Digest.Digest | undefined, BstError | Retrieval.Useless> {
  if (reference.type === "source") return digest;
  const bytes = yield* attempt(() => ObjectStore.find(cas.store, digest));
  if (bytes === undefined) return undefined;
  return yield* attempt(() => SourceCodec.decode(bytes, uri(reference)).files).pipe(
    Effect.mapError(({ message }) => new Retrieval.Useless({ message })),
  );
});

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
