/**
 * Artifacts from servers and to them.
 *
 * A record is written only after all that it names has arrived, and is shown to an index only after a storage has all of it: nobody meets a name without
 * its content. The same artifact is known by its strong and its weak key.
 */
import type { Artifact } from "@millrace/core/artifact/Artifact";
import * as ArtifactCodec from "@millrace/core/artifact/ArtifactCodec";
import * as ArtifactName from "@millrace/core/artifact/ArtifactName";
import * as Foreign from "@millrace/core/artifact/Foreign";
import { BstError } from "@millrace/core/error/BstError";
import * as Digest from "@millrace/core/tree/Digest";
import * as Effect from "effect/Effect";
import * as Result from "effect/Result";
import * as ArtifactCache from "../artifacts/ArtifactCache.ts";
import { attempt, type CasShape, isNoTree } from "../cas/Cas.ts";
import * as ObjectStore from "../cas/ObjectStore.ts";
import * as Assets from "./Assets.ts";
import * as Behind from "./Behind.ts";
import * as Contents from "./Contents.ts";
import * as Delivery from "./Delivery.ts";
import * as Download from "./Download.ts";
import * as Servers from "./Servers.ts";
import * as Storage from "./Storage.ts";

/** Says what goes on. */
export type Say = (kind: "status" | "info" | "warn", text: string) => void;

export interface Work {
  readonly cas: CasShape;
  readonly servers: Servers.Servers;
  readonly say: Say;
  /** Characters of keys in messages. */
  readonly keyLength: number;
  /** Answers that came before they were wanted; each is used once. */
  readonly foreseen?: Foreseen | undefined;
  /** Records (by hash) that indexes were just found not to have; each is used once. */
  readonly unlisted?: Map<Servers.Server, Set<string>> | undefined;
}

/** What servers said of names: for each name, by the server's URL, the digest or that there is none. */
export type Foreseen = Map<string, Map<Servers.Server, Digest.Digest | undefined>>;

/** Names that one server is asked for at once. */
const crowd = 200;

/**
 * Asks all servers for many names, many at a time, and brings the records that they stand for. A server that fails is set aside; its names are simply not foreseen, and
 * records that do not come are asked for again when they are wanted.
 */
export const foresee = Effect.fnUntraced(function* (
  work: Work,
  names: readonly ArtifactName.ArtifactName[],
): Effect.fn.Return<void> {
  const questions = names.flatMap((name) =>
    Servers.of(work.servers, name.project, false).map((server) => ({ name, server })),
  );
  const records = new Map<Servers.Server, Digest.Digest[]>();
  yield* Effect.forEach(
    questions,
    Effect.fnUntraced(function* ({ name, server }) {
      if (server.index === undefined || server.asideUntil > Date.now()) return;
      const asked = yield* Effect.result(Assets.fetch(server.index, "FetchBlob", [uriOf(name)]));
      if (asked._tag === "Failure") return yield* Effect.ignore(troubled(work, server, asked.failure));
      const known = work.foreseen?.get(ArtifactName.format(name)) ?? new Map();
      known.set(server, asked.success);
      work.foreseen?.set(ArtifactName.format(name), known);
      if (asked.success === undefined || asked.success.size > commonRecord) return;
      const holder = Servers.of(work.servers, name.project, false).find(({ storage }) => storage !== undefined);
      if (holder === undefined) return;
      const wanted = records.get(holder) ?? [];
      records.set(holder, wanted);
      wanted.push(asked.success);
    }),
    { concurrency: crowd, discard: true },
  );
  for (const [server, digests] of records) {
    if (server.asideUntil > Date.now() || server.storage === undefined) continue;
    const brought = yield* Effect.result(Download.blobs(server.storage, work.cas.store, digests));
    if (brought._tag === "Failure") yield* Effect.ignore(troubled(work, server, brought.failure));
  }
});

/** Bytes of a record that is brought before it is wanted; that of most artifacts has a tenth of it. */
const commonRecord = 2 ** 16;

/** A server's failure while pulling: told, and the server set aside. What this machine cannot store is no failure of a server: it stays a failure. */
export function troubled(work: Work, server: Servers.Server, error: BstError): Effect.Effect<void, BstError> {
  if (Storage.isNoRoomHere(error)) return Effect.fail(error);
  if (Servers.setAside(server)) work.say("warn", `Could not pull from remote ${server.url}: ${error.message}`);
  return Effect.void;
}

/** The one failure for an artifact or source that could not be pulled because servers failed. */
export function failedPull(domain: "ARTIFACT" | "SANDBOX", what: string, errors: readonly BstError[]): BstError {
  return new BstError({
    domain,
    reason: null,
    message: `Failed to pull ${what}`,
    detail: errors.map((error) => error.message).join("\n"),
    temporary: true,
  });
}

/** What an artifact's name stands for in an index; undefined when that does not know it, or failed, which `errors` gets. */
const ask = Effect.fnUntraced(function* (
  work: Work,
  server: Servers.Server,
  name: ArtifactName.ArtifactName,
  errors: BstError[],
): Effect.fn.Return<Digest.Digest | undefined, BstError> {
  if (server.index === undefined) return undefined;
  const key = name.key.slice(0, work.keyLength);
  work.say("status", `Pulling artifact ${key} <- ${server.url}`);
  const known = work.foreseen?.get(ArtifactName.format(name));
  const answer = known?.get(server);
  const asked = known?.delete(server)
    ? Result.succeed(answer)
    : yield* Effect.result(Assets.fetch(server.index, "FetchBlob", [uriOf(name)]));
  if (asked._tag === "Failure") {
    yield* troubled(work, server, asked.failure);
    errors.push(asked.failure);
    return undefined;
  }
  if (asked.success === undefined) work.say("info", `Remote (${server.url}) does not have artifact ${key} cached`);
  return asked.success;
});

/** What an artifact's name stands for on the first server that knows it. */
export const lookUp = Effect.fnUntraced(function* (
  work: Work,
  name: ArtifactName.ArtifactName,
): Effect.fn.Return<Digest.Digest | undefined, BstError> {
  const errors: BstError[] = [];
  for (const server of Servers.of(work.servers, name.project, false)) {
    const digest = yield* ask(work, server, name, errors);
    if (digest !== undefined) return digest;
  }
  return yield* nowhere(work, name, errors);
});

/** Brings the artifact of a name with all that using it needs; undefined when no server has it whole. Where a record is not to be had whole, another index may know another one. */
export const pull = Effect.fnUntraced(function* (
  work: Work,
  name: ArtifactName.ArtifactName,
  withBuildTrees: boolean,
): Effect.fn.Return<Artifact | undefined, BstError> {
  const tried = new Set<string>();
  const errors: BstError[] = [];
  for (const server of Servers.of(work.servers, name.project, false)) {
    const digest = yield* ask(work, server, name, errors);
    if (digest === undefined || tried.has(digest.hash)) continue;
    tried.add(digest.hash);
    const pulled = yield* pullRecord(work, digest, name, withBuildTrees, errors);
    if (pulled !== undefined) return pulled;
  }
  return yield* nowhere(work, name, errors);
});

/** No server has an artifact: nothing, or the failure where one that failed may have it. */
function nowhere(
  work: Work,
  { key }: ArtifactName.ArtifactName,
  errors: readonly BstError[],
): Effect.Effect<undefined, BstError> {
  if (errors.length === 0) return Effect.undefined;
  return Effect.fail(failedPull("ARTIFACT", `artifact ${key.slice(0, work.keyLength)}`, errors));
}

/** The artifact of a record with all that using it needs; undefined when no storage has it whole. `errors` gets what failed on the way. */
const pullRecord = Effect.fnUntraced(function* (
  work: Work,
  digest: Digest.Digest,
  name: ArtifactName.ArtifactName,
  withBuildTrees: boolean,
  errors: BstError[],
): Effect.fn.Return<Artifact | undefined, BstError> {
  const key = name.key.slice(0, work.keyLength);
  if (yield* Behind.has(work.cas, { trees: [], blobs: [digest] })) {
    const usable = yield* usableRecord(work, digest, name, withBuildTrees);
    if (usable === undefined) return undefined;
    if (yield* sound(work, Behind.has(work.cas, usable))) {
      work.say("info", `Pulled artifact ${key} <- the storage service`);
      return usable.artifact;
    }
  }
  for (const server of Servers.of(work.servers, name.project, false)) {
    if (server.storage === undefined) continue;
    work.say("status", `Pulling data for artifact ${key} <- ${server.url}`);
    const pulled = yield* Effect.result(sound(work, content(work, server.storage, digest, name, withBuildTrees)));
    if (pulled._tag === "Failure") {
      yield* troubled(work, server, pulled.failure);
      errors.push(pulled.failure);
    } else if (pulled.success !== undefined) {
      work.say("info", `Pulled artifact ${key} <- ${server.url}`);
      return pulled.success;
    } else work.say("info", `Remote (${server.url}) does not have artifact ${key} cached`);
  }
  return undefined;
});

/** Brings content; what can be nothing but broken or hostile is told of, and as good as absent. */
export const sound = <A>(work: Work, bringing: Effect.Effect<A | undefined, BstError>) =>
  Effect.catch(bringing, (error) => {
    if (!isNoTree(error)) return Effect.fail(error);
    work.say("warn", error.message);
    return Effect.succeed(undefined);
  });

const content = Effect.fnUntraced(function* (
  work: Work,
  storage: Storage.Storage,
  digest: Digest.Digest,
  name: ArtifactName.ArtifactName,
  withBuildTrees: boolean,
): Effect.fn.Return<Artifact | undefined, BstError> {
  const { store } = work.cas;
  if (digest.size > largestRecord) return yield* unusable(name, `has ${digest.size} bytes`);
  if ((yield* Download.blobs(storage, store, [digest])).length > 0) return undefined;
  const usable = yield* usableRecord(work, digest, name, withBuildTrees);
  if (usable === undefined) return undefined;
  const lost = yield* Download.trees(storage, store, usable.trees, usable.blobs);
  return lost.length === 0 ? usable.artifact : undefined;
});

/** Bytes of a record; one with 100,000 dependencies has less. */
const largestRecord = 64 * 1024 * 1024;

function unusable(name: ArtifactName.ArtifactName, why: string): BstError {
  return new BstError({
    domain: "ARTIFACT",
    reason: null,
    message: `The record that the server has for ${ArtifactName.format(name)} ${why}`,
  });
}

/** A record that is in the store, and what has to be here with it. */
function record({ cas }: Work, digest: Digest.Digest, name: ArtifactName.ArtifactName, withBuildTrees: boolean) {
  return attempt(() => {
    const artifact = ArtifactCodec.decode(ObjectStore.read(cas.store, digest), ArtifactName.format(name));
    const flaw = Foreign.flaw(artifact, name.key);
    if (flaw !== undefined) throw unusable(name, flaw);
    const trees = [
      ...(artifact.files === undefined ? [] : [artifact.files]),
      ...(withBuildTrees ? ArtifactCache.debuggingTrees(artifact) : []),
    ];
    return { artifact, trees, blobs: ArtifactCache.requiredBlobs(artifact) };
  });
}

/** The same; one that is of no use is told of. */
const usableRecord = (work: Work, digest: Digest.Digest, name: ArtifactName.ArtifactName, withBuildTrees: boolean) =>
  Effect.catch(record(work, digest, name, withBuildTrees), ({ message }) => {
    work.say("warn", message);
    return Effect.succeed(undefined);
  });

/** All trees that an artifact names, its files first. */
export const treesOf = (artifact: Artifact): readonly Digest.Digest[] => [
  ...(artifact.files === undefined ? [] : [artifact.files]),
  ...ArtifactCache.debuggingTrees(artifact),
];

const uriOf = (name: ArtifactName.ArtifactName): string => Assets.artifactUri(ArtifactName.format(name));

/** The names of an artifact in an index, the strong one first. */
export function urisOf(
  { project, element }: Pick<ArtifactName.ArtifactName, "project" | "element">,
  artifact: Artifact,
): readonly string[] {
  return [...new Set([artifact.strongKey, artifact.weakKey])].map((key) =>
    uriOf(ArtifactName.make(project, element, key)),
  );
}

/** Says of an artifact that every server has it, as {@link push} says it. */
export function sayPushed(work: Work, project: string, artifact: Artifact): void {
  const key = artifact.strongKey.slice(0, work.keyLength);
  const servers = Servers.of(work.servers, project, true);
  for (const { storage, url } of servers) {
    if (storage === undefined) continue;
    work.say("status", `Pushing data from artifact ${key} -> ${url}`);
    work.say("info", `Pushed data from artifact ${key} -> ${url}`);
  }
  for (const { index, url } of servers) {
    if (index === undefined) continue;
    work.say("status", `Pushing artifact ${key} -> ${url}`);
    work.say("info", `Remote (${url}) already has artifact ${key} cached`);
  }
}

/** Offers an artifact to every server that takes it; false when they all knew it. Fails when what it keeps of its build is not here. */
export const push = Effect.fnUntraced(function* (
  work: Work,
  project: string,
  elementName: string,
  artifact: Artifact,
): Effect.fn.Return<boolean, BstError> {
  const servers = Servers.of(work.servers, project, true);
  for (const [what, tree] of [
    ["build tree", artifact.buildTree],
    ["build root", artifact.buildRoot],
  ] as const)
    if (tree !== undefined && !(yield* work.cas.hasTree(tree)))
      return yield* new BstError({
        domain: "ELEMENT",
        reason: null,
        message: `${elementName} was not pushed: its ${what} is not in the local cache`,
        hint: "Pull it as well, from a server that has it: bst --pull-buildtrees artifact push",
      });
  const record = yield* work.cas.putBytes(ArtifactCodec.encode(artifact));
  const trees: Digest.Digest[] = [];
  for (const tree of treesOf(artifact)) {
    // The sources may be gone; what stands by them is still worth having.
    if (tree === artifact.files || (yield* work.cas.hasTree(tree))) trees.push(tree);
  }
  const storages = servers.flatMap(({ storage }) => (storage === undefined ? [] : [storage]));
  const names = urisOf({ project, element: elementName }, artifact);
  return yield* Contents.steadily(storages, offer(work, servers, artifact, { names, record, trees }));
});

/** One trial of {@link push}, of what is known to be here. */
const offer = Effect.fnUntraced(function* (
  work: Work,
  servers: readonly Servers.Server[],
  artifact: Artifact,
  what: { readonly names: readonly string[]; readonly record: Digest.Digest; readonly trees: readonly Digest.Digest[] },
): Effect.fn.Return<boolean, BstError> {
  const { names, record, trees } = what;
  const key = artifact.strongKey.slice(0, work.keyLength);
  const { lowDiversityMeta, highDiversityMeta, publicData, logs } = artifact;
  const references = [lowDiversityMeta, highDiversityMeta, ...logs.map((log) => log.digest), publicData];
  return yield* Delivery.toAll(work, servers, {
    what: `artifact ${key}`,
    content: { trees, blobs: [record, ...ArtifactCache.requiredBlobs(artifact)] },
    sending: `Pushing data from artifact ${key}`,
    sent: `Pushed data from artifact ${key}`,
    isKnown: Effect.fnUntraced(function* (index, server) {
      if (work.unlisted?.get(server)?.delete(record.hash) === true) return false;
      const known = yield* Assets.fetch(index, "FetchBlob", names);
      return known !== undefined && Digest.equals(known, record);
    }),
    name: (index) =>
      Assets.push(index, "PushBlob", {
        uris: names,
        digest: record,
        blobs: references.filter((digest) => digest !== undefined),
        directories: treesOf(artifact),
      }),
  }).pipe(Effect.mapError((error) => (Storage.isNoRoomHere(error) ? error : failedPush(error))));
});

function failedPush(error: BstError): BstError {
  return new BstError({
    domain: "ARTIFACT",
    reason: null,
    message: `Failed to push artifact blobs: ${error.message}`,
    hint: error.hint,
    temporary: true,
  });
}
