/**
 * The entry point of loading: a project's files and a request in, a {@link Graph} out.
 *
 * Loading is synchronous and pure. When it meets a junction whose sources are not at hand it ends with {@link NeedsJunction}; the caller fetches them, lets its host know
 * them, and calls again with the same {@link ParsedFiles.ParsedFiles}, which makes the second attempt cheap.
 */
import * as Result from "effect/Result";
import { attempt, type BstError, raise } from "../error/BstError.ts";
import * as Conflicts from "./Conflicts.ts";
import * as Cycles from "./Cycles.ts";
import * as ElementNames from "./ElementNames.ts";
import type { Graph } from "./Graph.ts";
import * as LoadElements from "./LoadElements.ts";
import * as LoadProject from "./LoadProject.ts";
import type { JunctionElement, LoaderHost, LoadingProject, LoadRequest, Session } from "./LoadState.ts";
import * as ParsedFiles from "./ParsedFiles.ts";
import * as Resolve from "./Resolve.ts";
import * as SortDependencies from "./SortDependencies.ts";
import * as Warnings from "./Warnings.ts";

export type { JunctionElement, LoaderHost, LoadRequest } from "./LoadState.ts";

/** The circumstances of a load by someone without user configuration, options or workspaces: all but the targets and the host. */
export const defaults: Omit<LoadRequest, "targets" | "host"> = {
  options: [],
  maxJobs: 0,
  strict: true,
  overrides: () => ({}),
  fetchPolicy: "all",
  trackPolicy: "aliases",
  environment: new Map(),
  workspaces: new Map(),
};

/** Loading stopped because a junction's sources must be fetched and staged first. */
export interface NeedsJunction {
  readonly type: "needs-junction";
  readonly junction: JunctionElement;
  /** What to report when nothing will be fetched. */
  readonly error: BstError;
}

/** Loads the targets of a request and everything that they need. */
export function load(
  request: LoadRequest,
  host: LoaderHost,
  files: ParsedFiles.ParsedFiles = ParsedFiles.make(),
): Result.Result<Graph, BstError | NeedsJunction> {
  const session = start(request, host, files);
  const loaded = attempt(() => loadGraph(session));
  if (Result.isFailure(loaded) && session.needed !== undefined) {
    return Result.fail({ type: "needs-junction", junction: session.needed, error: loaded.failure });
  }
  return loaded;
}

function start(request: LoadRequest, host: LoaderHost, files: ParsedFiles.ParsedFiles): Session {
  const session: Session = {
    request,
    host,
    files,
    top: () => session.projects[0] as LoadingProject,
    projects: [],
    elements: [],
    warnings: [],
    redundantRefs: [],
    needed: undefined,
  };
  return session;
}

function loadGraph(session: Session): Graph {
  const { request, host } = session;
  const top = LoadProject.loadFirstPass(session, host.files, undefined, undefined, undefined);
  const names = request.targets ?? defaultTargets(top);
  for (const name of names) {
    if (!name.startsWith("/")) continue;
    raise({
      domain: "LOAD",
      reason: "invalid-data",
      message: `The target '${name}' is an absolute path`,
      hint: `Name elements relative to ${top.elementPath}.`,
    });
  }
  const { timed } = session.files;
  const targets = timed("find", () => names.map((name) => LoadElements.load(top, name)));
  timed("sort", () => {
    Cycles.check(targets, session.elements.length);
    SortDependencies.sortAll(session.elements);
  });
  const resolved = timed("resolve", () => Resolve.resolve(targets));
  Conflicts.check(session);
  if (session.redundantRefs.length > 0) {
    Warnings.add(
      session,
      "Ignoring redundant source references",
      `These refs in element files are not used, since the project keeps refs in project.refs:\n\n${session.redundantRefs.join("\n")}`,
    );
  }
  if (request.complete !== false) for (const project of session.projects) LoadProject.loadFully(project);
  return {
    elements: resolved.elements,
    targets: resolved.targets,
    project: top.project,
    projects: session.projects.map((loading) => loading.project),
    warnings: session.warnings,
  };
}

/** The project's `defaults: targets:`, or all of its elements. */
function defaultTargets(top: LoadingProject): readonly string[] {
  return top.defaultTargets.length > 0 ? top.defaultTargets : ElementNames.list(top.files, top.elementPath);
}
