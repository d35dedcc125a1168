/**
 * Artifacts that a command needs, pulled where they are missing: elements by a pull queue without a heading, artifacts that are named by their keys one by one.
 */
import type * as ArtifactName from "@millrace/core/artifact/ArtifactName";
import type { BstError } from "@millrace/core/error/BstError";
import type { Graph } from "@millrace/core/graph/Graph";
import { ArtifactCache } from "@millrace/sandbox/artifacts/ArtifactCache";
import { type Caches, Remotes, type RemotesShape, type Served } from "@millrace/sandbox/session/Remotes";
import * as Session from "@millrace/sandbox/session/Session";
import * as Voice from "@millrace/sandbox/session/Voice";
import * as Effect from "effect/Effect";
import * as ArtifactJob from "./ArtifactJob.ts";
import type { Context } from "./Context.ts";
import * as Items from "./Items.ts";
import * as Loading from "./Loading.ts";
import type { Speaking } from "./Messages.ts";
import type { Services } from "./Program.ts";
import type { Selected } from "./Selected.ts";
import * as Sessions from "./Sessions.ts";

/** A project of which only the name is known, as for artifacts that are named outside of their project. */
function nameOnly(name: string): Served {
  return { name, artifactServers: [], sourceServers: [], parent: undefined, files: { directory: "" } };
}

/** Says that servers are connected to, where nobody is asked: scripts that look for progress find the line that they know. */
export const connectToNone = (voice: Voice.Voice): Effect.Effect<void> =>
  voice.activity("Initializing remote caches", Effect.void);

const artifactCaches: Caches = { artifacts: true, sources: false };

/** Connects to the servers of projects, those of artifacts unless others are named. */
export const connect = Effect.fnUntraced(function* (
  voice: Voice.Voice,
  projects: readonly Served[],
  caches: Caches = artifactCaches,
): Effect.fn.Return<RemotesShape, BstError> {
  const remotes = yield* Remotes;
  const warn = (message: string) => voice.say("warning", message);
  yield* voice.activity("Initializing remote caches", remotes.connect(projects, caches, warn));
  return remotes;
});

/** Connects to the servers of the projects that artifacts belong to. */
export const connectFor = Effect.fnUntraced(function* (
  context: Context,
  voice: Voice.Voice,
  names: readonly ArtifactName.ArtifactName[],
): Effect.fn.Return<RemotesShape, BstError, Services> {
  const own = context.place === undefined ? [] : [(yield* Loading.load(context, voice, [])).project];
  const known = new Set(own.map((project) => project.name));
  const others = [...new Set(names.map((name) => name.project))].filter((name) => !known.has(name));
  return yield* connect(voice, [...own, ...others.map(nameOnly)]);
});

/** Pulls the named artifacts that are not in the cache; those that no server has stay away. `counts` is told. Fails with the last failure. */
export const named = Effect.fnUntraced(function* (
  context: Context,
  speaking: Speaking,
  names: readonly ArtifactName.ArtifactName[],
  counts: ArtifactJob.Tally = ArtifactJob.tally(),
): Effect.fn.Return<void, BstError, Services> {
  if (names.length === 0) return;
  const cache = yield* ArtifactCache;
  const remotes = yield* connectFor(context, speaking.voice, names);
  if (!remotes.pulls) return;
  const absent: ArtifactName.ArtifactName[] = [];
  for (const name of names) {
    const artifact = yield* cache.findComplete(name);
    const whole =
      artifact !== undefined &&
      (!remotes.buildTrees || artifact.buildTree === undefined || (yield* cache.hasTree(artifact.buildTree)));
    if (!whole) absent.push(name);
  }
  counts.skipped += names.length - absent.length;
  const pull: ArtifactJob.Work = Effect.fnUntraced(function* (name, say) {
    if ((yield* remotes.pullNamed(name, remotes.buildTrees, say)) !== undefined) return true;
    const unanswered = remotes.unanswered(name.project);
    return unanswered === undefined ? false : yield* unanswered;
  });
  yield* ArtifactJob.all(context, speaking, "pull", absent, pull, counts);
});

/** Pulls the artifacts of elements that are not in the cache; false where no server is there for it. Fails as a session does. */
const elements = Effect.fnUntraced(function* (
  context: Context,
  { voice, report }: Speaking,
  graph: Graph,
  members: readonly number[],
  caches: Caches,
): Effect.fn.Return<boolean, BstError, Services> {
  const remotes = yield* connect(voice, graph.projects, caches);
  if (!remotes.pulls) return false;
  const outcome = yield* Session.pull(graph, members, {
    settings: Sessions.settings(context, graph, false),
    conduct: { onError: context.config.scheduler.onError, person: undefined, asksAboutFailures: false },
    report,
    connected: true,
  });
  const failure = Session.failureOf(outcome);
  if (failure !== undefined) return yield* failure;
  return true;
});

/** A selection, looked up after what is not in the cache was pulled. `caches` are those that the command goes on to ask. */
export const items = Effect.fnUntraced(function* (
  context: Context,
  speaking: Speaking,
  selected: Selected,
  caches: Caches = artifactCaches,
): Effect.fn.Return<readonly Items.Item[], BstError, Services> {
  const { graph } = selected;
  const pulled = graph !== undefined && (yield* elements(context, speaking, graph, selected.elements, caches));
  yield* named(context, speaking, selected.artifacts);
  const { voice } = speaking;
  return yield* Items.find(context, pulled ? Voice.unannounced(voice) : voice, selected);
});

/** An outcome without jobs, for sessions in which only artifacts by name were worked on. */
export const nothingElse: Session.Outcome = { status: "success", lastError: undefined, elapsed: 0, queues: [] };
