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
import * as ArtifactCache from "../artifacts/ArtifactCache.ts";
import type { Content } from "../cas/Backing.ts";
import { attempt, type CasShape } from "../cas/Cas.ts";
import * as ObjectStore from "../cas/ObjectStore.ts";
import * as Assets from "./Assets.ts";
import * as Behind from "./Behind.ts";
import * as Contents from "./Contents.ts";
import * as Delivery from "./Delivery.ts";
import * as Download from "./Download.ts";
import * as Retrieval from "./Retrieval.ts";
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

/** What servers said of names: for each name, by server, the digest or that there is none. */
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
      if (asked._tag === "Failure") return yield* Effect.ignore(Retrieval.troubled(work, server, asked.failure));
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
    if (brought._tag === "Failure") yield* Effect.ignore(Retrieval.troubled(work, server, brought.failure));
  }
});

/** Bytes of a record that is brought before it is wanted; that of most artifacts has a tenth of it. */
const commonRecord = 2 ** 16;

/** Asks for an artifact of a name; an answer that came before is used once. */
const question = (work: Work, name: ArtifactName.ArtifactName): Retrieval.Question => ({
  what: `artifact ${name.key.slice(0, work.keyLength)}`,
  domain: "ARTIFACT",
  called: "Remote",
  ask: (index, server) => {
    const known = work.foreseen?.get(ArtifactName.format(name));
    const answer = known?.get(server);
    return known?.delete(server) === true ? Effect.succeed(answer) : Assets.fetch(index, "FetchBlob", [uriOf(name)]);
  },
});

/** What an artifact's name stands for on the first server that knows it. */
export const lookUp = (work: Work, name: ArtifactName.ArtifactName) =>
  Retrieval.find(work, name.project, question(work, name));

/** Brings the artifact of a name with all that using it needs; undefined when no server has it whole. */
export const pull = (work: Work, name: ArtifactName.ArtifactName, withBuildTrees: boolean) =>
  Retrieval.from<Artifact>(work, name.project, {
    ...question(work, name),
    behind: Effect.fnUntraced(function* (digest) {
      if (!(yield* Behind.has(work.cas, { trees: [], blobs: [digest] }))) return undefined;
      const record = yield* readRecord(work, digest, name, withBuildTrees);
      return record !== undefined && (yield* Behind.has(work.cas, record)) ? record.artifact : undefined;
    }),
    bring: Effect.fnUntraced(function* (storage, digest) {
      const { store } = work.cas;
      if ((yield* Download.blobs(storage, store, [digest])).length > 0) return undefined;
      const record = yield* readRecord(work, digest, name, withBuildTrees);
      if (record === undefined) return undefined;
      const lost = yield* Download.trees(storage, store, record.trees, record.blobs);
      return lost.length === 0 ? record.artifact : undefined;
    }),
  });

/** A record that came, and what has to be here with it; undefined where it was lost or damaged here. */
const readRecord = Effect.fnUntraced(function* (
  { cas }: Work,
  digest: Digest.Digest,
  name: ArtifactName.ArtifactName,
  withBuildTrees: boolean,
): Effect.fn.Return<(Content & { readonly artifact: Artifact }) | undefined, BstError | Retrieval.Useless> {
  const bytes = yield* attempt(() => ObjectStore.find(cas.store, digest));
  if (bytes === undefined) return undefined;
  const artifact = yield* attempt(() => ArtifactCodec.decode(bytes, ArtifactName.format(name))).pipe(
    Effect.mapError(({ message }) => new Retrieval.Useless({ message })),
  );
  const flaw = Foreign.flaw(artifact, name.key);
  if (flaw !== undefined)
    return yield* new Retrieval.Useless({
      message: `The record that the server has for ${ArtifactName.format(name)} ${flaw}`,
    });
  const trees = [
    ...(artifact.files === undefined ? [] : [artifact.files]),
    ...(withBuildTrees ? ArtifactCache.debuggingTrees(artifact) : []),
  ];
  return { artifact, trees, blobs: ArtifactCache.requiredBlobs(artifact) };
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

/** What a push needs of what an artifact keeps of its build, with what it is called. */
export const neededOfBuild = ({ buildTree, buildRoot }: Artifact): readonly (readonly [string, Digest.Digest])[] =>
  [["build tree", buildTree] as const, ["build root", buildRoot] as const].flatMap(([what, tree]) =>
    tree === undefined ? [] : [[what, tree] as const],
  );

/** Offers an artifact to every server that takes it; false when they all knew it. Fails when what it keeps of its build is not here. */
export const push = Effect.fnUntraced(function* (
  work: Work,
  project: string,
  elementName: string,
  artifact: Artifact,
): Effect.fn.Return<boolean, BstError> {
  const servers = Servers.of(work.servers, project, true);
  for (const [what, tree] of neededOfBuild(artifact))
    if (!(yield* work.cas.hasTree(tree)))
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
