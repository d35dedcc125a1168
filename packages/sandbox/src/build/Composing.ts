/** The steps of `compose`: working out what rules and integration leave of a root, and putting it where it is collected. */
import type { BstError } from "@millrace/core/error/BstError";
import type { Step } from "@millrace/core/plan/Plan";
import * as Compose from "@millrace/core/tree/Compose";
import * as Draft from "@millrace/core/tree/Draft";
import * as Import from "@millrace/core/tree/Import";
import * as Paths from "@millrace/core/tree/Paths";
import * as Tree from "@millrace/core/tree/Tree";
import * as Effect from "effect/Effect";
import * as Cas from "../cas/Cas.ts";
import * as ObjectStore from "../cas/ObjectStore.ts";
import * as PublicData from "./PublicData.ts";
import * as Staging from "./Staging.ts";
import type { State } from "./State.ts";

export type Select = Step & { readonly type: "select" };

/** Works out a composition. */
export const compose = Effect.fnUntraced(function* (state: State, step: Select) {
  const { store, job } = state;
  const reader = ObjectStore.reader(store);
  const parts: Compose.Part[] = [];
  for (const id of step.elements) {
    const dependency = job.dependency(id);
    const artifact = yield* Staging.artifactOf(dependency);
    parts.push(
      yield* Cas.attempt(() => ({
        tree: artifact.files === undefined ? Tree.empty : ObjectStore.readDirectory(store, artifact.files),
        rules: PublicData.splitRules(PublicData.of(store, artifact, dependency.element)),
      })),
    );
  }
  const before = state.snapshot ?? state.tree;
  return yield* Cas.attempt(() => Compose.select({ before, after: state.tree }, parts, step.split, reader));
});

/** Carries out the selection, telling what it takes. */
export const select = Effect.fnUntraced(function* (state: State, step: Select): Effect.fn.Return<void, BstError> {
  const { store, job } = state;
  const { voice } = job;
  const reader = ObjectStore.reader(store);
  const { include = [], exclude = [], orphans } = step.split;
  const composition =
    state.composition ?? (yield* voice.activity("Computing split", compose(state, step), { silent: true }));
  const lines = [
    include.length > 0 ? `Including files from domains: ${include.join(", ")}` : "Including files from all domains",
    ...(exclude.length > 0 ? [`Excluding files from domains: ${exclude.join(", ")}`] : []),
    orphans ? "Including orphaned files" : "Excluding orphaned files",
  ];
  yield* voice.activity(
    "Creating composition",
    Cas.attempt(() => {
      voice.say("info", `Composing ${composition.selected ?? 0} files`);
      const draft = Draft.open(state.tree);
      Import.intoDraft(Paths.openDraft(draft, step.to, reader), composition.tree, { reader });
      state.tree = Draft.freeze(draft);
    }),
    { detail: lines.join("\n"), silent: true },
  );
});
