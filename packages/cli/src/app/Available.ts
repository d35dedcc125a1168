/** Which artifacts that are not cached here a server has. */
import type * as ArtifactName from "@millrace/core/artifact/ArtifactName";
import type { BstError } from "@millrace/core/error/BstError";
import { Remotes } from "@millrace/sandbox/session/Remotes";
import type * as Voice from "@millrace/sandbox/session/Voice";
import * as Effect from "effect/Effect";
import type { Context } from "./Context.ts";
import type { Item } from "./Items.ts";
import type { Services } from "./Program.ts";
import * as Pulling from "./Pulling.ts";
import type { Selected } from "./Selected.ts";

/** Questions under way at once. */
const concurrency = 32;

/** Those of the items that a server has. Nobody is asked when all are cached. */
export const among = Effect.fnUntraced(function* (
  context: Context,
  voice: Voice.Voice,
  selected: Selected,
  items: readonly Item[],
): Effect.fn.Return<ReadonlySet<Item>, BstError, Services> {
  const absent = items.filter((item) => item.artifact === undefined && item.name !== undefined);
  if (absent.length === 0) {
    yield* Pulling.connectToNone(voice);
    return new Set();
  }
  const names = absent.map((item) => item.name as ArtifactName.ArtifactName);
  if (selected.graph === undefined) yield* Pulling.connectFor(context, voice, names);
  else yield* Pulling.connect(voice, selected.graph.projects);
  const remotes = yield* Remotes;
  if (!remotes.pulls) return new Set();
  const found = yield* Effect.forEach(names, (name) => remotes.has(name), { concurrency });
  return new Set(absent.filter((_, at) => found[at] === true));
});
