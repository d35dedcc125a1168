/**
 * The layer of remote caches: which servers the projects of a session use, connected when the session asks for it.
 *
 * The order for a project: what the command line names, else what the user says for the project, else for all; then what the project recommends, the
 * projects that brought it in first. Where no remote is left nothing else of this package is loaded.
 */

import type { RemoteSpec } from "@millrace/core/project/Project";
import { type CacheConfig, readConnection } from "@millrace/core/project/Remotes";
import * as Context from "effect/Context";
import * as Effect from "effect/Effect";
import * as Layer from "effect/Layer";
import * as Scope from "effect/Scope";
import { ArtifactCache } from "../artifacts/ArtifactCache.ts";
import { attempt, Cas } from "../cas/Cas.ts";
import { type Caches, none, Remotes, type RemotesShape, type Served } from "../session/Remotes.ts";
import { SourceCache } from "../sources/SourceCache.ts";
import type { Connection } from "./Connection.ts";
import type { Configured } from "./Servers.ts";

/** What is said of one kind of cache, by whom. */
export interface Choice {
  readonly commandLine: readonly RemoteSpec[];
  /** Whether the command line leaves out what projects recommend. */
  readonly ignoreProjects: boolean;
  /** The user configuration for all projects. */
  readonly global: CacheConfig;
  /** The user configuration for one project, by its name. */
  readonly override: (project: string) => CacheConfig;
  /** What a project recommends. */
  readonly recommended: (project: Served) => readonly RemoteSpec[];
}

export interface Configuration {
  readonly artifacts: Choice;
  readonly sources: Choice;
  /** The directory of the user configuration. */
  readonly directory: string | undefined;
  readonly buildTrees: boolean;
  /** Characters of keys in messages. */
  readonly keyLength: number;
}

/** The remotes of a project in the order of trial. Raises where one cannot be connected to as it is written. `directory` is what paths of the user configuration are relative to. */
function remotesOf(choice: Choice, project: Served, directory: string | undefined): readonly Configured[] {
  const chosen = chosenFor(choice, project, directory);
  for (const { spec } of chosen) readConnection(spec);
  return chosen;
}

function chosenFor(choice: Choice, project: Served, directory: string | undefined): readonly Configured[] {
  const { commandLine, ignoreProjects, global } = choice;
  const named = commandLine.map((spec) => ({ spec, directory: undefined }));
  if (ignoreProjects && named.length > 0) return named;
  const override = choice.override(project.name);
  const configured = (override.servers.length > 0 ? override.servers : global.servers).map((spec) => ({
    spec,
    directory,
  }));
  const own = named.length > 0 ? named : configured;
  if (ignoreProjects || override.overrideProjectCaches || global.overrideProjectCaches) return own;
  const recommended: Configured[] = [];
  for (let at: Served | undefined = project; at !== undefined; at = at.parent) {
    const base = at.files.directory;
    recommended.unshift(...choice.recommended(at).map((spec) => ({ spec, directory: base })));
  }
  return [...own, ...recommended];
}

interface Reach {
  readonly projects: string;
  readonly caches: Caches;
}

/** Whether who is connected for one thing need not connect for another. */
const covers = (one: Reach, other: Reach): boolean =>
  one.projects === other.projects &&
  (one.caches.artifacts || !other.caches.artifacts) &&
  (one.caches.sources || !other.caches.sources);

/** The service; without any remote it is the one of programs that have none. */
export function layer(configuration: Configuration): Layer.Layer<never, never, Cas | ArtifactCache | SourceCache> {
  return Layer.effectContext(
    Effect.gen(function* () {
      const cas = yield* Cas;
      const artifacts = yield* ArtifactCache;
      const sources = yield* SourceCache;
      const scope = yield* Scope.Scope;
      const { buildTrees, keyLength, directory } = configuration;
      let current: Connection = none;
      let connected: Reach | undefined;

      const connect: RemotesShape["connect"] = Effect.fnUntraced(function* (projects, caches, warn) {
        const artifactRemotes = new Map<string, readonly Configured[]>();
        const sourceRemotes = new Map<string, readonly Configured[]>();
        for (const project of projects) {
          const choose = (use: boolean, choice: Choice) =>
            attempt(() => (use ? remotesOf(choice, project, directory) : []));
          artifactRemotes.set(project.name, yield* choose(caches.artifacts, configuration.artifacts));
          sourceRemotes.set(project.name, yield* choose(caches.sources, configuration.sources));
        }
        const some = [...artifactRemotes.values(), ...sourceRemotes.values()].some((remotes) => remotes.length > 0);
        if (!some) return;
        const wanted = { projects: JSON.stringify(projects.map((project) => project.name)), caches };
        if (connected !== undefined && covers(connected, wanted)) return;
        const Connection = yield* Effect.promise(() => import("./Connection.ts"));
        const options = { cas, artifacts, sources, keyLength, buildTrees, artifactRemotes, sourceRemotes, warn };
        current = yield* Scope.provide(Connection.open(options), scope);
        connected = wanted;
      });

      const service: RemotesShape = {
        connect,
        buildTrees,
        get pulls() {
          return current.pulls;
        },
        get pushes() {
          return current.pushes;
        },
        get pushesSources() {
          return current.pushesSources;
        },
        canPull: (element) => current.canPull(element),
        canPush: (element) => current.canPush(element),
        canPushSources: (element) => current.canPushSources(element),
        foresee: (wanted, warn) => current.foresee(wanted, warn),
        settled: (wanted) => current.settled(wanted),
        pull: (element, keys, voice) => current.pull(element, keys, voice),
        push: (element, key, voice) => current.push(element, key, voice),
        pushSources: (element, voice) => current.pushSources(element, voice),
        pullSources: (project, reference, say) => current.pullSources(project, reference, say),
        pullNamed: (name, withBuildTrees, say) => current.pullNamed(name, withBuildTrees, say),
        pushNamed: (name, say) => current.pushNamed(name, say),
        unanswered: (project) => current.unanswered(project),
        has: (name) => current.has(name),
      };
      return Context.make(Remotes, service) as Context.Context<never>;
    }),
  );
}
