/**
 * Opens workspaces: directories with the sources of elements, which builds use from then on.
 *
 * Everything that can go wrong is checked for all elements before anything is changed. Marker and record are written last, so that who is
 * interrupted is left with a directory, but not with a workspace that lacks files.
 */
import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Element } from "@millrace/core/element/Element";
import { type BstError, raise } from "@millrace/core/error/BstError";
import type { Subject } from "@millrace/core/event/Event";
import type { Graph } from "@millrace/core/graph/Graph";
import * as Keys from "@millrace/core/key/Keys";
import { attempt } from "@millrace/sandbox/cas/Cas";
import * as MakeDirectory from "@millrace/sandbox/files/MakeDirectory";
import { ElementSources } from "@millrace/sandbox/sources/ElementSources";
import * as Effect from "effect/Effect";
import * as Context from "./Context.ts";
import * as Discovery from "./Discovery.ts";
import * as Fetching from "./Fetching.ts";
import type { Speaking } from "./Messages.ts";
import type { Services } from "./Program.ts";
import * as Pulling from "./Pulling.ts";
import * as Redirect from "./Redirect.ts";
import * as Selected from "./Selected.ts";
import * as Workspaces from "./Workspaces.ts";

/** How workspaces are to be opened. */
export interface Manner {
  /** Whether sources are written; otherwise the directory is taken as it is. */
  readonly checkout: boolean;
  /** Whether what is there, a workspace or files, is replaced. */
  readonly force: boolean;
  /** The directory, for one element only. */
  readonly directory: string | undefined;
}

interface Opening {
  readonly element: Element;
  readonly directory: string;
}

/** Opens workspaces for the elements that these words name. */
export const open: (
  context: Context.Context,
  speaking: Speaking,
  words: readonly string[],
  manner: Manner,
) => Effect.Effect<void, BstError, Services> = Effect.fnUntraced(function* (context, speaking, words, manner) {
  const place = yield* attempt(() => Context.needProject(context, "Workspaces cannot be opened"));
  const selected = yield* Selected.select(context, speaking.voice, { words, deps: "none" });
  const graph = yield* Selected.needGraph(selected);
  const members = Redirect.all(graph, selected.targets, speaking.voice);
  if (manner.checkout && manner.force) {
    const names = members.map((id) => (graph.elements[id] as Element).fullName);
    const others = withoutWorkspaces(context, names);
    // What replaces a workspace comes from the element's own sources, not from the workspace.
    if (others !== context) return yield* open(others, speaking, names, manner);
  }
  if (manner.checkout) {
    yield* Fetching.fetch(context, speaking, graph, members, { original: true });
  } else yield* Pulling.connectToNone(speaking.voice);
  const keys = yield* attempt(() => Keys.compute(graph.elements));
  const openings = yield* attempt(() => plan(context, place, graph, members, manner));
  for (const { element, directory } of openings) {
    const speaker = { name: element.fullName, key: briefKey(context, keys, element), keyIsStrict: true };
    yield* openOne(context, place, { ...speaking, speaker }, element, directory, manner);
  }
});

/** The context in which these elements have no open workspaces; the same one where they have none. */
export function withoutWorkspaces(context: Context.Context, names: readonly string[]): Context.Context {
  const workspaces = new Map([...context.workspaces].filter(([name]) => !names.includes(name)));
  return workspaces.size === context.workspaces.size ? context : { ...context, workspaces };
}

/** The key that log lines show of an element, as it was before its workspace. */
function briefKey({ config }: Context.Context, keys: Keys.Keys, element: Element): string | null {
  return keys.strict[element.id]?.slice(0, config.logging.keyLength) ?? null;
}

/** Checks everything, and decides on directories. */
function plan(
  context: Context.Context,
  place: Context.ProjectPlace,
  graph: Graph,
  members: readonly number[],
  manner: Manner,
): readonly Opening[] {
  const record = Workspaces.read(place.directory);
  if (manner.directory !== undefined && members.length !== 1) {
    raise({
      domain: "STREAM",
      reason: "directory-with-multiple-elements",
      message: `--directory goes with one element, and there are ${members.length}`,
    });
  }
  return members.map((id) => {
    const element = graph.elements[id] as Element;
    if (element.sources.length === 0 && element.workspace === undefined) refuseWithoutSources(graph, element);
    const entry = record.get(element.fullName);
    if (entry !== undefined && !manner.force)
      refuseOpen(place, element, entry, "Use --force to replace it, or close it first.");
    const directory =
      manner.directory === undefined
        ? resolve(context.config.workspacedir, element.name.replace(/\.bst$/, ""))
        : resolve(manner.directory);
    checkDirectory(element, directory, manner);
    return { element, directory };
  });
}

function refuseOpen(place: Context.ProjectPlace, element: Element, entry: Workspaces.Entry, hint: string): never {
  return raise({
    domain: "STREAM",
    reason: null,
    message: `${element.fullName} has a workspace already: ${Workspaces.directory(place.directory, entry)}`,
    hint,
  });
}

function refuseWithoutSources(graph: Graph, element: Element): never {
  const below = element.dependencies
    .filter((dependency) => dependency.build)
    .map((dependency) => (graph.elements[dependency.element] as Element).fullName);
  return raise({
    domain: "STREAM",
    reason: null,
    message: `${element.fullName} has no sources to work on`,
    detail:
      below.length === 0
        ? undefined
        : `Perhaps one of the elements that it is built from is meant:\n${below.join("\n")}`,
  });
}

function checkDirectory(element: Element, directory: string, manner: Manner): void {
  const found = statSync(directory, { throwIfNoEntry: false });
  if (found === undefined) return;
  const refuse = (message: string, hint?: string): never =>
    raise({ domain: "STREAM", reason: "bad-directory", message, hint });
  if (!found.isDirectory())
    refuse(`The workspace of ${element.fullName} cannot be at ${directory}: it is no directory`);
  if (manner.checkout && !manner.force && readdirSync(directory).length > 0) {
    refuse(
      `The workspace of ${element.fullName} cannot be at ${directory}: the directory is not empty`,
      "Use --force to replace what is there, or --no-checkout to work on it.",
    );
  }
}

const openOne = Effect.fnUntraced(function* (
  context: Context.Context,
  place: Context.ProjectPlace,
  { voice, speaker }: Speaking & { readonly speaker: Subject },
  element: Element,
  directory: string,
  manner: Manner,
): Effect.fn.Return<void, BstError, Services> {
  const sources = yield* ElementSources;
  const entry = Workspaces.read(place.directory).get(element.fullName);
  if (entry !== undefined) {
    const old = Workspaces.directory(place.directory, entry);
    if (manner.checkout) voice.say("warning", `Replacing the workspace at ${old}`, { speaker });
    yield* attempt(() => forget(place, element.fullName, old, manner.checkout));
  }
  voice.say("status", `Creating workspace for element ${element.name}`);
  yield* attempt(() => {
    try {
      if (manner.checkout && manner.force) rmSync(directory, { recursive: true, force: true });
      MakeDirectory.make(directory);
    } catch (cause) {
      raise({
        domain: "STREAM",
        reason: "workspace-directory-failure",
        message: `The directory ${directory} for the workspace of ${element.fullName} cannot be made: ${(cause as Error).message}`,
      });
    }
  });
  if (manner.checkout) {
    yield* voice.activity(
      `Staging sources to ${directory}`,
      sources.initWorkspace(element, directory, Fetching.manner(context)),
      { speaker },
    );
  }
  if (existsSync(join(directory, Discovery.workspaceFile))) {
    voice.say("warning", `The sources hold a file ${Discovery.workspaceFile}, which the workspace's own replaces`, {
      speaker,
    });
  }
  yield* attempt(() => {
    Workspaces.writeMarker(directory, { project: place.directory, element: element.fullName });
    const path = Workspaces.recordedPath(place.directory, directory);
    Workspaces.change(place.directory, (record) => {
      const other = record.get(element.fullName);
      if (other !== undefined) refuseOpen(place, element, other, "Another command opened it meanwhile.");
      return new Map([...record, [element.fullName, { path, lastBuild: undefined }]]);
    });
  });
  voice.say("info", `Created a workspace for element ${element.fullName}`);
});

/** Takes a workspace out of the record; its directory goes too when asked. */
export function forget(place: Context.ProjectPlace, name: string, directory: string, remove: boolean): void {
  if (remove) {
    try {
      rmSync(directory, { recursive: true });
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== "ENOENT") {
        raise({
          domain: "STREAM",
          reason: null,
          message: `The directory ${directory} cannot be removed: ${(cause as Error).message}`,
        });
      }
    }
  }
  Workspaces.removeMarker(directory);
  Workspaces.change(place.directory, (record) => new Map([...record].filter(([element]) => element !== name)));
}
