/** `bst source outdated`: a session that tracks as `bst source track` does, tells what is newer, and writes nothing. */
import * as Session from "@millrace/sandbox/session/Session";
import * as Effect from "effect/Effect";
import * as Output from "../app/Output.ts";
import * as Sessions from "../app/Sessions.ts";
import * as Tracking from "../app/Tracking.ts";
import * as Values from "../args/Values.ts";
import type * as Documents from "../json/Documents.ts";
import * as Json from "../json/Json.ts";
import * as RefText from "../show/RefText.ts";
import * as Command from "./Command.ts";
import type { Invocation } from "./Dispatch.ts";

type Row = Documents.Content<"source outdated">["sources"][0];

/** Tracks, and prints one line for each source with a newer ref. */
export function run(invocation: Invocation): Promise<number> {
  const { values } = invocation;
  return Command.runSession(
    invocation,
    Effect.fnUntraced(function* (context) {
      const rows: Row[] = [];
      const code = yield* Sessions.run(
        context,
        "Track",
        Effect.fnUntraced(function* ({ voice, options }) {
          const { graph, members } = yield* Tracking.select(context, voice, values);
          return yield* Session.track(graph, members, options(graph), {
            save: Tracking.taking(graph, (element, source, ref) => {
              const current = source.kind.ref(source.settings) ?? null;
              rows.push({
                element: element.fullName,
                index: source.index,
                kind: source.kind.name,
                current,
                newest: ref,
              });
            }),
            resolved: Effect.succeed([]),
          });
        }),
      );
      rows.sort((a, b) => (a.element < b.element ? -1 : a.element > b.element ? 1 : a.index - b.index));
      if (Values.isSet(values, "json")) Json.print("source outdated", { sources: rows });
      else
        Output.out(
          rows
            .map(
              (row) => `${row.element}  ${row.kind}  ${RefText.short(row.current)} -> ${RefText.short(row.newest)}\n`,
            )
            .join(""),
        );
      return code;
    }),
  );
}
