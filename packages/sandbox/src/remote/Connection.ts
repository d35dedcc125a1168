/**
 * What sessions ask of servers that answered: the operations of `session/Remotes.ts` over connected artifact and source caches.
 *
 * This module and what it needs are loaded only where a remote is configured.
 */
import type { Artifact } from "@millrace/core/artifact/Artifact";
import * as ArtifactName from "@millrace/core/artifact/ArtifactName";
import type { Element } from "@millrace/core/element/Element";
import { BstError } from "@millrace/core/error/BstError";
import * as SourceKeys from "@millrace/core/key/SourceKeys";
import * as Deferred from "effect/Deferred";
import * as Effect from "effect/Effect";
import * as Scope from "effect/Scope";
import type { ArtifactCacheShape } from "../artifacts/ArtifactCache.ts";
import { attempt, type CasShape } from "../cas/Cas.ts";
import type { RemotesShape, Say } from "../session/Remotes.ts";
import type { Reference, SourceCacheShape } from "../sources/SourceCache.ts";
import * as Ahead from "./Ahead.ts";
import * as Artifacts from "./Artifacts.ts";
import * as Servers from "./Servers.ts";
import * as Settled from "./Settled.ts";
import * as Sources from "./Sources.ts";

export interface Options {
  readonly cas: CasShape;
  readonly artifacts: ArtifactCacheShape;
  readonly sources: SourceCacheShape;
  readonly keyLength: number;
  readonly buildTrees: boolean;
  /** For each project (by name) its remotes in the order of trial. */
  readonly artifactRemotes: ReadonlyMap<string, readonly Servers.Configured[]>;
  readonly sourceRemotes: ReadonlyMap<string, readonly Servers.Configured[]>;
  readonly warn: (message: string) => void;
}

export type Connection = Omit<RemotesShape, "connect">;

/** An artifact of which it is found out whether it needs a push. */
interface Asked extends Settled.Candidate {
  /** Whether it needs none; no sooner than what it needs was sent ahead, where that is done. */
  readonly settled: Deferred.Deferred<boolean>;
  /** Over which connections indexes are asked. */
  readonly over: string;
}

const artifactName = (element: Element, key: string) => ArtifactName.make(element.project.name, element.name, key);

/** Connects; the connections live as long as the scope. */
export const open = Effect.fnUntraced(function* (
  options: Options,
): Effect.fn.Return<Connection, BstError, Scope.Scope> {
  const scope = yield* Scope.Scope;
  const pooled = yield* Servers.pool;
  const warned = new Set<string>();
  // A server is often in both lists; its failure is told once.
  const warn = (message: string): void => {
    if (!warned.has(message)) options.warn(message);
    warned.add(message);
  };
  const [artifactServers, sourceServers] = yield* Effect.all(
    [Servers.open(pooled, options.artifactRemotes), Servers.open(pooled, options.sourceRemotes)],
    { concurrency: 2 },
  );
  for (const problem of [...artifactServers.problems, ...sourceServers.problems]) warn(problem);
  const { cas, artifacts, sources, keyLength, buildTrees } = options;
  const foreseen: Artifacts.Foreseen = new Map();
  const unlisted: Artifacts.Work["unlisted"] = new Map();
  const artifactWork = (say: Say): Artifacts.Work => ({
    cas,
    keyLength,
    say,
    servers: artifactServers,
    foreseen,
    unlisted,
  });
  const sourceWork = (say: Say): Artifacts.Work => ({ cas, keyLength, say, servers: sourceServers });

  const pullNamed: Connection["pullNamed"] = Effect.fnUntraced(function* (name, withBuildTrees, say) {
    const artifact = yield* Artifacts.pull(artifactWork(say), name, withBuildTrees);
    if (artifact === undefined) return undefined;
    const keys = [name.key, artifact.strongKey, artifact.strictKey, artifact.weakKey].filter((key) => key !== "");
    yield* artifacts.store(artifact, name.project, name.element, keys);
    return artifact;
  });

  // Artifacts of which it is being found out whether every server has them, or was, until they are offered.
  const asked = new Map<string, Asked>();
  const ahead = Ahead.make();

  const offer = Effect.fnUntraced(function* (
    name: ArtifactName.ArtifactName,
    label: string,
    say: Say,
  ): Effect.fn.Return<boolean, BstError> {
    const known = asked.get(ArtifactName.format(name));
    asked.delete(ArtifactName.format(name));
    if (known !== undefined && (yield* Deferred.await(known.settled))) {
      const work = artifactWork(say);
      if (Settled.holds(work, known, known.over) || (yield* Settled.find(work, [known])).length > 0) {
        Artifacts.sayPushed(work, name.project, known.artifact);
        return false;
      }
    }
    const uncached = new BstError({
      domain: "ELEMENT",
      reason: null,
      message: `Push failed: ${label} is not cached`,
    });
    // Whether all of it is here matters only where a server lacks something.
    const artifact = yield* cas.backing === undefined ? artifacts.find(name) : artifacts.findComplete(name);
    if (artifact === undefined) return yield* uncached;
    if (isTainted(artifact)) {
      say("warn", "Not pushing tainted artifact.");
      return false;
    }
    return yield* Artifacts.push(artifactWork(say), name.project, name.element, artifact).pipe(
      Effect.catch((error) =>
        Effect.flatMap(artifacts.findComplete(name), (whole) => Effect.fail(whole === undefined ? uncached : error)),
      ),
    );
  });

  const pushSources: Connection["pushSources"] = Effect.fnUntraced(function* (element, voice) {
    const work = sourceWork(saying(voice));
    const project = element.project.name;
    const references = yield* attempt((): readonly Reference[] => [
      ...element.sources
        .filter(({ kind }) => !kind.requiresPreviousFetch && !kind.requiresPreviousStage)
        .map((source) => ({ type: "source", kind: source.kind.name, key: SourceKeys.single(source) }) as const),
      { type: "element", key: SourceKeys.all(element.sources) },
    ]);
    let pushed = false;
    for (const reference of references) {
      const files = yield* sources.find(reference);
      if (files !== undefined && (yield* Sources.push(work, project, reference, files))) pushed = true;
    }
    return pushed;
  });

  return {
    buildTrees,
    pulls: Servers.works(artifactServers.all, false),
    pushes: Servers.works(artifactServers.all, true),
    pushesSources: Servers.works(sourceServers.all, true),
    canPull: (element) => Servers.works(artifactServers.of.get(element.project.name) ?? [], false),
    canPush: (element) => Servers.works(artifactServers.of.get(element.project.name) ?? [], true),
    // What a workspace holds is nobody else's source.
    canPushSources: (element) =>
      element.workspace === undefined && Servers.works(sourceServers.of.get(element.project.name) ?? [], true),
    foresee: (wanted, warn) => {
      const names = wanted.flatMap(({ element, keys }) => keys.map((key) => artifactName(element, key)));
      return Artifacts.foresee(
        artifactWork((kind, text) => kind === "warn" && warn(text)),
        names,
      );
    },
    settled: Effect.fnUntraced(function* (wanted) {
      const work = artifactWork(() => {});
      const candidates: (Asked & { readonly element: Element })[] = [];
      for (const { element, key, artifact: known } of wanted) {
        const name = artifactName(element, key);
        const artifact = known ?? (yield* artifacts.find(name));
        if (artifact === undefined || isTainted(artifact)) continue;
        const settled = Deferred.makeUnsafe<boolean>();
        const over = Settled.connections(work, name.project);
        candidates.push({ ...Settled.candidate(name, artifact), element, settled, over });
      }
      // Not before all are known: who waits for one has to be told in any case.
      for (const candidate of candidates) asked.set(ArtifactName.format(candidate.name), candidate);
      const unheard = new Set(candidates);
      const tell = (some: Iterable<Asked>, isSettled: boolean) =>
        Effect.sync(() => {
          for (const { settled } of some) Deferred.doneUnsafe(settled, Effect.succeed(isSettled));
        });
      const hear = ({ settled, others, troubled }: Settled.Answer<(typeof candidates)[number]>) => {
        for (const heard of [...settled, ...others]) unheard.delete(heard);
        const sending = troubled ? Effect.void : Ahead.send(ahead, work, others);
        const rest = Effect.forkIn(Effect.ensuring(sending, tell(others, false)), scope);
        return Effect.andThen(tell(settled, true), rest);
      };
      const find = Effect.suspend(() => Settled.find(work, candidates, hear));
      const found = yield* Effect.ensuring(
        find,
        Effect.suspend(() => tell(unheard, false)),
      );
      return new Map(found.map(({ element, artifact }) => [element, artifact]));
    }),
    pull: Effect.fnUntraced(function* (element, keys, voice) {
      for (const key of new Set(keys))
        if ((yield* pullNamed(artifactName(element, key), buildTrees, saying(voice))) !== undefined) return true;
      return false;
    }),
    push: (element, key, voice) => offer(artifactName(element, key), element.name, saying(voice)),
    pushSources,
    pullSources: Effect.fnUntraced(function* (project, reference, say) {
      if (!Servers.works(sourceServers.of.get(project) ?? [], false)) return undefined;
      const files = yield* Sources.pull(sourceWork(say), project, reference);
      if (files !== undefined) yield* sources.store(reference, files);
      return files;
    }),
    pullNamed,
    pushNamed: (name, say) => offer(name, ArtifactName.format(name), say),
    unanswered: (project) => {
      const [first] = Servers.aside(artifactServers, project);
      return first === undefined
        ? undefined
        : new BstError({
            domain: "ARTIFACT",
            reason: null,
            message: `It is not known whether there is an artifact: ${first.url} failed a moment ago, and is left alone for a while`,
          });
    },
    has: (name) =>
      Artifacts.lookUp(
        artifactWork(() => {}),
        name,
      ).pipe(Effect.map((digest) => digest !== undefined)),
  };
});

/** Built from a workspace, or from something that was: nothing that its key would promise to others. */
function isTainted(artifact: Artifact): boolean {
  return artifact.wasWorkspaced || artifact.buildDeps.some((dependency) => dependency.wasWorkspaced);
}

function saying(voice: { readonly say: (kind: "status" | "info" | "warning", text: string) => void }): Say {
  return (kind, text) => voice.say(kind === "warn" ? "warning" : kind, text);
}
