/**
 * Joins sessions, which decide what is built, and the executor, which builds: the service `Builder` over the service `Executor`.
 *
 * Here an open workspace gets what its last build left behind, when that was built from the same dependencies, and is told afterwards what was built.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import * as ArtifactName from "@millrace/core/artifact/ArtifactName";
import type { Element } from "@millrace/core/element/Element";
import type { BstError } from "@millrace/core/error/BstError";
import { ArtifactCache } from "@millrace/sandbox/artifacts/ArtifactCache";
import { Executor } from "@millrace/sandbox/build/Executor";
import type { Dependency, Job } from "@millrace/sandbox/build/Job";
import { attempt, Cas } from "@millrace/sandbox/cas/Cas";
import * as ObjectStore from "@millrace/sandbox/cas/ObjectStore";
import { Farm } from "@millrace/sandbox/remote/Farm";
import { Builder, type Request } from "@millrace/sandbox/session/Builder";
import { ElementSources } from "@millrace/sandbox/sources/ElementSources";
import * as Effect from "effect/Effect";
import * as Layer from "effect/Layer";
import type { Context } from "./Context.ts";
import * as Workspaces from "./Workspaces.ts";

/** The service for sessions of this context. */
export function layer(context: Context): Layer.Layer<Builder, never, Executor | ElementSources | ArtifactCache | Cas> {
  return Layer.effect(
    Builder,
    Effect.gen(function* () {
      const executor = yield* Executor;
      const sources = yield* ElementSources;
      const cache = yield* ArtifactCache;
      const { store } = yield* Cas;
      const farm = yield* Farm;
      // BuildStream's build area: nothing is built there, but what shares the cache directory looks for it.
      mkdirSync(join(context.config.cachedir, "build"), { recursive: true });
      return {
        build: Effect.fnUntraced(function* (request: Request) {
          const { element, keys, voice } = request;
          const name = (key: string) => ArtifactName.make(element.project.name, element.name, key);
          const tree = sources
            .stage(element, {
              fetchPolicy: context.config.fetch.source,
              trackPolicy: context.config.track.source,
              report: () => {},
            })
            .pipe(Effect.flatMap((digest) => attempt(() => ObjectStore.readDirectory(store, digest))));
          const job: Job = {
            element,
            plan: yield* attempt(() => element.kind.plan(element.settings, element, request.view)),
            keys,
            dependency: (id) => dependency(context, request, id),
            buildScope: request.view.buildScope(element.id),
            sources: tree,
            lastBuild: yield* lastBuild(cache, store, request),
            cacheBuildTrees: context.config.cache.cacheBuildtrees,
            elsewhere: farm.of(request.graph.project.name),
            nested: farm.nested(request.graph.project.name),
            voice,
          };
          const built = yield* executor.build(job).pipe(
            Effect.map((artifact) => ({ artifact, error: undefined })),
            Effect.catch((error: BstError) =>
              Effect.gen(function* () {
                const artifact = yield* cache.find(name(keys.strong));
                if (artifact === undefined || artifact.buildSuccess) return yield* error;
                return { artifact, error };
              }),
            ),
          );
          if (element.workspace !== undefined) yield* attempt(() => rememberBuild(context, element, keys.strong));
          return built;
        }),
      };
    }),
  );
}

function dependency(context: Context, request: Request, id: number): Dependency {
  const element = request.graph.elements[id] as Element;
  const artifact = request.artifactOf(id);
  const briefKey = artifact.strongKey.slice(0, context.config.logging.keyLength);
  return {
    element,
    strongKey: artifact.strongKey,
    subject: { name: element.fullName, key: briefKey, keyIsStrict: artifact.strongKey === artifact.strictKey },
    briefKey,
    artifact: Effect.succeed(artifact),
  };
}

/** What the last build of a workspace left, when it can be built upon: all of it is here, and its dependencies are those of now. */
const lastBuild = Effect.fnUntraced(function* (
  cache: ArtifactCache["Service"],
  store: ObjectStore.ObjectStore,
  request: Request,
): Effect.fn.Return<Job["lastBuild"], BstError> {
  const { element, view, artifactOf } = request;
  const key = element.workspace?.lastBuild;
  if (key === undefined) return undefined;
  const artifact = yield* cache.find(ArtifactName.make(element.project.name, element.name, key));
  if (artifact?.buildTree === undefined || artifact.sources === undefined) return undefined;
  if (!(yield* cache.hasTree(artifact.buildTree)) || !(yield* cache.hasTree(artifact.sources))) return undefined;
  const now = view.buildScope(element.id).map((id) => {
    const { project, name } = request.graph.elements[id] as Element;
    return `${project.name}/${name}/${artifactOf(id).strongKey}`;
  });
  const then = artifact.buildDeps.map((built) => `${built.projectName}/${built.elementName}/${built.cacheKey}`);
  if (now.length !== then.length || now.some((name, at) => name !== then[at])) return undefined;
  const { buildTree, sources } = artifact;
  return yield* attempt(() => ({
    sources: ObjectStore.readDirectory(store, sources),
    buildTree: ObjectStore.readDirectory(store, buildTree),
  }));
});

/** Records what was built last. */
function rememberBuild(context: Context, element: Element, strongKey: string): void {
  if (context.place === undefined) return;
  Workspaces.change(context.place.directory, (workspaces) => {
    const entry = workspaces.get(element.fullName);
    return entry === undefined
      ? workspaces
      : new Map([...workspaces, [element.fullName, { ...entry, lastBuild: strongKey }]]);
  });
}
