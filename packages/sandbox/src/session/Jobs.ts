/**
 * What the jobs of each queue do, and what the scheduler learns from them.
 *
 * A job ends in one of three ways: it did something (facts), there was nothing to do ({@link Skipped}), or it failed. A failed build that was cached
 * fails with {@link FailedBuild}, so that its facts are not lost with the failure.
 */
import type { Artifact } from "@millrace/core/artifact/Artifact";
import type { GraphView } from "@millrace/core/element/ElementKind";
import { BstError } from "@millrace/core/error/BstError";
import type { Action } from "@millrace/core/event/Event";
import type * as Knowledge from "@millrace/core/schedule/Knowledge";
import * as Effect from "effect/Effect";
import type { ArtifactCache } from "../artifacts/ArtifactCache.ts";
import { Cas } from "../cas/Cas.ts";
import type { Locations } from "../cas/Locations.ts";
import type { Progress } from "../fetch/SourceDriver.ts";
import { ElementSources, type Manner, type Tracked } from "../sources/ElementSources.ts";
import { Builder } from "./Builder.ts";
import { Remotes } from "./Remotes.ts";
import * as Table from "./Table.ts";
import type * as Voice from "./Voice.ts";

/** A job that found nothing to do. */
export class Skipped {
  readonly _tag = "Skipped";
  readonly reason: string;
  readonly facts: Knowledge.Facts;
  constructor(reason: string, facts: Knowledge.Facts) {
    this.reason = reason;
    this.facts = facts;
  }
}

/** A build that failed and left something to look into. */
export class FailedBuild {
  readonly _tag = "FailedBuild";
  readonly error: BstError;
  readonly facts: Knowledge.Facts;
  constructor(error: BstError, facts: Knowledge.Facts) {
    this.error = error;
    this.facts = facts;
  }
}

export type Failure = BstError | Skipped | FailedBuild;

export type Needs = ArtifactCache | ElementSources | Builder | Cas | Locations;

export interface Context {
  readonly table: Table.Table;
  readonly view: GraphView;
  /** Whether the session builds (failed artifacts may be dropped then). */
  readonly building: boolean;
  /** Whether fetching is for the upstream data. */
  readonly original: boolean;
  /** Elements whose build was tried in this session: a cached failure is raised again only before that. */
  readonly tried: Set<number>;
  /** What is done with refs that tracking found. */
  readonly tracked: (element: number, refs: readonly Tracked[]) => Effect.Effect<void, BstError>;
  /** Progress of downloads. */
  readonly bytes: (done: number, total: number | undefined) => void;
}

/** Source drivers speak through the job's voice, as sources: with the element's name but no key of their own. */
export function manner(table: Table.Table, id: number, voice: Voice.Voice, bytes: Context["bytes"]): Manner {
  const { fetchPolicy, trackPolicy } = table.settings;
  const speaker = { ...Table.subject(table, id), key: null };
  const report = (progress: Progress) => {
    switch (progress.type) {
      case "bytes":
        bytes(progress.done, progress.total);
        break;
      case "success":
      case "failure":
        voice.say(progress.type, progress.text, { speaker, elapsed: progress.elapsed });
        break;
      case "warning":
        voice.say("warning", progress.text, { speaker, detail: progress.detail });
        break;
      default:
        voice.say(progress.type, progress.text, { speaker });
    }
  };
  return { fetchPolicy, trackPolicy, report };
}

const track = Effect.fnUntraced(function* (context: Context, id: number, voice: Voice.Voice) {
  const sources = yield* ElementSources;
  const element = context.table.graph.elements[id]!;
  const refs = yield* sources.track(element, manner(context.table, id, voice, context.bytes));
  const speaker = { ...Table.subject(context.table, id), key: null };
  for (const { ref, changed } of refs) {
    if (changed)
      voice.say("info", `Found new revision: ${typeof ref === "string" ? ref : JSON.stringify(ref)}`, { speaker });
  }
  yield* context.tracked(id, refs);
  if (refs.every(({ ref }) => ref === undefined))
    return yield* Effect.fail(new Skipped("Element sources are not trackable", {}));
  return {};
});

const pull = Effect.fnUntraced(function* (context: Context, id: number, voice: Voice.Voice) {
  const { table } = context;
  const remotes = yield* Remotes;
  const element = table.graph.elements[id]!;
  const pulled = yield* remotes.pull(element, Table.pulledKeys(table, id), voice).pipe(
    // What cannot be pulled can still be built.
    Effect.catch((error) =>
      context.building
        ? Effect.sync(() => {
            voice.say("warning", error.message, { detail: error.detail });
            return false;
          })
        : Effect.fail(error),
    ),
  );
  const unanswered = pulled || context.building ? undefined : remotes.unanswered(element.project.name);
  if (unanswered !== undefined) return yield* unanswered;
  yield* Table.queryAfterPull(table, id, context.building, voice);
  const entry = table.entries[id]!;
  if (entry.artifact === undefined && context.building && entry.sources === "unknown")
    yield* Table.querySources(table, id, manner(table, id, voice, context.bytes), context.original);
  // Who asked for a push is told where there is nothing to push.
  const push = context.building ? yield* Table.pushable(table, id) : remotes.canPush(element);
  const facts = { ...Table.facts(table, id), push };
  // A failed build that is to be tried again was pulled for nothing.
  return pulled && entry.artifact !== undefined ? facts : yield* Effect.fail(new Skipped("Pull", facts));
});

const fetch = Effect.fnUntraced(function* (context: Context, id: number, voice: Voice.Voice) {
  const { table, original } = context;
  const sources = yield* ElementSources;
  const element = table.graph.elements[id]!;
  const how = manner(table, id, voice, context.bytes);
  if (original) yield* sources.fetchOriginals(element, how);
  yield* sources.stage(element, how);
  const here: Knowledge.Sources = original ? "both" : "staged";
  Table.learn(table, id, { sources: here });
  const remotes = yield* Remotes;
  return { sources: here, sourcePush: remotes.canPushSources(element) };
});

/** Copies the logs of a cached failed build into this job's log, and fails as it did. */
const fail = Effect.fnUntraced(function* (artifact: Artifact, facts: Knowledge.Facts, voice: Voice.Voice) {
  const cas = yield* Cas;
  for (const log of artifact.logs) {
    const bytes = yield* cas.read(log.digest);
    voice.write(new TextDecoder().decode(bytes));
  }
  const { buildError: message, buildErrorDetails: detail } = artifact;
  const error = new BstError({ domain: "ELEMENT", reason: null, message, detail });
  return yield* Effect.fail(new FailedBuild(error, facts));
});

const build = Effect.fnUntraced(function* (context: Context, id: number, voice: Voice.Voice) {
  const { table, view, tried } = context;
  const remotes = yield* Remotes;
  const element = table.graph.elements[id]!;
  const push = remotes.canPush(element);
  const cached = table.entries[id]!.artifact;
  const again = tried.has(id);
  tried.add(id);
  if (cached !== undefined && !cached.buildSuccess && !again)
    return yield* fail(cached, { artifact: "failure", push: yield* Table.pushable(table, id) }, voice);
  const strong = table.strong.compute(id);
  const strict = table.keys.strict[id];
  const weak = table.keys.weak[id];
  if (strong === undefined || strict === undefined || weak === undefined)
    return yield* Effect.die(new Error(`${element.fullName} is built without keys`));
  const builder = yield* Builder;
  const { artifact, error } = yield* builder.build({
    graph: table.graph,
    view,
    element,
    keys: { strong, strict, weak },
    artifactOf: (dependency) => {
      const found = table.entries[dependency]!.artifact;
      if (found === undefined) throw new Error(`${element.fullName} is built before what it needs`);
      return found;
    },
    voice,
  });
  Table.learn(table, id, { artifact });
  yield* Table.keepInputs(table, id);
  if (error !== undefined) return yield* Effect.fail(new FailedBuild(error, { artifact: "failure", push }));
  return { artifact: "present", push } as const;
});

const push = Effect.fnUntraced(function* (context: Context, id: number, voice: Voice.Voice) {
  const remotes = yield* Remotes;
  const element = context.table.graph.elements[id]!;
  const pushed = yield* remotes.push(element, Table.fullKey(context.table, id), voice);
  return pushed ? {} : yield* Effect.fail(new Skipped("Push", {}));
});

const pushSources = Effect.fnUntraced(function* (context: Context, id: number, voice: Voice.Voice) {
  const remotes = yield* Remotes;
  const pushed = yield* remotes.pushSources(context.table.graph.elements[id]!, voice);
  return pushed ? {} : yield* Effect.fail(new Skipped("Src-push", {}));
});

const query = Effect.fnUntraced(function* (context: Context, id: number, voice: Voice.Voice) {
  yield* Table.queryArtifact(context.table, id, context.building, voice);
  yield* Table.querySources(context.table, id, manner(context.table, id, voice, context.bytes), context.original);
  return Table.facts(context.table, id);
});

/** The work of a job; what it gives is what the scheduler learns. */
export function perform(
  context: Context,
  action: Action,
  id: number,
  voice: Voice.Voice,
): Effect.Effect<Knowledge.Facts, Failure, Needs> {
  switch (action) {
    case "cache-query":
      return query(context, id, voice);
    case "track":
      return track(context, id, voice);
    case "pull":
      return pull(context, id, voice);
    case "fetch":
      return fetch(context, id, voice);
    case "build":
      return build(context, id, voice);
    case "push":
      return push(context, id, voice);
    case "src-push":
      return pushSources(context, id, voice);
  }
}
