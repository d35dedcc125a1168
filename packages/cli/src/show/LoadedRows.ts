/** The rows of a report from the project itself, and what is to be remembered of them. */
import type { Element } from "@millrace/core/element/Element";
import { type BstError, raise } from "@millrace/core/error/BstError";
import type { Graph } from "@millrace/core/graph/Graph";
import * as Scope from "@millrace/core/graph/Scope";
import * as Selection from "@millrace/core/graph/Selection";
import * as Keys from "@millrace/core/key/Keys";
import * as SourceKeys from "@millrace/core/key/SourceKeys";
import * as SourceInfo from "@millrace/core/source/SourceInfo";
import type * as Dump from "@millrace/core/yaml/Dump";
import { attempt } from "@millrace/sandbox/cas/Cas";
import * as Drivers from "@millrace/sandbox/fetch/Drivers";
import type { Statement } from "@millrace/sandbox/files/Witness";
import type * as Voice from "@millrace/sandbox/session/Voice";
import * as Effect from "effect/Effect";
import type * as Context from "../app/Context.ts";
import type { Services } from "../app/Program.ts";
import * as Pulling from "../app/Pulling.ts";
import * as States from "../app/States.ts";
import * as Fields from "./Fields.ts";
import type { Remembered } from "./Memory.ts";

/** A row with what it describes. */
export interface LoadedRow extends Fields.Row {
  readonly subject: Fields.Subject;
}

/** A report's rows with what they were made from. */
export interface Loaded {
  readonly rows: readonly LoadedRow[];
  readonly graph: Graph;
  readonly keys: Keys.Keys | undefined;
  /** The elements shown, in order. */
  readonly shown: readonly number[];
}

/** The rows of the elements given, in their order; `symbols` are those described. */
export const make = Effect.fnUntraced(function* (
  context: Context.Context,
  voice: Voice.Voice,
  graph: Graph,
  shown: readonly number[],
  symbols: readonly string[],
  need: "nothing" | "keys" | "states",
): Effect.fn.Return<Loaded, BstError, Services> {
  if (need !== "nothing") yield* Pulling.connectToNone(voice);
  const queried = need === "nothing" ? undefined : yield* States.query(context, voice, graph, shown, need);
  const keys = symbols.includes("key-document")
    ? (queried?.keys ?? (yield* attempt(() => Keys.compute(graph.elements))))
    : queried?.keys;
  const element = (id: number) => graph.elements[id] as Element;
  const infos = symbols.includes("source-info")
    ? yield* attempt(() => sourceInfos(shown.map(element), voice))
    : new Map<Element, readonly Dump.Dumpable[]>();
  const rows = shown.map((id): LoadedRow => {
    const subject: Fields.Subject = {
      graph,
      element: element(id),
      sourceInfo: () => infos.get(element(id)) ?? [],
      keyDocument: () =>
        keys?.strict[id] === undefined
          ? ""
          : Keys.document(graph.elements, id, (dependency) => keys.strict[dependency], keys.weak[id]),
    };
    return {
      subject,
      fullName: element(id).fullName,
      state: queried?.states.get(id),
      keyLength: context.config.logging.keyLength,
      described: (symbol) => Fields.describe(symbol, subject),
    };
  });
  return { rows, graph, keys, shown };
});

/** What is to be remembered of rows. */
export function remember(
  { rows, graph, keys, shown }: Loaded,
  symbols: readonly string[],
  statements: readonly Statement[],
): Remembered {
  const reached = Selection.allScopeOf(Scope.make(graph.elements), shown);
  const places = new Map(reached.map((id, at) => [id, at]));
  const rowOf = new Map(shown.map((id, at) => [id, rows[at] as Fields.Row]));
  return {
    project: graph.project.name,
    statements,
    warnings: graph.warnings,
    elements: reached.map((id) => {
      const element = graph.elements[id] as Element;
      const resolved = element.sources.every((source) => source.resolved);
      const row = rowOf.get(id);
      return {
        project: element.project.name,
        name: element.name,
        fullName: element.fullName,
        kind: element.kind.name,
        resolved,
        dependencies: element.dependencies.map(
          ({ element: needed, build, runtime }) => [places.get(needed) as number, build, runtime] as const,
        ),
        weak: keys?.weak[id] ?? null,
        strict: keys?.strict[id] ?? null,
        sources: resolved && element.sources.some(Drivers.fetches) ? SourceKeys.all(element.sources) : null,
        texts: row === undefined ? null : symbols.map(row.described),
      };
    }),
    shown: shown.map((id) => places.get(id) as number),
  };
}

/** The source information of elements; kinds that have none are warned about, which the project may have made fatal. */
function sourceInfos(elements: readonly Element[], voice: Voice.Voice): ReadonlyMap<Element, readonly Dump.Dumpable[]> {
  const token = "unavailable-source-info";
  return new Map(
    elements.map((element) => [
      element,
      element.sources.flatMap((source) => {
        const records = SourceInfo.of(source);
        if (records !== undefined) return records;
        const message = `[${token}]: Sources of kind '${source.kind.name}' cannot say where they come from`;
        if (element.project.fatalWarnings.includes(token)) raise({ domain: "PLUGIN", reason: token, message });
        voice.say("warning", message, { speaker: { name: element.fullName, key: null, keyIsStrict: false } });
        return [];
      }),
    ]),
  );
}
