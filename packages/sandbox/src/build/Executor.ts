/**
 * Carries out the plan of an element on this machine and stores what came of it.
 *
 * A root is a tree in memory until a command needs it. What fails while staging leaves nothing; what fails while assembling is an artifact too: a
 * failed build, with its log and (unless they are never kept) its build tree, so that it is not tried again and can be looked at.
 *
 * Messages have BuildStream's names and order, since people's scripts read them.
 */
import type { Artifact } from "@millrace/core/artifact/Artifact";
import { BstError, raise } from "@millrace/core/error/BstError";
import type { Plan, Step } from "@millrace/core/plan/Plan";
import * as Diff from "@millrace/core/tree/Diff";
import * as Draft from "@millrace/core/tree/Draft";
import * as Import from "@millrace/core/tree/Import";
import type * as Overlaps from "@millrace/core/tree/Overlaps";
import * as Paths from "@millrace/core/tree/Paths";
import * as Tree from "@millrace/core/tree/Tree";
import * as Dump from "@millrace/core/yaml/Dump";
import * as Context from "effect/Context";
import * as Effect from "effect/Effect";
import * as Layer from "effect/Layer";
import { ArtifactCache } from "../artifacts/ArtifactCache.ts";
import * as Cas from "../cas/Cas.ts";
import * as ObjectStore from "../cas/ObjectStore.ts";
import * as HostedBuild from "../plugins/HostedBuild.ts";
import { Roots } from "../staging/Roots.ts";
import type * as Batch from "./Batch.ts";
import * as Collecting from "./Collecting.ts";
import * as Commands from "./Commands.ts";
import * as Composing from "./Composing.ts";
import type { Job } from "./Job.ts";
import * as Moving from "./Moving.ts";
import * as Record from "./Record.ts";
import * as Running from "./Running.ts";
import * as Staging from "./Staging.ts";
import type { Means, State } from "./State.ts";

/** A staged sandbox, not yet run: what `bst shell --build` starts from. */
export interface Prepared {
  readonly root: Running.Root;
  /** The plan's environment with its digest variables. */
  readonly environment: Readonly<Record<string, string>>;
}

export interface ExecutorShape {
  /** Builds an element and stores its artifact. A failed build is stored as such and then fails with its error. */
  readonly build: (job: Job) => Effect.Effect<Artifact, BstError>;
  /** Stages an element for its build, and runs nothing of its own. */
  readonly prepare: (job: Omit<Job, "keys" | "buildScope">) => Effect.Effect<Prepared, BstError>;
  /**
   * Stages the artifacts of elements at the root, and integrates them when asked: a run-time root, for shells and checkouts.
   */
  readonly stageRun: (
    job: Pick<Job, "element" | "dependency" | "voice">,
    elements: readonly number[],
    integrate: boolean,
  ) => Effect.Effect<Running.Root, BstError>;
}

export class Executor extends Context.Service<Executor, ExecutorShape>()("@millrace/sandbox/build/Executor") {
  static readonly layer: Layer.Layer<Executor, never, Cas.Cas | Roots | ArtifactCache> = Layer.effect(
    Executor,
    Effect.gen(function* () {
      const { store, bring } = yield* Cas.Cas;
      const roots = yield* Roots;
      const cache = yield* ArtifactCache;
      return {
        build: (job) => build({ store, roots, bring, job }, cache),
        prepare: Effect.fn("Executor.prepare")(function* (job) {
          const whole = { ...job, keys: { strong: "", strict: "", weak: "" }, buildScope: [] };
          const state = yield* begin({ store, roots, bring, job: whole });
          const hosted = HostedBuild.settingsOf(job.plan);
          if (hosted === undefined) for (const step of job.plan.stage) yield* perform(state, step);
          else yield* HostedBuild.build(benchOf(state), hosted, true);
          return { root: { tree: state.tree, base: state.base ?? state.tree }, environment: state.environment };
        }),
        stageRun: Effect.fn("Executor.stageRun")(function* (job, elements, integrate) {
          const whole: Job = {
            ...job,
            plan: { ...runPlan, environment: Object.fromEntries(job.element.environment) },
            keys: { strong: "", strict: "", weak: "" },
            buildScope: [],
            sources: Effect.succeed(Tree.empty),
            cacheBuildTrees: "never",
          };
          const state = yield* begin({ store, roots, bring, job: whole });
          yield* perform(state, {
            type: "stage-artifacts",
            elements,
            at: "/",
            overlapAction: "warning",
            label: "Staging dependencies",
          });
          if (integrate) yield* perform(state, { type: "integrate", elements, label: "Integrating sandbox" });
          return { tree: state.tree, base: state.tree };
        }),
      };
    }),
  );
}

const runPlan: Plan = {
  environment: {},
  workingDirectory: "/",
  markedDirectories: [],
  digestVariables: [],
  stage: [],
  assemble: [],
  collect: "/",
  runsCommands: true,
};

const build = Effect.fn("Executor.build")(function* (
  means: Means,
  cache: ArtifactCache["Service"],
): Effect.fn.Return<Artifact, BstError> {
  const { store } = means;
  const { element, plan, voice } = means.job;
  const state = yield* begin(means);
  const hosted = HostedBuild.settingsOf(plan);
  if (hosted !== undefined) {
    const built = yield* HostedBuild.build(benchOf(state), hosted, false);
    if (built.failure !== undefined && !isResult(built.failure)) return yield* built.failure;
    for (const tree of built.subsandboxes)
      state.subsandboxes = [...state.subsandboxes, yield* Cas.attempt(() => ObjectStore.putTree(store, tree))];
    return yield* keep(state, cache, built.failure, built.collects);
  }
  voice.say("log", `Build environment for element ${element.name}`, {
    detail: Dump.dump(new Map(Object.entries(state.environment))),
  });
  for (const step of plan.stage) yield* perform(state, step);
  const failure = yield* assemble(state).pipe(
    Effect.as(undefined),
    // What the sandbox itself could not do is no result of the build.
    Effect.catch((error) => (isResult(error) ? Effect.succeed(error) : Effect.fail(error))),
  );
  return yield* keep(state, cache, failure, true);
});

/** Stores what came of a build; `collects` says whether there is to be anything in it. */
const keep = Effect.fnUntraced(function* (
  state: State,
  cache: ArtifactCache["Service"],
  failure: BstError | undefined,
  collects: boolean,
): Effect.fn.Return<Artifact, BstError> {
  const { store, job } = state;
  const { element, plan, voice } = job;
  const artifact = yield* voice.activity(
    "Caching artifact",
    Effect.gen(function* () {
      const outcome = yield* Collecting.outcome(state, failure, collects);
      const artifact = yield* Cas.attempt(() => Record.make(store, job, outcome));
      yield* cache.store(artifact, element.project.name, element.name);
      return artifact;
    }),
  );
  if (failure !== undefined) return yield* failure;
  if (collects && artifact.files === undefined)
    return yield* new BstError({
      domain: "ELEMENT",
      reason: null,
      message: `Directory '${plan.collect}' is not in the sandbox of ${element.fullName}, so there is nothing to collect`,
      hint: "Let the commands install into it, or make it.",
    });
  return artifact;
});

/** A build as a plugin of another process works on it. */
function benchOf(state: State): HostedBuild.Bench {
  return Object.assign(state, {
    perform: (step: Step) => perform(state, step),
    stage: (step: Staging.StageArtifacts) => stageArtifacts(state, step),
    run: (batch: Batch.Batch, readOnlyRoot: boolean, other?: HostedBuild.OtherRoot) => {
      const setting = Commands.setting(state);
      if (other !== undefined) {
        const { tree, marked } = other;
        return Running.run({ ...setting, marked }, { tree, base: tree }, batch, readOnlyRoot);
      }
      const root = { tree: state.tree, base: state.base ?? state.tree };
      return Running.run(setting, root, batch, readOnlyRoot);
    },
  });
}

/** Whether a failure says something about the element, so that the failed build is worth keeping. */
function isResult(error: BstError): boolean {
  return error.domain === "ELEMENT" || error.reason === "command-failed" || error.reason === "missing-command";
}

/** The sandbox configured: the environment with its digest variables. */
const begin = Effect.fnUntraced(function* (means: Means): Effect.fn.Return<State, BstError> {
  const { job, store } = means;
  const { plan, voice } = job;
  const state: State = {
    ...means,
    environment: { ...plan.environment },
    subsandboxes: [],
    tree: Tree.empty,
    base: undefined,
    sessions: [],
    snapshot: undefined,
    composition: undefined,
    sources: undefined,
  };
  for (const { name, elements } of plan.digestVariables) {
    const step = { type: "stage-artifacts", elements, at: "/", overlapAction: "warning" } as const;
    const staged = yield* voice.activity(
      `Staging dependencies for '${name}' in subsandbox`,
      Staging.stage(store, job, Tree.empty, step, []),
      { silent: true },
    );
    const digest = yield* Cas.attempt(() => ObjectStore.putTree(store, staged.tree));
    state.environment[name] = `${digest.hash}/${digest.size}`;
    state.subsandboxes = [...state.subsandboxes, digest];
  }
  return state;
});

/** Assembly, with run steps that follow each other in one sandbox. */
const assemble = Effect.fnUntraced(function* (state: State): Effect.fn.Return<void, BstError> {
  const { assemble } = state.job.plan;
  for (let at = 0; at < assemble.length; ) {
    const step = assemble[at]!;
    if (step.type !== "run") {
      yield* perform(state, step);
      at++;
      continue;
    }
    let end = at + 1;
    for (
      let next = assemble[end];
      next?.type === "run" && next.readOnlyRoot === step.readOnlyRoot;
      next = assemble[end]
    )
      end++;
    const runs = assemble.slice(at, end).filter((run) => run.type === "run");
    yield* Commands.run(state, runs, end === assemble.length);
    at = end;
  }
});

/** Carries out one step other than a run. */
const perform = Effect.fnUntraced(function* (state: State, step: Step): Effect.fn.Return<void, BstError> {
  const { store, job } = state;
  const { voice } = job;
  const reader = ObjectStore.reader(store);
  switch (step.type) {
    case "stage-artifacts":
      yield* stageArtifacts(state, step);
      return;
    case "integrate":
      yield* Commands.integrate(state, step);
      return;
    case "stage-sources":
      state.base ??= state.tree;
      yield* voice.activity("Staging sources", stageSources(state, step.at), { silent: true });
      // An open workspace is built again and again with little changed, so its files are worth keeping extracted too.
      if (job.element.workspace !== undefined) state.base = state.tree;
      return;
    case "run":
      yield* Commands.run(state, [step], false);
      return;
    case "mkdir":
      state.tree = yield* Cas.attempt(() => Paths.makeDirectory(state.tree, step.path, reader));
      return;
    case "move":
      state.tree = yield* Cas.attempt(() => Moving.move(state, step));
      return;
    case "copy":
      state.tree = yield* Cas.attempt(() => Moving.copy(state, step));
      return;
    case "fail":
      return yield* new BstError({
        domain: "ELEMENT",
        reason: null,
        message: `${job.element.fullName}: ${step.message}`,
        detail: step.detail,
      });
    case "snapshot":
      // Which files the rules take is worked out together with what integration does to them; the log keeps the old order.
      yield* voice.activity(
        "Computing split",
        Effect.sync(() => {
          state.snapshot = state.tree;
        }),
        { silent: true },
      );
      return;
    case "select":
      yield* Composing.select(state, step);
      return;
    case "write-file":
      state.tree = yield* Cas.attempt(() => {
        const digest = ObjectStore.putBytes(store, Buffer.from(step.text, "utf8"));
        return Paths.insert(state.tree, step.path, Tree.file(digest, step.executable), reader);
      });
      return;
    case "custom":
      return yield* new BstError({
        domain: "ELEMENT",
        reason: null,
        message: `${job.element.fullName} cannot be built: its kind asks for the step '${step.handler}', which is not known here`,
        hint: "Use a kind that is built from commands, or a version of the kind's plugin that this tool knows.",
      });
  }
});

const stageArtifacts = Effect.fnUntraced(function* (
  state: State,
  step: Staging.StageArtifacts,
): Effect.fn.Return<Overlaps.Session, BstError> {
  const { store, job } = state;
  const work = Staging.stage(store, job, state.tree, step, state.sessions);
  const { label } = step;
  const staged = yield* label === undefined || label === "" ? work : job.voice.activity(label, work, { silent: true });
  state.tree = staged.tree;
  state.base = undefined;
  state.sessions = [...state.sessions, staged.session];
  return staged.session;
});

const stageSources = Effect.fnUntraced(function* (state: State, at: string): Effect.fn.Return<void, BstError> {
  const { store, job } = state;
  const reader = ObjectStore.reader(store);
  const sources = yield* job.sources;
  state.sources = sources;
  yield* Cas.attempt(() => {
    const found = Paths.find(state.tree, at, { reader });
    const there =
      found.type === "entry" && found.entry.type === "directory" ? Tree.open(found.entry, reader) : undefined;
    if (there !== undefined && there.entries.size > 0)
      raise({
        domain: "ELEMENT",
        reason: null,
        message: `Sources of ${job.element.fullName} cannot be staged at ${at}: dependencies have put something there`,
        hint: "Give the element another build-root, or stage the dependency elsewhere.",
      });
    let content = sources;
    if (job.lastBuild !== undefined) {
      job.voice.say("info", "Incremental build");
      content = Diff.carryOver(job.lastBuild.buildTree, job.lastBuild.sources, sources, reader);
    }
    const draft = Draft.open(state.tree);
    Import.intoDraft(Paths.openDraft(draft, at, reader), content, { reader });
    state.tree = Draft.freeze(draft);
  });
});
