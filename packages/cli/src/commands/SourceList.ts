/** `bst source list`: the sources of elements, where they come from and whether they are here. */
import type { Element } from "@millrace/core/element/Element";
import type * as Selection from "@millrace/core/graph/Selection";
import type { Source } from "@millrace/core/source/Source";
import { attempt } from "@millrace/sandbox/cas/Cas";
import { withoutSecrets } from "@millrace/sandbox/fetch/AliasUrls";
import { ElementSources } from "@millrace/sandbox/sources/ElementSources";
import * as Effect from "effect/Effect";
import * as Fetching from "../app/Fetching.ts";
import * as Output from "../app/Output.ts";
import * as Selected from "../app/Selected.ts";
import * as Values from "../args/Values.ts";
import type * as Documents from "../json/Documents.ts";
import * as Json from "../json/Json.ts";
import * as RefText from "../show/RefText.ts";
import * as Command from "./Command.ts";
import type { Invocation } from "./Dispatch.ts";

type Row = Documents.Content<"source list">["sources"][0];

/** Prints one line a source. */
export function run(invocation: Invocation): Promise<number> {
  const { values } = invocation;
  return Command.run(
    invocation,
    Effect.fnUntraced(function* ({ context, voice }) {
      const selected = yield* Selected.select(context, voice, {
        words: Values.list(values, "elements"),
        deps: Values.text(values, "deps") as Selection.Mode,
        except: Values.list(values, "except"),
        defaults: true,
        complete: false,
      });
      const graph = yield* Selected.someGraph(context, voice, selected);
      const sources = yield* ElementSources;
      const rows: Row[] = [];
      for (const id of selected.elements) {
        const element = graph.elements[id] as Element;
        if (element.sources.length === 0) continue;
        const cached =
          element.sources.every(({ resolved }) => resolved) &&
          ((yield* sources.find(element)) !== undefined ||
            (yield* sources.hasOriginals(element, Fetching.manner(context))));
        for (const source of element.sources) rows.push(yield* attempt(() => describe(element, source, cached)));
      }
      if (Values.isSet(values, "json")) Json.print("source list", { sources: rows });
      else Output.out(rows.map((row) => `${line(row)}\n`).join(""));
      return 0;
    }),
  );
}

function describe(element: Element, source: Source, cached: boolean): Row {
  const { kind, index, settings, context, config, directory } = source;
  const urls = kind.urls?.(settings) ?? [];
  return {
    element: element.fullName,
    index,
    kind: kind.name,
    directory: directory ?? null,
    urls: urls.map(({ url }) => withoutSecrets(context.translateUrl(url, config))),
    ref: kind.ref(settings) ?? null,
    cached,
  };
}

function line({ element, kind, urls, ref, cached }: Row): string {
  const parts = [element, kind, RefText.short(ref), cached ? "here" : "to fetch", ...urls];
  return parts.join("  ");
}
