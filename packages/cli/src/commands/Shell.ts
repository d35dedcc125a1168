/**
 * `bst shell`: a command, or the project's shell, in the sandbox of an element; its exit code is that of `bst`.
 *
 * Three roots are possible: what the element needs at run time with itself, what it needs to be built with its sources, and the build
 * tree that a build left in its artifact.
 */
import type { Artifact } from "@millrace/core/artifact/Artifact";
import type { Element } from "@millrace/core/element/Element";
import { BstError, foreign, raise } from "@millrace/core/error/BstError";
import type { Graph } from "@millrace/core/graph/Graph";
import * as Scope from "@millrace/core/graph/Scope";
import type { ShellConfig } from "@millrace/core/project/Project";
import { ArtifactCache } from "@millrace/sandbox/artifacts/ArtifactCache";
import { Executor } from "@millrace/sandbox/build/Executor";
import type { Dependency } from "@millrace/sandbox/build/Job";
import * as SandboxShell from "@millrace/sandbox/build/Shell";
import { attempt, Cas } from "@millrace/sandbox/cas/Cas";
import * as ObjectStore from "@millrace/sandbox/cas/ObjectStore";
import * as Voice from "@millrace/sandbox/session/Voice";
import { ElementSources } from "@millrace/sandbox/sources/ElementSources";
import * as Effect from "effect/Effect";
import type { Context } from "../app/Context.ts";
import * as ErrorReport from "../app/ErrorReport.ts";
import * as Fetching from "../app/Fetching.ts";
import type * as Items from "../app/Items.ts";
import * as Loading from "../app/Loading.ts";
import type { Speaking } from "../app/Messages.ts";
import type { Services } from "../app/Program.ts";
import * as Pulling from "../app/Pulling.ts";
import * as Selected from "../app/Selected.ts";
import * as ShellPrompt from "../app/ShellPrompt.ts";
import * as Staged from "../app/Staged.ts";
import * as Values from "../args/Values.ts";
import * as Command from "./Command.ts";
import type { Invocation } from "./Dispatch.ts";

/** Runs it. */
export function run(invocation: Invocation): Promise<number> {
  const { values } = invocation;
  const useBuildTree = Values.isSet(values, "use-buildtree");
  const build = useBuildTree || Values.isSet(values, "build");
  return Command.run(
    invocation,
    Effect.fnUntraced(function* ({ context, ...speaking }) {
      const { voice } = speaking;
      const target = yield* attempt(
        () =>
          Values.text(values, "target") ??
          context.place?.workspaceElement ??
          raise({ domain: "APP", reason: null, message: 'Missing argument "TARGET".' }),
      );
      const mounts = Values.pairs(values, "mount").map(([hostPath, path]) => ({ hostPath, path, optional: false }));
      return yield* Effect.gen(function* () {
        const start = yield* useBuildTree
          ? buildTree(context, speaking, target)
          : staged(context, speaking, target, build);
        const config = yield* shellConfig(context, speaking);
        return yield* SandboxShell.run({
          element: start.element,
          setting: start.setting,
          config,
          mounts,
          isolate: Values.isSet(values, "isolate"),
          prompt: ShellPrompt.make(context, start.element.fullName, start.key, start.keyIsStrict),
          command: Values.list(values, "command"),
          voice: Voice.about(voice, {
            name: start.element.fullName,
            key: start.key?.slice(0, context.config.logging.keyLength) ?? null,
            keyIsStrict: start.keyIsStrict,
          }),
        });
      }).pipe(Effect.mapError(whileLaunching));
    }),
    "all",
  );
}

interface Start {
  readonly element: Element;
  readonly setting: SandboxShell.Setting;
  readonly key: string | undefined;
  readonly keyIsStrict: boolean;
}

const shellConfig = Effect.fnUntraced(function* (
  context: Context,
  { voice }: Speaking,
): Effect.fn.Return<ShellConfig, BstError, Services> {
  if (context.place === undefined) return { command: ["sh", "-i"], environment: new Map(), hostFiles: [] };
  return (yield* Loading.load(context, voice, [])).project.shell;
});

/** A root of artifacts: for running the element, or for building it. */
const staged = Effect.fnUntraced(function* (
  context: Context,
  speaking: Speaking,
  target: string,
  build: boolean,
): Effect.fn.Return<Start, BstError, Services> {
  const { voice } = speaking;
  const executor = yield* Executor;
  const selected = yield* Selected.select(context, voice, {
    words: [target],
    deps: build ? "build" : "run",
    artifacts: true,
  }).pipe(Effect.mapError((error) => (error.reason === "deps-not-supported" ? onlyBuildTrees() : error)));
  if (selected.artifacts.length > 0) return yield* onlyBuildTrees();
  const graph = yield* Selected.needGraph(selected);
  const id = selected.targets[0] as number;
  const element = graph.elements[id] as Element;
  const wanted = build ? [...new Set([...selected.elements, id])] : selected.elements;
  const caches = { artifacts: true, sources: build };
  const items = yield* Pulling.items(context, speaking, { ...selected, elements: wanted }, caches);
  const byId = new Map(items.map((item) => [item.element?.id, item]));
  const missing = selected.elements.filter((needed) => byId.get(needed)?.artifact === undefined);
  if (missing.length > 0) {
    return yield* new BstError({
      domain: "STREAM",
      reason: "shell-missing-deps",
      message: "Elements must be built or downloaded before a shell can be staged",
      detail: missing.map((needed) => (graph.elements[needed] as Element).fullName).join("\n"),
      hint: `Build them: bst build ${build ? "--deps build " : ""}${target}`,
    });
  }
  const dependency = (needed: number): Dependency =>
    Staged.dependency(context, graph.elements[needed] as Element, byId.get(needed) as Items.Item);
  const own = byId.get(id) as Items.Item;
  const key = own.name?.key;
  const keyIsStrict = own.artifact === undefined || own.artifact.strictKey === key;
  if (build) {
    yield* Fetching.fetch(context, speaking, graph, [id], { connected: true });
    const setting = yield* prepareBuild(
      context,
      graph,
      element,
      Voice.about(voice, dependency(id).subject),
      dependency,
    );
    return { element, setting, key, keyIsStrict };
  }
  const root = yield* executor.stageRun(
    { element, voice: Voice.about(voice, dependency(id).subject), dependency },
    selected.elements,
    true,
  );
  const environment = Object.fromEntries(element.environment);
  return { element, setting: { root, environment, cwd: undefined, marked: [] }, key, keyIsStrict };
});

const prepareBuild = Effect.fnUntraced(function* (
  context: Context,
  graph: Graph,
  element: Element,
  voice: Voice.Voice,
  dependency: (id: number) => Dependency,
): Effect.fn.Return<SandboxShell.Setting, BstError, Services> {
  const executor = yield* Executor;
  const sources = yield* ElementSources;
  const { store } = yield* Cas;
  const plan = yield* attempt(() => element.kind.plan(element.settings, element, Scope.make(graph.elements)));
  const { root, environment } = yield* executor.prepare({
    element,
    plan,
    dependency,
    sources: sources
      .stage(element, Fetching.manner(context))
      .pipe(Effect.flatMap((digest) => attempt(() => ObjectStore.readDirectory(store, digest)))),
    cacheBuildTrees: "never",
    voice,
  });
  return { root, environment, cwd: plan.workingDirectory, marked: plan.markedDirectories };
});

/** What a build left: the root that its artifact kept. */
const buildTree = Effect.fnUntraced(function* (
  context: Context,
  speaking: Speaking,
  target: string,
): Effect.fn.Return<Start, BstError, Services> {
  const { voice } = speaking;
  const cache = yield* ArtifactCache;
  const selected = yield* Selected.select(context, voice, { words: [target], deps: "none", artifacts: true });
  const [item] = yield* Pulling.items(context, speaking, selected);
  if (item?.artifact === undefined) {
    return yield* new BstError({
      domain: "STREAM",
      reason: "missing-buildtree-artifact-not-cached",
      message: `There is no artifact of ${target}, here or on a server`,
      hint: `Build it: bst --cache-buildtrees always build ${target}`,
    });
  }
  const { artifact } = item;
  if (artifact.buildRoot !== undefined && !(yield* cache.hasTree(artifact.buildRoot))) {
    return yield* new BstError({
      domain: "STREAM",
      reason: "missing-buildtree-artifact-buildtree-not-cached",
      message: `The artifact of ${target} is here, but not its build tree`,
      hint: "Download it with --pull-buildtrees, or build the element again.",
    });
  }
  const element = yield* elementOf(context, item, artifact);
  const setting = yield* SandboxShell.fromBuildTree(artifact, element);
  if (!artifact.buildSuccess) voice.say("warning", "using a buildtree from a failed build.");
  return { element, setting, key: artifact.strongKey, keyIsStrict: artifact.strongKey === artifact.strictKey };
});

const elementOf = Effect.fnUntraced(function* (
  context: Context,
  item: Items.Item,
  artifact: Artifact,
): Effect.fn.Return<Element, BstError, Services> {
  if (item.element !== undefined) return item.element;
  if (item.name !== undefined) return yield* Staged.elementOf(0, item.name, artifact, context.host);
  return yield* new BstError({ domain: "STREAM", reason: null, message: `${item.label} is no artifact` });
});

function onlyBuildTrees(): BstError {
  return new BstError({
    domain: "STREAM",
    reason: "only-buildtrees-supported",
    message: "Only the build tree of an artifact that is named by its key can be entered",
    hint: "Use --use-buildtree, or name the element.",
  });
}

function whileLaunching(error: BstError): BstError {
  return new BstError({
    domain: "APP",
    reason: error.reason === null ? null : foreign(error.reason),
    message: `Error launching shell: ${ErrorReport.headline(error)}`,
    detail: error.detail,
    hint: error.hint,
  });
}
