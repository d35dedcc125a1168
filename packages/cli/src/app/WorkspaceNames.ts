/** Which open workspaces a command is about. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Element } from "@millrace/core/element/Element";
import { type BstError, raise } from "@millrace/core/error/BstError";
import { attempt } from "@millrace/sandbox/cas/Cas";
import type * as Voice from "@millrace/sandbox/session/Voice";
import * as Effect from "effect/Effect";
import type * as Context from "./Context.ts";
import * as Loading from "./Loading.ts";
import type { Services } from "./Program.ts";
import * as Pulling from "./Pulling.ts";
import * as Redirect from "./Redirect.ts";

/**
 * Full names of the elements that the words mean. A filter stands for what it filters; an element whose file is gone keeps its name, so that its
 * workspace can still be closed.
 */
export const resolve = Effect.fnUntraced(function* (
  context: Context.Context,
  voice: Voice.Voice,
  words: readonly string[],
): Effect.fn.Return<readonly string[], BstError, Services> {
  const { project } = yield* Loading.load(context, voice, []);
  const there = (word: string) => existsSync(join(project.files.directory, project.elementPath, word));
  const loadable = words.filter((word) => word.includes(":") || there(word));
  const gone = words.filter((word) => !loadable.includes(word));
  if (loadable.length === 0) return gone;
  const graph = yield* Loading.load(context, voice, loadable);
  yield* Pulling.connectToNone(voice);
  const names = Redirect.all(graph, graph.targets, voice).map((id) => (graph.elements[id] as Element).fullName);
  return [...new Set([...gone, ...names])];
});

/** Fails unless every element has an open workspace. */
export function needOpen(context: Context.Context, names: readonly string[]): Effect.Effect<void, BstError> {
  const missing = names.filter((name) => !context.workspaces.has(name));
  if (missing.length === 0) return Effect.void;
  return attempt(() =>
    raise({
      domain: "APP",
      reason: null,
      message: "Workspace does not exist",
      detail: missing.join("\n"),
      hint: "bst workspace list shows those that are open.",
    }),
  );
}
