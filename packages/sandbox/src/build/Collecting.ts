/** What a build that ended leaves: its files, its public data, and what is kept for looking into it. */
import type { BstError } from "@millrace/core/error/BstError";
import type { Directory } from "@millrace/core/tree/Directory";
import * as Paths from "@millrace/core/tree/Paths";
import * as Tree from "@millrace/core/tree/Tree";
import * as Effect from "effect/Effect";
import * as Cas from "../cas/Cas.ts";
import * as ObjectStore from "../cas/ObjectStore.ts";
import * as PublicData from "./PublicData.ts";
import type * as Record from "./Record.ts";
import * as Staging from "./Staging.ts";
import type { State } from "./State.ts";

/** What is to be recorded of a build that ended. */
export const outcome = Effect.fnUntraced(function* (
  state: State,
  failure: BstError | undefined,
  wanted: boolean,
): Effect.fn.Return<Record.Outcome, BstError> {
  const { store, job } = state;
  const { plan, element, cacheBuildTrees } = job;
  const reader = ObjectStore.reader(store);
  const keeps =
    cacheBuildTrees === "always" ||
    (cacheBuildTrees === "auto" && (failure !== undefined || element.workspace !== undefined));
  const sources = keeps ? (state.sources ?? (yield* job.sources)) : Tree.empty;
  const publicData = yield* publicDataOf(state);
  return yield* Cas.attempt(() => {
    const directory = (path: string): Directory | undefined => {
      const found = Paths.find(state.tree, path, { reader });
      if (found.type === "root") return found.directory;
      return found.type === "entry" && found.entry.type === "directory" ? Tree.open(found.entry, reader) : undefined;
    };
    const collects =
      (wanted && failure === undefined) || (plan.collectsFailure === true && failure?.reason === "command-failed");
    return {
      failure,
      files: collects ? directory(plan.collect) : undefined,
      kept: keeps
        ? { buildTree: directory(element.variables.get("build-root") ?? "/"), root: state.tree, sources }
        : undefined,
      publicData,
      environment: state.environment,
      subsandboxes: state.subsandboxes,
    };
  });
});

const publicDataOf = Effect.fnUntraced(function* (state: State) {
  const { store, job } = state;
  const { plan, element } = job;
  const own = plan.publicData ?? element.public;
  if (plan.passIntegrationOf === undefined) return own;
  const dependency = job.dependency(plan.passIntegrationOf);
  const artifact = yield* Staging.artifactOf(dependency);
  return yield* Cas.attempt(() => {
    const commands = PublicData.integrationCommands(PublicData.of(store, artifact, dependency.element));
    return PublicData.withIntegrationBefore(own, commands);
  });
});
