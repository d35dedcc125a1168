/**
 * Building an element that lives in the plugin host.
 *
 * The plugin decides what happens; all of it happens here: artifacts and sources are staged into trees, commands run in our sandboxes, files are read and written in
 * the store. A job of the host asks for one thing after the other.
 */
import * as ArtifactName from "@millrace/core/artifact/ArtifactName";
import { type BstError, raise } from "@millrace/core/error/BstError";
import * as Scope from "@millrace/core/graph/Scope";
import type { Plan, Step } from "@millrace/core/plan/Plan";
import type { Directory } from "@millrace/core/tree/Directory";
import type * as Overlaps from "@millrace/core/tree/Overlaps";
import * as Paths from "@millrace/core/tree/Paths";
import * as SplitRules from "@millrace/core/tree/SplitRules";
import * as Tree from "@millrace/core/tree/Tree";
import * as BlockText from "@millrace/core/yaml/Dump";
import * as Node from "@millrace/core/yaml/Node";
import * as Effect from "effect/Effect";
import * as Batch from "../build/Batch.ts";
import type { Job } from "../build/Job.ts";
import * as PublicData from "../build/PublicData.ts";
import type { Ran } from "../build/Running.ts";
import * as Staging from "../build/Staging.ts";
import * as Cas from "../cas/Cas.ts";
import * as ObjectStore from "../cas/ObjectStore.ts";
import { handler, type Settings } from "./HostedElement.ts";
import * as JobLine from "./JobLine.ts";
import * as Questions from "./Questions.ts";
import * as TreeQuestions from "./TreeQuestions.ts";
import * as Wire from "./Wire.ts";

/** The build as the executor keeps it. */
export interface Bench {
  readonly store: ObjectStore.ObjectStore;
  /** Brings blobs that are behind the store. */
  readonly bring: Cas.CasShape["bring"];
  job: Job;
  environment: Record<string, string>;
  tree: Directory;
  /** Carries out a step that is not a run. */
  readonly perform: (step: Step) => Effect.Effect<void, BstError>;
  /** Stages artifacts into the tree. */
  readonly stage: (step: Staging.StageArtifacts) => Effect.Effect<Overlaps.Session, BstError>;
  /** Runs commands on the root, or on the tree of another sandbox. */
  readonly run: (batch: Batch.Batch, readOnlyRoot: boolean, other?: OtherRoot) => Effect.Effect<Ran, BstError>;
}

/** A sandbox beside the element's own. */
export interface OtherRoot {
  readonly tree: Directory;
  readonly marked: readonly string[];
}

/** How it ended. */
export interface Outcome {
  /** A failure of the element itself, which is recorded. */
  readonly failure: BstError | undefined;
  /** Whether there is anything to collect. */
  readonly collects: boolean;
  /** Trees of other sandboxes that took part. */
  readonly subsandboxes: readonly Directory[];
}

/** The element in the host that a plan is for; undefined for plans that say what to do. */
export function settingsOf(plan: Plan): Settings | undefined {
  const step = plan.stage[0];
  return step?.type === "custom" && step.handler === handler ? (step.settings as Settings) : undefined;
}

interface Subsandbox {
  tree: Directory;
  sessions: readonly Overlaps.Session[];
}

interface Work {
  readonly bench: Bench;
  readonly asking: Questions.Asking;
  readonly subsandboxes: Subsandbox[];
  staged: boolean;
}

/** Builds; what fails before assembly is a failure of the effect. `onlyStage` ends after staging. */
export const build = Effect.fnUntraced(function* (
  bench: Bench,
  { host, number }: Settings,
  onlyStage: boolean,
): Effect.fn.Return<Outcome, BstError> {
  const { element, voice, dependency } = bench.job;
  const work: Work = {
    bench,
    asking: {
      variables: element.variables,
      environment: element.environment,
      public: element.public,
      direct: element.dependencies.filter(Scope.isBuild).map((needed) => needed.element),
      element: (id) => (id === element.id ? element : dependency(id).element),
      sources: element.sources,
      host,
    },
    subsandboxes: [],
    staged: false,
  };
  const open: ((succeeded: boolean) => void)[] = [];
  const result = yield* Effect.result(
    JobLine.run({
      host,
      verb: "build",
      args: { element: number, onlyStage },
      what: `while '${element.fullName}' was built`,
      logFile: voice.logFile,
      answer: (question, args) => Cas.raisable(Effect.suspend(() => answer(work, question, args))),
      hear: (message) => hear(work, message, open),
    }),
  );
  const { subsandboxes } = work;
  const trees = subsandboxes.map(({ tree }) => tree);
  if (result._tag === "Failure") {
    const error = result.failure;
    if (!work.staged) return yield* error;
    return { failure: error, collects: false, subsandboxes: trees };
  }
  const { collect, public: data } = Wire.record(result.success);
  const { job } = bench;
  bench.job = {
    ...job,
    plan: {
      ...job.plan,
      collect: typeof collect === "string" && collect !== "" ? collect : "/",
      publicData: data === null || data === undefined ? undefined : (fromData(data) as Node.Mapping),
    },
  };
  return { failure: undefined, collects: typeof collect === "string", subsandboxes: trees };
});

function answer(work: Work, question: string, args: Wire.Arguments): Effect.Effect<Wire.Data, BstError> {
  const { bench, asking } = work;
  const { store, job } = bench;
  const other = typeof args["element"] === "number" ? job.dependency(args["element"]) : undefined;
  switch (question) {
    case "public":
      return publicData(work, args);
    case "configured":
      return Effect.sync(() => configured(bench, args));
    case "staged":
      return Effect.sync(() => {
        work.staged = true;
        return null;
      });
    case "stage-artifacts":
      return stageArtifacts(work, args);
    case "stage-sources":
      return Effect.as(bench.perform({ type: "stage-sources", at: Wire.text(args["path"]) }), null);
    case "subsandbox":
      return Effect.sync(() => work.subsandboxes.push({ tree: Tree.empty, sessions: [] }));
    case "run":
      return runItems(work, args);
    case "artifact-name": {
      const { project, name } = other?.element ?? job.element;
      const key = typeof args["key"] === "string" ? args["key"] : (other?.strongKey ?? job.keys.strong);
      return Effect.sync(() => ArtifactName.format(ArtifactName.make(project.name, name, key)));
    }
    case "manifest":
      return manifest(work, args);
    case "warn":
      return Cas.attempt(() => {
        const detail = typeof args["detail"] === "string" ? args["detail"] : undefined;
        const brief = Wire.text(args["brief"]);
        if (typeof args["token"] === "string") Staging.warn(job, args["token"], brief, detail);
        else job.voice.say("warning", brief, { detail });
        return null;
      });
    case "project-path":
      return Cas.attempt(() => Questions.projectPath(job.element.project.files, args));
    default: {
      const known = Questions.answer(asking, question, args);
      if (known !== undefined) return Effect.succeed(known.is);
      const roots: TreeQuestions.Roots = {
        get: (root) => rootOf(work, root),
        set: (root, tree) => {
          if (root === 0) bench.tree = tree;
          else sandboxOf(work, root).tree = tree;
        },
        bring: bench.bring,
      };
      return TreeQuestions.answer(store, roots, question, args);
    }
  }
}

function sandboxOf(work: Work, number: number): Subsandbox {
  return (
    work.subsandboxes[number - 1] ??
    raise({
      domain: "PLUGIN",
      reason: null,
      message: `A plugin used a sandbox with the number ${number}, which is none`,
    })
  );
}

function rootOf(work: Work, number: number): Directory {
  return number === 0 ? work.bench.tree : sandboxOf(work, number).tree;
}

function configured(bench: Bench, args: Wire.Arguments): Wire.Data {
  const { job } = bench;
  const environment = Object.fromEntries(
    Object.entries(Wire.record(args["environment"])).map(([name, value]) => [name, Wire.text(value)]),
  );
  bench.environment = environment;
  bench.job = {
    ...job,
    plan: {
      ...job.plan,
      environment,
      workingDirectory: Wire.text(args["workingDirectory"]),
      markedDirectories: Wire.texts(args["marked"]) ?? [],
    },
  };
  job.voice.say("log", `Build environment for element ${job.element.name}`, {
    detail: BlockText.dump(new Map(Object.entries(environment))),
  });
  return null;
}

const overlapActions = ["error", "warning", "ignore"] as const;

const stageArtifacts = Effect.fnUntraced(function* (
  work: Work,
  args: Wire.Arguments,
): Effect.fn.Return<Wire.Data, BstError> {
  const { bench } = work;
  const action = overlapActions.find((known) => known === args["action"]) ?? "warning";
  const include = Wire.texts(args["include"]);
  const exclude = Wire.texts(args["exclude"]);
  const step: Staging.StageArtifacts = {
    type: "stage-artifacts",
    elements: Wire.list(args["elements"]).map(Number),
    at: Wire.text(args["path"]),
    overlapAction: action,
    split: { include, exclude, orphans: args["orphans"] !== false },
    listWritten: args["report"] === true,
  };
  const number = Number(args["sandbox"]);
  if (number === 0) return reported(yield* bench.stage(step));
  const sandbox = sandboxOf(work, number);
  const staged = yield* Staging.stage(bench.store, bench.job, sandbox.tree, step, sandbox.sessions);
  sandbox.tree = staged.tree;
  sandbox.sessions = [...sandbox.sessions, staged.session];
  return reported(staged.session);
});

/** What a plugin is told of a staging; paths are listed only where it asked for them. */
function reported({ staged }: Overlaps.Session): Wire.Data {
  const reports = staged.map(({ report }) => report).filter((report) => report.written !== undefined);
  return {
    written: reports.flatMap((report) => report.written ?? []),
    overwritten: reports.flatMap((report) => report.overwritten),
    ignored: reports.flatMap((report) => report.ignored),
  };
}

function items(list: readonly Wire.Data[]): readonly Batch.Item[] {
  return list.flatMap((data): readonly Batch.Item[] => {
    const item = Wire.record(data);
    switch (item["type"]) {
      case "group":
        return items(Wire.list(item["items"]));
      case "touch":
        return [{ type: "touch", name: Wire.text(item["name"]) }];
      case "clean":
        return [{ type: "clean", path: Wire.text(item["path"]) }];
      default: {
        const environment: Record<string, string> = {};
        for (const [name, value] of Object.entries(Wire.record(item["environment"])))
          if (name !== "PWD") environment[name] = Wire.text(value);
        return [
          {
            type: "command",
            argv: Wire.texts(item["argv"]) ?? [],
            label: Wire.text(item["label"]),
            cwd: Wire.text(item["cwd"]),
            environment,
          },
        ];
      }
    }
  });
}

const runItems = Effect.fnUntraced(function* (work: Work, args: Wire.Arguments): Effect.fn.Return<Wire.Data, BstError> {
  const { bench } = work;
  const all = items(Wire.list(args["items"]));
  const single = args["single"] === true;
  const number = Number(args["sandbox"]);
  const inner = number === 0 ? undefined : yield* Cas.attempt(() => sandboxOf(work, number));
  const place = inner ?? bench;
  const batch = Batch.make(all);
  if (batch === undefined) {
    // A batch is a script, and without a command there is none: what else is in it does not happen.
    if (single) place.tree = yield* Cas.attempt(() => withoutCommands(bench.store, place.tree, all, args));
    return { code: 0 };
  }
  const marked = Wire.texts(args["marked"]) ?? [];
  const ran = yield* bench.run(
    single ? alone(all, batch) : batch,
    args["readOnly"] === true,
    inner && { tree: inner.tree, marked },
  );
  place.tree = ran.tree;
  return { code: ran.exitCode, label: batch.detail };
});

/** A command by itself: no shell is between, and a plugin wants to see its exit code. */
function alone(all: readonly Batch.Item[], batch: Batch.Batch): Batch.Batch {
  const command = all.find((item) => item.type === "command");
  return command === undefined ? batch : { ...batch, argv: command.argv };
}

/** A tree after what is no command. */
function withoutCommands(
  store: ObjectStore.ObjectStore,
  tree: Directory,
  all: readonly Batch.Item[],
  args: Wire.Arguments,
): Directory {
  const reader = ObjectStore.reader(store);
  return all.reduce((before, item) => {
    if (item.type === "touch") {
      const digest = ObjectStore.putBytes(store, new Uint8Array());
      return Paths.insert(before, `${Wire.text(args["cwd"])}/${item.name}`, Tree.file(digest), reader);
    }
    if (item.type !== "clean" || !Paths.exists(before, item.path, { reader })) return before;
    const without = Paths.remove(before, item.path, { reader, recursive: true });
    return Paths.makeDirectory(without, item.path, reader);
  }, tree);
}

const publicData = Effect.fnUntraced(function* (
  work: Work,
  args: Wire.Arguments,
): Effect.fn.Return<Wire.Data, BstError> {
  const { store, job } = work.bench;
  const id = args["element"];
  let data = job.element.public;
  if (typeof id === "number" && id !== job.element.id) {
    const dependency = job.dependency(id);
    const artifact = yield* Staging.artifactOf(dependency);
    data = yield* Cas.attempt(() => PublicData.of(store, artifact, dependency.element));
  }
  const files = Wire.files();
  const node = Wire.node(data, files);
  return { node, files: files.names };
});

const manifest = Effect.fnUntraced(function* (work: Work, args: Wire.Arguments): Effect.fn.Return<Wire.Data, BstError> {
  const { store, job } = work.bench;
  const dependency = job.dependency(Number(args["element"]));
  const artifact = yield* Staging.artifactOf(dependency);
  return yield* Cas.attempt(() => {
    if (artifact.files === undefined) return [];
    const rules = PublicData.splitRules(PublicData.of(store, artifact, dependency.element));
    const split = {
      include: Wire.texts(args["include"]),
      exclude: Wire.texts(args["exclude"]),
      orphans: args["orphans"] !== false,
    };
    const reader = ObjectStore.reader(store);
    return SplitRules.manifest(rules, split, ObjectStore.readDirectory(store, artifact.files), reader);
  });
});

function hear(work: Work, message: Wire.Arguments, open: ((succeeded: boolean) => void)[]): void {
  const { voice } = work.bench.job;
  const text = Wire.text(message["brief"]);
  const detail = typeof message["detail"] === "string" ? message["detail"] : undefined;
  switch (message["level"]) {
    case "start":
      open.push(voice.begin(text, { detail, silent: message["silent"] === true }));
      return;
    case "success":
    case "failure":
      open.pop()?.(message["level"] === "success");
      return;
    case "status":
    case "info":
    case "log":
    case "debug":
      voice.say(message["level"], text, { detail });
  }
}

/** Plain data as a node. */
function fromData(data: Wire.Data): Node.Node {
  if (Array.isArray(data)) return Node.sequence((data as readonly Wire.Data[]).map(fromData));
  if (typeof data === "object" && data !== null)
    return Node.mapping(Object.entries(data).map(([name, value]) => [name, fromData(value as Wire.Data)] as const));
  return Node.scalar(typeof data === "boolean" || typeof data === "number" ? data : Wire.text(data));
}
