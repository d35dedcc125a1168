/**
 * The steps that run commands: those of the element itself, as one batch for the steps that follow each other, and the integration of what it is built on.
 *
 * A workspace that was configured before leaves its configuring commands out; a mark in its build tree says so.
 */
import type { BstError } from "@millrace/core/error/BstError";
import type { Step } from "@millrace/core/plan/Plan";
import * as Draft from "@millrace/core/tree/Draft";
import * as Paths from "@millrace/core/tree/Paths";
import * as Effect from "effect/Effect";
import * as Cas from "../cas/Cas.ts";
import * as ObjectStore from "../cas/ObjectStore.ts";
import * as Batch from "./Batch.ts";
import * as Composing from "./Composing.ts";
import * as PublicData from "./PublicData.ts";
import * as Running from "./Running.ts";
import * as Staging from "./Staging.ts";
import type { State } from "./State.ts";

/** A step of commands. */
export type Run = Step & { readonly type: "run" };

/** Runs the commands of steps that follow each other, in one sandbox; `last` when nothing runs after them. */
export const run = Effect.fnUntraced(function* (
  state: State,
  steps: readonly Run[],
  last: boolean,
): Effect.fn.Return<void, BstError> {
  const { job, store } = state;
  const { plan, element } = job;
  const items: Batch.Item[] = [];
  const reader = ObjectStore.reader(store);
  const buildRoot = element.variables.get("build-root") ?? "/";
  const configured =
    element.workspace !== undefined &&
    (yield* Cas.attempt(() => Paths.exists(state.tree, `${buildRoot}/${prepared}`, { reader })));
  const commands = steps.flatMap((step) => step.commands);
  const afterConfiguring = commands.findLastIndex((command) => command.configures === true);
  // With nothing to configure it counts as done from the start.
  if (afterConfiguring === -1 && commands.length > 0 && element.workspace !== undefined)
    items.push({ type: "touch", name: prepared });
  for (const [index, command] of commands.entries()) {
    if (configured && command.configures === true) continue;
    items.push(Batch.command(command, { cwd: plan.workingDirectory, environment: state.environment }));
    if (index === afterConfiguring && element.workspace !== undefined) items.push({ type: "touch", name: prepared });
  }
  const keeps = element.workspace !== undefined || job.cacheBuildTrees === "always";
  if (last && !keeps && plan.buildRoot !== undefined) items.push({ type: "clean", path: plan.buildRoot });
  const batch = Batch.make(items);
  if (batch === undefined) return;
  const root = { tree: state.tree, base: state.base ?? state.tree };
  const ran = yield* Running.run(setting(state), root, batch, steps[0]?.readOnlyRoot === true);
  state.tree = ran.tree;
  if (ran.failed) return yield* Running.commandFailed();
});

/** Remembers in a workspace's build tree that it was configured. */
const prepared = ".bst-prepared";

/** How batches of an element run. */
export function setting({ store, roots, job, subsandboxes }: State): Running.Setting {
  const { element, plan, voice } = job;
  return {
    store,
    roots,
    voice,
    name: element.fullName,
    config: element.sandbox,
    marked: plan.markedDirectories,
    keepMtimes: element.workspace !== undefined,
    elsewhere: job.elsewhere,
    nested: job.nested,
    subsandboxes,
  };
}

/** Carries out the integration commands of elements, and works out what a composition that follows takes of their result. */
export const integrate = Effect.fnUntraced(function* (
  state: State,
  step: Step & { readonly type: "integrate" },
): Effect.fn.Return<void, BstError> {
  const { store, job } = state;
  const items: Batch.Item[] = [];
  for (const id of step.elements) {
    const dependency = job.dependency(id);
    const artifact = yield* Staging.artifactOf(dependency);
    const { element } = dependency;
    const commands = yield* Cas.attempt(() => PublicData.integrationCommands(PublicData.of(store, artifact, element)));
    const environment = Object.fromEntries(element.environment);
    for (const command of commands)
      items.push({ type: "command", argv: ["sh", "-e", "-c", command], label: command, cwd: "/", environment });
  }
  const batch = Batch.make(items);
  const selection = job.plan.assemble.find((other) => other.type === "select");
  const work = Effect.gen(function* () {
    if (batch !== undefined) yield* integrateRoot(state, batch);
    if (state.snapshot === undefined || selection === undefined) return;
    const composition = yield* Composing.compose(state, selection);
    state.composition = composition;
    job.voice.say("info", `Integration added ${composition.added} and removed ${composition.removed} files`);
  });
  // Compose integrates while assembling, and does not hide what happens in it.
  const silent = job.plan.stage.includes(step);
  yield* step.label === "" ? work : job.voice.activity(step.label, work, { silent });
});

/**
 * Integrates the root. The marked directories, whose names are the element's own, are made afterwards, so that the result serves every element on the
 * same root.
 */
const integrateRoot = Effect.fnUntraced(function* (state: State, batch: Batch.Batch): Effect.fn.Return<void, BstError> {
  const { store, job } = state;
  const shared = { ...setting(state), marked: [] };
  state.base = yield* Running.integrate(shared, { tree: state.tree, base: state.tree }, batch);
  const draft = Draft.open(state.base);
  yield* Cas.attempt(() => {
    for (const path of job.plan.markedDirectories) Paths.openDraft(draft, path, ObjectStore.reader(store));
  });
  state.tree = Draft.freeze(draft);
});
