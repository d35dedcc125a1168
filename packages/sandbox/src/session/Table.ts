/**
 * What a session knows of each element: its keys, the artifact that was found, and whether its sources are here.
 *
 * In a strict session the key of an element is its strict key. In the other kind it becomes known when an artifact is found (the key under
 * which that was built) or when a build is certain (from what the dependencies really are); until then it is shown as question marks. A failed build that
 * was found is dropped when failed builds are to be tried again, and in a non-strict session unless it was built from exactly these dependencies,
 * since others may let it succeed.
 */
import type { Artifact } from "@millrace/core/artifact/Artifact";
import * as ArtifactName from "@millrace/core/artifact/ArtifactName";
import type { Element } from "@millrace/core/element/Element";
import type { BstError } from "@millrace/core/error/BstError";
import type { State, Status, Subject } from "@millrace/core/event/Event";
import type { Graph } from "@millrace/core/graph/Graph";
import * as KeyDocument from "@millrace/core/key/KeyDocument";
import * as Keys from "@millrace/core/key/Keys";
import type * as Knowledge from "@millrace/core/schedule/Knowledge";
import * as Effect from "effect/Effect";
import { ArtifactCache } from "../artifacts/ArtifactCache.ts";
import { ElementSources, type Manner } from "../sources/ElementSources.ts";
import { Remotes } from "./Remotes.ts";
import type { Settings } from "./Settings.ts";
import type * as Voice from "./Voice.ts";

export interface Entry {
  readonly artifact: Artifact | undefined;
  /** Whether caches were asked for the artifact. */
  readonly asked: boolean;
  readonly pullPending: boolean;
  readonly sources: Knowledge.Sources;
}

export interface Table {
  readonly graph: Graph;
  readonly settings: Settings;
  readonly keys: Keys.Keys;
  readonly strong: Keys.StrongKeys;
  readonly entries: Entry[];
}

const unknown: Entry = { artifact: undefined, asked: false, pullPending: false, sources: "unknown" };
const unknownKey = "?".repeat(64);

/** A table in which nothing was asked yet. `keys` when the caller has computed them already. */
export function make(graph: Graph, settings: Settings, keys: Keys.Keys = Keys.compute(graph.elements)): Table {
  const strong = keys.strong();
  if (settings.strict) {
    keys.strict.forEach((key, id) => {
      if (key !== undefined) strong.set(id, key);
    });
  }
  return { graph, settings, keys, strong, entries: graph.elements.map(() => unknown) };
}

function update(table: Table, id: number, change: Partial<Entry>): void {
  table.entries[id] = { ...table.entries[id]!, ...change };
}

/** The full key, question marks while it is unknown. */
export function fullKey(table: Table, id: number): string {
  return table.strong.get(id) ?? unknownKey;
}

/** The element as log lines name it. */
export function subject(table: Table, id: number): Subject {
  const key = table.strong.get(id);
  return {
    name: table.graph.elements[id]!.fullName,
    key: (key ?? unknownKey).slice(0, table.settings.keyLength),
    keyIsStrict: key !== undefined && key === table.keys.strict[id],
  };
}

const find = Effect.fnUntraced(function* (
  element: Element,
  key: string,
): Effect.fn.Return<Artifact | undefined, BstError, ArtifactCache> {
  const cache = yield* ArtifactCache;
  return yield* cache.findComplete(ArtifactName.make(element.project.name, element.name, key));
});

/** Whether what was kept for debugging is here as well. */
export const hasBuildTrees = Effect.fnUntraced(function* (
  artifact: Artifact,
): Effect.fn.Return<boolean, BstError, ArtifactCache> {
  const cache = yield* ArtifactCache;
  for (const tree of [artifact.buildTree, artifact.buildRoot])
    if (tree !== undefined && !(yield* cache.hasTree(tree))) return false;
  return true;
});

/** Whether a build offers the artifact that an element has to servers. It does not fail because what was pulled is not all there is. */
export const pushable = Effect.fnUntraced(function* (
  { graph, entries }: Table,
  id: number,
): Effect.fn.Return<boolean, BstError, ArtifactCache> {
  const remotes = yield* Remotes;
  const { artifact } = entries[id]!;
  return artifact !== undefined && remotes.canPush(graph.elements[id]!) && (yield* hasBuildTrees(artifact));
});

/** What is dropped although it was found, with the reason that is told. */
function discarded(table: Table, id: number, artifact: Artifact): string | undefined {
  if (artifact.buildSuccess) return undefined;
  if (table.settings.retryFailed) return "failed builds are to be tried again";
  if (!table.settings.strict && artifact.strongKey !== table.keys.strict[id])
    return "in a non-strict session its dependencies may have changed since";
  return undefined;
}

/** The keys under which an artifact is asked of servers, in this order. */
export function pulledKeys(table: Table, id: number): readonly string[] {
  const keys = [table.keys.strict[id], ...(table.settings.strict ? [] : [table.keys.weak[id]])];
  return keys.filter((key) => key !== undefined);
}

/** Looks for the artifact of an element in the local cache. `building` says whether failed builds may be dropped. */
export const queryArtifact = Effect.fnUntraced(function* (
  table: Table,
  id: number,
  building: boolean,
  voice: Voice.Voice,
): Effect.fn.Return<void, BstError, ArtifactCache> {
  const element = table.graph.elements[id]!;
  const strictKey = table.keys.strict[id];
  const weakKey = table.keys.weak[id];
  if (strictKey === undefined || weakKey === undefined) return;
  let artifact = yield* find(element, strictKey);
  const remotes = yield* Remotes;
  const pullPending =
    element.workspace === undefined &&
    remotes.canPull(element) &&
    (artifact === undefined || (remotes.buildTrees && !(yield* hasBuildTrees(artifact))));
  if (artifact === undefined && !table.settings.strict && !pullPending) artifact = yield* find(element, weakKey);
  if (artifact !== undefined && building) {
    const reason = discarded(table, id, artifact);
    if (reason !== undefined) {
      voice.say("info", "Discarded failed build", {
        speaker: subject(table, id),
        detail: `Dropped ${artifact.strongKey}: ${reason}`,
      });
      artifact = undefined;
    }
  }
  if (artifact !== undefined) {
    table.strong.set(id, artifact.strongKey);
    if (building) yield* keepInputs(table, id);
  }
  update(table, id, { artifact, asked: true, pullPending });
});

/** Keeps what an element is, so that later sessions can say what changed. */
export const keepInputs = Effect.fnUntraced(function* (
  table: Table,
  id: number,
): Effect.fn.Return<void, BstError, ArtifactCache> {
  const cache = yield* ArtifactCache;
  const weakKey = table.keys.weak[id];
  if (weakKey !== undefined) yield* cache.keepInputs(weakKey, () => KeyDocument.inputs(table.graph.elements[id]!));
});

/** After a pull that found nothing (or something): what the local cache holds now. */
export const queryAfterPull = Effect.fnUntraced(function* (
  table: Table,
  id: number,
  building: boolean,
  voice: Voice.Voice,
): Effect.fn.Return<void, BstError, ArtifactCache> {
  yield* queryArtifact(table, id, building, voice);
  const entry = table.entries[id]!;
  if (entry.artifact === undefined && !table.settings.strict) {
    const weakKey = table.keys.weak[id];
    const artifact = weakKey === undefined ? undefined : yield* find(table.graph.elements[id]!, weakKey);
    if (artifact !== undefined && !(building && discarded(table, id, artifact) !== undefined)) {
      table.strong.set(id, artifact.strongKey);
      if (building) yield* keepInputs(table, id);
      update(table, id, { artifact });
    }
  }
  update(table, id, { pullPending: false });
});

/** Looks whether the sources of an element are here. `originals` asks for upstream data even where the staged tree is cached. */
export const querySources = Effect.fnUntraced(function* (
  table: Table,
  id: number,
  manner: Manner,
  originals = false,
): Effect.fn.Return<void, BstError, ElementSources> {
  const element = table.graph.elements[id]!;
  if (!element.sources.every((source) => source.resolved)) return;
  const sources = yield* ElementSources;
  const staged = (yield* sources.find(element)) !== undefined;
  const original = staged && !originals ? false : yield* sources.hasOriginals(element, manner);
  update(table, id, { sources: staged ? (original ? "both" : "staged") : original ? "original" : "absent" });
});

/** Notes an artifact whose content need not be here, since nobody is going to use it. */
export function settle(table: Table, id: number, artifact: Artifact): void {
  table.strong.set(id, artifact.strongKey);
  update(table, id, { artifact, asked: true, pullPending: false });
}

/** Notes what a job brought about. */
export function learn(table: Table, id: number, change: Pick<Partial<Entry>, "artifact" | "sources">): void {
  if (change.artifact !== undefined) table.strong.set(id, change.artifact.strongKey);
  update(table, id, change);
}

/** What the scheduler is told of an element. */
export function facts(table: Table, id: number): Knowledge.Facts {
  const { artifact, asked, pullPending, sources } = table.entries[id]!;
  const element = table.graph.elements[id]!;
  return {
    artifact: artifact !== undefined ? (artifact.buildSuccess ? "present" : "failure") : asked ? "absent" : "unknown",
    pullPending,
    sources,
    trackable: element.sources.length > 0,
    queryable: table.keys.weak[id] !== undefined,
  };
}

/** The element's state in listings; `buildable` says whether the session would build it now. */
export function state(table: Table, id: number, buildable: boolean): State {
  const element = table.graph.elements[id]!;
  const { artifact, asked, sources } = table.entries[id]!;
  if (!element.sources.every((source) => source.resolved)) return "no reference";
  if (element.role === "junction") return "junction";
  if (!asked) return "waiting";
  if (artifact !== undefined) return artifact.buildSuccess ? "cached" : "failed";
  if (sources === "unknown") return "waiting";
  if (sources === "absent") return "fetch needed";
  return buildable ? "buildable" : "waiting";
}

export function status(table: Table, id: number, buildable: boolean): Status {
  const { name, keyIsStrict } = subject(table, id);
  return { id, name, fullKey: fullKey(table, id), keyIsStrict, state: state(table, id, buildable) };
}
