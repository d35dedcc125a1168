/** `bst show`: elements, filled into a format string. */
import type { Element } from "@millrace/core/element/Element";
import { raise } from "@millrace/core/error/BstError";
import * as Scope from "@millrace/core/graph/Scope";
import * as Selection from "@millrace/core/graph/Selection";
import * as Keys from "@millrace/core/key/Keys";
import type * as Dump from "@millrace/core/yaml/Dump";
import { attempt } from "@millrace/sandbox/cas/Cas";
import type * as Voice from "@millrace/sandbox/session/Voice";
import * as Effect from "effect/Effect";
import * as Output from "../app/Output.ts";
import * as Selected from "../app/Selected.ts";
import * as Stages from "../app/Stages.ts";
import * as States from "../app/States.ts";
import * as Values from "../args/Values.ts";
import type * as Documents from "../json/Documents.ts";
import * as Json from "../json/Json.ts";
import * as Data from "../show/Data.ts";
import * as Report from "../show/Report.ts";
import * as SourceInfo from "../show/SourceInfo.ts";
import * as Command from "./Command.ts";
import type { Invocation } from "./Dispatch.ts";

/** Prints the report. */
export function run(invocation: Invocation): Promise<number> {
  const { values } = invocation;
  return Command.run(
    invocation,
    Effect.fnUntraced(function* ({ context, voice }) {
      const json = Values.isSet(values, "json");
      const given = Values.text(values, "format");
      const format = yield* attempt(() =>
        Report.parse(given || (json ? Data.usual : context.config.logging.elementFormat)),
      );
      const selected = yield* Selected.select(context, voice, {
        words: Values.list(values, "elements"),
        deps: (Values.text(values, "deps") ?? "all") as Selection.Mode,
        except: Values.list(values, "except"),
        defaults: true,
      });
      if (selected.graph === undefined) {
        if (json) Json.print("show", { elements: [] });
        else Output.out("\n");
        return 0;
      }
      const { graph } = selected;
      const queried =
        format.needs === "nothing"
          ? undefined
          : yield* States.query(context, voice, graph, selected.elements, format.needs);
      const view = Scope.make(graph.elements);
      const ordered = Selection.order(view, selected.elements, Values.text(values, "order") as "stage" | "alpha");
      const keys = Report.uses(format, "key-document")
        ? (queried?.keys ?? (yield* attempt(() => Keys.compute(graph.elements))))
        : undefined;
      const infos = Report.uses(format, "source-info")
        ? yield* attempt(() =>
            sourceInfos(
              ordered.map((id) => graph.elements[id] as Element),
              voice,
            ),
          )
        : new Map<Element, readonly Dump.Dumpable[]>();
      const views = ordered.map((id) => {
        const element = graph.elements[id] as Element;
        return {
          graph,
          element,
          state: queried?.states.get(id),
          keyLength: context.config.logging.keyLength,
          sourceInfo: () => infos.get(element) ?? [],
          keyDocument: () =>
            keys?.strict[id] === undefined
              ? ""
              : Keys.document(graph.elements, id, (dependency) => keys.strict[dependency], keys.weak[id]),
        };
      });
      if (Report.uses(format, "artifact-cas-digest") && given !== undefined) {
        for (const { element, state } of views) {
          if (state?.artifact?.files === undefined) {
            voice.say("warning", "There is no digest of the files of an artifact that is not cached", {
              speaker: { name: element.fullName, key: state?.key ?? null, keyIsStrict: state?.keyIsStrict ?? false },
            });
          }
        }
      }
      if (json) {
        const elements = views.map((view) => Data.of(format.pieces, view) as Documents.Content<"show">["elements"][0]);
        Json.print("show", { elements });
        return 0;
      }
      const report = yield* attempt(() =>
        Stages.timed("print", () => Report.render(format, views, context.main.colors)),
      );
      Output.out(`${report}\n`);
      return 0;
    }),
  );
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
