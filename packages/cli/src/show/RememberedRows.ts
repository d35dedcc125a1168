/** The rows of a report from an answer that is remembered: only the caches are asked anew. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import * as ArtifactName from "@millrace/core/artifact/ArtifactName";
import type { BstError } from "@millrace/core/error/BstError";
import type * as Keys from "@millrace/core/key/Keys";
import { ArtifactCache } from "@millrace/sandbox/artifacts/ArtifactCache";
import type * as Voice from "@millrace/sandbox/session/Voice";
import { SourceCache } from "@millrace/sandbox/sources/SourceCache";
import * as Effect from "effect/Effect";
import type * as Context from "../app/Context.ts";
import type { Services } from "../app/Program.ts";
import * as States from "../app/States.ts";
import type * as Fields from "./Fields.ts";
import type { Remembered, RememberedElement } from "./Memory.ts";
import type * as State from "./State.ts";

/** Keys as remembered. In a strict session the strong key is the strict one, so none is computed. */
function keysOf(elements: readonly RememberedElement[]): Keys.Keys {
  const strong = (): Keys.StrongKeys => {
    const known = new Map<number, string>();
    const get = (id: number) => known.get(id);
    return { get, set: (id, key) => void known.set(id, key), compute: get };
  };
  return {
    weak: elements.map(({ weak }) => weak ?? undefined),
    strict: elements.map(({ strict }) => strict ?? undefined),
    strong,
  };
}

/** Whether nothing at all was downloaded: every kind keeps its downloads in a directory below the one for sources. */
function isEmpty(sourcedir: string): boolean {
  const names = (directory: string): readonly string[] => {
    try {
      return readdirSync(directory);
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      return code === "ENOENT" ? [] : code === "ENOTDIR" ? ["a file"] : [`nothing is known: ${code}`];
    }
  };
  return names(sourcedir).every((name) => names(join(sourcedir, name)).length === 0);
}

/**
 * The rows of a strict session; undefined where they cannot be known without loading, since it takes an element's sources to tell whether their downloads
 * are at hand. `symbols` are those that were remembered.
 */
export const make = Effect.fnUntraced(function* (
  context: Context.Context,
  voice: Voice.Voice,
  { elements, shown }: Remembered,
  symbols: readonly string[],
  need: "nothing" | "keys" | "states",
): Effect.fn.Return<readonly Fields.Row[] | undefined, BstError, Services> {
  const artifacts = yield* ArtifactCache;
  const sources = yield* SourceCache;
  let unknown = false;
  let empty: boolean | undefined;
  const element = (id: number) => elements[id] as RememberedElement;
  const caches: State.Caches = {
    artifact: (id, key) => artifacts.findComplete(ArtifactName.make(element(id).project, element(id).name, key)),
    hasSources: Effect.fnUntraced(function* (id: number) {
      const key = element(id).sources;
      if (unknown || key === null) return true;
      if ((yield* sources.find({ type: "element", key })) !== undefined) return true;
      empty ??= isEmpty(context.config.sourcedir);
      unknown ||= !empty;
      return false;
    }),
  };
  const states =
    need === "nothing"
      ? undefined
      : yield* States.ask(voice, {
          elements: elements.map(({ kind, resolved, dependencies }) => ({
            kind,
            resolved,
            dependencies: dependencies.map(([element, build, runtime]) => ({ element, build, runtime })),
          })),
          keys: keysOf(elements),
          wanted: shown,
          reached: elements.map((_, id) => id),
          strict: true,
          need,
          caches,
        });
  if (unknown) return undefined;
  const places = new Map(symbols.map((symbol, at) => [symbol, at]));
  return shown.map((id) => ({
    fullName: element(id).fullName,
    state: states?.get(id),
    keyLength: context.config.logging.keyLength,
    described: (symbol) => element(id).texts?.[places.get(symbol) ?? -1] ?? "",
  }));
});
