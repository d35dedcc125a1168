/**
 * Loads elements of the project at hand.
 *
 * The loader is pure and stops where it needs the files of a subproject that is not local. Its sources are then fetched and staged into the
 * store here, and loading starts again with them at hand; what was parsed before is remembered, also from one load of a command to the next.
 */

import { existsSync } from "node:fs";
import { join } from "node:path";
import * as ElementKinds from "@millrace/core/element/ElementKinds";
import { BstError } from "@millrace/core/error/BstError";
import type { Graph, Warning } from "@millrace/core/graph/Graph";
import * as Load from "@millrace/core/graph/Load";
import * as ParsedFiles from "@millrace/core/graph/ParsedFiles";
import type { Hosting } from "@millrace/core/project/Plugins";
import type { ProjectFiles } from "@millrace/core/project/ProjectFiles";
import * as UserConfig from "@millrace/core/project/UserConfig";
import * as SourceKinds from "@millrace/core/source/SourceKinds";
import type { Digest } from "@millrace/core/tree/Digest";
import * as Capture from "@millrace/sandbox/cas/Capture";
import { attempt, Cas } from "@millrace/sandbox/cas/Cas";
import type { ObjectStore } from "@millrace/sandbox/cas/ObjectStore";
import * as DirectoryFiles from "@millrace/sandbox/files/DirectoryFiles";
import * as InstalledPlugins from "@millrace/sandbox/files/InstalledPlugins";
import * as TreeFiles from "@millrace/sandbox/files/TreeFiles";
import * as Witness from "@millrace/sandbox/files/Witness";
import * as PluginHosting from "@millrace/sandbox/plugins/Hosting";
import * as ScriptPlugins from "@millrace/sandbox/plugins/ScriptPlugins";
import type * as Voice from "@millrace/sandbox/session/Voice";
import { ElementSources } from "@millrace/sandbox/sources/ElementSources";
import * as Effect from "effect/Effect";
import * as Result from "effect/Result";
import * as Context from "./Context.ts";
import * as Discovery from "./Discovery.ts";
import type { Services } from "./Program.ts";
import * as Stages from "./Stages.ts";
import * as Workspaces from "./Workspaces.ts";

/** What is remembered of a project from one load to the next. */
interface Memory {
  readonly parsed: ParsedFiles.ParsedFiles;
  readonly files: ProjectFiles;
  /** The files of fetched subprojects, by full name of their junction. */
  readonly junctions: Map<string, ProjectFiles>;
  readonly witness: Witness.Witness | undefined;
  /** Trees of workspace directories as they were when first asked for, so that a key and what is built for it are of the same moment. */
  readonly workspaces: Map<string, Digest | undefined>;
}

const memories = new WeakMap<Context.Context, Memory>();

const memoryOf = Effect.fnUntraced(function* (
  context: Context.Context,
  place: Context.ProjectPlace,
): Effect.fn.Return<Memory, BstError, Services> {
  const { store } = yield* Cas;
  const known = memories.get(context);
  if (known !== undefined) return known;
  const files = DirectoryFiles.make(place.directory, store);
  return remember(context, files, undefined);
});

function remember(context: Context.Context, files: ProjectFiles, witness: Witness.Witness | undefined): Memory {
  const parsed = ParsedFiles.make(Stages.timed);
  const memory: Memory = { parsed, files, junctions: new Map(), witness, workspaces: new Map() };
  memories.set(context, memory);
  return memory;
}

/** Begins to watch what this command's loads ask of the project. */
export function watch(context: Context.Context, world: Witness.World): Witness.Witness {
  const witness = Witness.make(world);
  remember(context, witness.world.files, witness);
  return witness;
}

/** Forgets what was read, since files have changed. */
export function forget(context: Context.Context): void {
  memories.delete(context);
}

/**
 * Loads these elements and all that they need; without any, only the project. Fetches subprojects as necessary. `complete` is that of
 * {@link Load.LoadRequest}.
 */
export const load = Effect.fnUntraced(function* (
  context: Context.Context,
  voice: Voice.Voice,
  targets: readonly string[],
  complete = true,
): Effect.fn.Return<Graph, BstError, Services> {
  const place = yield* attempt(() => Context.needProject(context, "There is nothing to load"));
  const memory = yield* memoryOf(context, place);
  const loading = Effect.gen(function* () {
    for (;;) {
      const loaded = yield* once(context, place, memory, targets, complete);
      if (Result.isSuccess(loaded)) return loaded.success;
      if (!("junction" in loaded.failure)) return yield* Effect.fail(loaded.failure);
      yield* fetchJunction(context, place, voice, memory, loaded.failure.junction);
    }
  });
  if (targets.length > 0) return yield* announce(voice, loading);
  const graph = yield* loading;
  repeat(voice, graph.warnings);
  return graph;
});

/** Loads aloud: what users hear of a load, whatever it takes. */
export const announce = Effect.fnUntraced(function* <A extends Pick<Graph, "warnings">, R>(
  voice: Voice.Voice,
  loading: Effect.Effect<A, BstError, R>,
): Effect.fn.Return<A, BstError, R> {
  const loaded = yield* voice.activity("Loading elements", loading);
  yield* voice.activity("Resolving elements", Effect.void);
  repeat(voice, loaded.warnings);
  return loaded;
});

/** Says what loading warned about. */
function repeat(voice: Voice.Voice, warnings: readonly Warning[]): void {
  for (const warning of warnings) {
    const speaker = warning.element === undefined ? null : { name: warning.element, key: null, keyIsStrict: false };
    voice.say(warning.harmless === true ? "info" : "warning", warning.message, { detail: warning.detail, speaker });
  }
}

const hostings = new WeakMap<Context.Context, Hosting>();

/** What runs the project's own plugins; one for the whole command, since what they hold is used after loading. */
function hosting(context: Context.Context, store: ObjectStore): Hosting {
  let known = hostings.get(context);
  if (known === undefined) {
    const { config, environment } = context;
    known = PluginHosting.make({
      environment,
      sourcedir: config.sourcedir,
      keepsBuildTrees: config.cache.cacheBuildtrees === "always",
      bytecode: join(config.cachedir, "millrace", "python"),
      limit: config.plugins.timeLimit,
      jobLimit: config.plugins.jobLimit,
      digestOf: (directory) => Capture.capture(store, directory, { digestOnly: true }).digest,
      python: config.plugins.python,
      preferred: config.plugins.prefer === "python",
    });
    hostings.set(context, known);
  }
  return known;
}

/** Plugins that run, and those installed on the machine, are outside the project's files: whoever watches these cannot speak for them. */
function observed(real: Hosting, witness: Witness.Witness | undefined): Hosting {
  if (witness === undefined) return real;
  const withdrawing =
    <Asked extends readonly unknown[], A>(ask: (...asked: Asked) => A) =>
    (...asked: Asked): A => {
      witness.withdraw();
      return ask(...asked);
    };
  return {
    element: withdrawing(real.element),
    source: withdrawing(real.source),
    mirror: withdrawing(real.mirror),
    installed: withdrawing(real.installed),
    // Nothing is asked before an element is built.
    assembly: real.assembly,
    preferred: real.preferred,
  };
}

const once = Effect.fnUntraced(function* (
  context: Context.Context,
  place: Context.ProjectPlace,
  memory: Memory,
  targets: readonly string[],
  complete: boolean,
): Effect.fn.Return<Result.Result<Graph, BstError | Load.NeedsJunction>, BstError, Services> {
  const { store } = yield* Cas;
  const host: Load.LoaderHost = {
    files: memory.files,
    junction: (junction) => memory.junctions.get(junction.fullName),
    directory: (path) => {
      memory.witness?.withdraw();
      return DirectoryFiles.make(path, store);
    },
    workspaceDigest: (directory) => workspaceDigest(store, memory, directory),
  };
  return yield* attempt(() =>
    Load.load({ ...request(context, store, place, memory, targets), complete }, host, memory.parsed),
  );
});

function workspaceDigest(store: ObjectStore, { workspaces }: Memory, directory: string): Digest | undefined {
  if (workspaces.has(directory)) return workspaces.get(directory);
  const options = { keepMtimes: true, digestOnly: true, remember: true };
  const digest = existsSync(directory) ? Capture.capture(store, directory, options).digest : undefined;
  workspaces.set(directory, digest);
  return digest;
}

function request(
  context: Context.Context,
  store: ObjectStore,
  place: Context.ProjectPlace,
  memory: Memory,
  targets: readonly string[],
): Load.LoadRequest {
  const { config, main } = context;
  const conf = ParsedFiles.read(memory.parsed, memory.files, Discovery.projectFile, Discovery.projectFile);
  const name = conf?.entries.get("name");
  const modules = memory.witness?.world.modules ?? InstalledPlugins.sourceModules(context.environment);
  return {
    targets,
    options: main.projectOptions,
    host: context.host,
    maxJobs: config.build.maxJobs,
    strict: name?.type === "scalar" ? Context.strict(context, name.value) : (main.strict ?? true),
    overrides: (project) => UserConfig.overrides(config, project),
    defaultMirror: main.defaultMirror,
    fetchPolicy: config.fetch.source,
    trackPolicy: config.track.source,
    environment: new Map(Object.entries(context.environment)),
    hosting: observed(hosting(context, store), memory.witness),
    scripts: (script, user) => {
      memory.witness?.withdraw();
      return ScriptPlugins.load(script, user);
    },
    kinds: {
      element: ElementKinds,
      source: SourceKinds.withModules(modules),
    },
    workspaces: new Map(
      [...context.workspaces].map(([element, entry]) => [
        element,
        { directory: Workspaces.directory(place.directory, entry), lastBuild: entry.lastBuild },
      ]),
    ),
  };
}

const fetchJunction = Effect.fnUntraced(function* (
  context: Context.Context,
  place: Context.ProjectPlace,
  voice: Voice.Voice,
  memory: Memory,
  junction: Load.JunctionElement,
): Effect.fn.Return<void, BstError, Services> {
  const { store, bringTree } = yield* Cas;
  const sources = yield* ElementSources;
  const manner = {
    fetchPolicy: context.config.fetch.source,
    trackPolicy: context.config.track.source,
    report: () => {},
  };
  // To programs it is the failure of a job, as in BuildStream, which fetches in a session.
  const staged = sources.stage(junction.element, manner).pipe(
    Effect.mapError(
      ({ domain, reason, message, detail, place, hint, owner }) =>
        new BstError({
          domain: "STREAM",
          reason: null,
          message,
          detail,
          place,
          hint,
          owner,
          task: { domain, reason },
        }),
    ),
  );
  const digest = yield* voice.activity("Fetching subproject sources", staged, {
    speaker: { name: junction.fullName, key: null, keyIsStrict: false },
  });
  yield* bringTree(digest);
  const directory = join(place.directory, ".bst", "staged-junctions", junction.fullName, digest.hash);
  memory.junctions.set(junction.fullName, TreeFiles.make(store, digest, directory));
});
