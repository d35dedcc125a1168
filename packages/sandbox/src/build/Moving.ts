/** Steps that carry files from one place of the root to another. */
import { raise } from "@millrace/core/error/BstError";
import type { Step } from "@millrace/core/plan/Plan";
import type { Directory } from "@millrace/core/tree/Directory";
import * as Draft from "@millrace/core/tree/Draft";
import * as Import from "@millrace/core/tree/Import";
import * as Paths from "@millrace/core/tree/Paths";
import * as ObjectStore from "../cas/ObjectStore.ts";
import type { State } from "./State.ts";

/** What is in a directory becomes the content of another one; it also stays where it was, as the build root shows it. */
export function move(state: State, step: Step & { readonly type: "move" }): Directory {
  const reader = ObjectStore.reader(state.store);
  const from = Paths.openDirectory(state.tree, step.from, { reader });
  if (from.entries.size === 0)
    raise({
      domain: "ELEMENT",
      reason: null,
      message: `${state.job.element.fullName}: ${step.emptyError}`,
      hint: "Check the `source` of the element's configuration against what its sources hold.",
    });
  const draft = Draft.open(state.tree);
  Import.intoDraft(Paths.openDraft(draft, step.to, reader), from, { reader });
  return Draft.freeze(draft);
}

/** What is in one directory is put into another one, too. */
export function copy(state: State, step: Step & { readonly type: "copy" }): Directory {
  const reader = ObjectStore.reader(state.store);
  if (!Paths.exists(state.tree, step.from, { reader })) return state.tree;
  const from = Paths.openDirectory(state.tree, step.from, { reader });
  const draft = Draft.open(state.tree);
  Import.intoDraft(Paths.openDraft(draft, step.to, reader), from, { reader });
  return Draft.freeze(draft);
}
