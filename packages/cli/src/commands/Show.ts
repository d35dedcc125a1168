/** `bst show`: elements, filled into a format string. */
import type { BstError } from "@millrace/core/error/BstError";
import * as Scope from "@millrace/core/graph/Scope";
import * as Selection from "@millrace/core/graph/Selection";
import { attempt, Cas } from "@millrace/sandbox/cas/Cas";
import * as DirectoryFiles from "@millrace/sandbox/files/DirectoryFiles";
import * as InstalledPlugins from "@millrace/sandbox/files/InstalledPlugins";
import * as Witness from "@millrace/sandbox/files/Witness";
import type * as Voice from "@millrace/sandbox/session/Voice";
import * as Effect from "effect/Effect";
import * as Context from "../app/Context.ts";
import * as Loading from "../app/Loading.ts";
import * as Output from "../app/Output.ts";
import type { Services } from "../app/Program.ts";
import * as Selected from "../app/Selected.ts";
import * as Stages from "../app/Stages.ts";
import * as Values from "../args/Values.ts";
import type * as Documents from "../json/Documents.ts";
import * as Json from "../json/Json.ts";
import * as Data from "../show/Data.ts";
import type * as Fields from "../show/Fields.ts";
import * as LoadedRows from "../show/LoadedRows.ts";
import * as Memory from "../show/Memory.ts";
import * as RememberedRows from "../show/RememberedRows.ts";
import * as Report from "../show/Report.ts";
import * as Command from "./Command.ts";
import type { Invocation } from "./Dispatch.ts";

/** What was asked, beside the circumstances. */
interface Wanted {
  readonly words: readonly string[];
  readonly deps: Selection.Mode;
  readonly except: readonly string[];
  readonly order: "stage" | "alpha";
  readonly symbols: readonly string[];
  readonly needs: Report.Format["needs"];
}

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
      const wanted: Wanted = {
        words: Values.list(values, "elements"),
        deps: (Values.text(values, "deps") ?? "all") as Selection.Mode,
        except: Values.list(values, "except"),
        order: Values.text(values, "order") as "stage" | "alpha",
        symbols: Report.described(format),
        needs: format.needs,
      };
      const warn = (rows: readonly Fields.Row[]): void => {
        if (Report.uses(format, "artifact-cas-digest") && given !== undefined) warnOfDigests(voice, rows);
      };
      if (json) {
        const rows = (yield* load(context, voice, wanted))?.rows ?? [];
        warn(rows);
        const elements = rows.map(
          (row) => Data.of(format.pieces, row, row.subject) as Documents.Content<"show">["elements"][0],
        );
        Json.print("show", { elements });
        return 0;
      }
      const rows = yield* find(context, voice, wanted);
      if (rows === undefined) {
        Output.out("\n");
        return 0;
      }
      warn(rows);
      const report = yield* attempt(() =>
        Stages.timed("print", () => Report.render(format, rows, context.main.colors)),
      );
      Output.out(`${report}\n`);
      return 0;
    }),
  );
}

function warnOfDigests(voice: Voice.Voice, rows: readonly Fields.Row[]): void {
  for (const { fullName, state } of rows) {
    if (state?.artifact !== undefined) continue;
    voice.say("warning", "There is no digest of the files of an artifact that is not cached", {
      speaker: { name: fullName, key: state?.key ?? null, keyIsStrict: state?.keyIsStrict ?? false },
    });
  }
}

/** The rows from the project; undefined when no element was selected. */
const load = Effect.fnUntraced(function* (
  context: Context.Context,
  voice: Voice.Voice,
  { words, deps, except, order, symbols, needs }: Wanted,
): Effect.fn.Return<(LoadedRows.Loaded & { readonly warned: boolean }) | undefined, BstError, Services> {
  const { graph, elements, warned } = yield* Selected.select(context, voice, { words, deps, except, defaults: true });
  if (graph === undefined) return undefined;
  const shown = Selection.order(Scope.make(graph.elements), elements, order);
  return { ...(yield* LoadedRows.make(context, voice, graph, shown, symbols, needs)), warned };
});

/** The rows from memory where that holds, else from the project. */
const find = Effect.fnUntraced(function* (
  context: Context.Context,
  voice: Voice.Voice,
  wanted: Wanted,
): Effect.fn.Return<readonly Fields.Row[] | undefined, BstError, Services> {
  const { place } = context;
  const { symbols, needs } = wanted;
  // Source information may come with warnings, and with work outside the project.
  const file =
    place === undefined || symbols.includes("source-info") ? undefined : Memory.place(context, place, [wanted]);
  if (place === undefined || file === undefined) return (yield* load(context, voice, wanted))?.rows;
  const { store } = yield* Cas;
  const world = {
    files: DirectoryFiles.make(place.directory, store),
    modules: InstalledPlugins.sourceModules(context.environment),
  };
  const remembered = Stages.timed("recall", () => Memory.recall(file));
  if (
    remembered !== undefined &&
    Context.strict(context, remembered.project) &&
    Stages.timed("check", () => Witness.holds(world, remembered.statements))
  ) {
    yield* Loading.announce(voice, Effect.succeed(remembered));
    const rows = yield* RememberedRows.make(context, voice, remembered, symbols, needs);
    if (rows !== undefined) return rows;
  }
  const witness = Loading.watch(context, world);
  const loaded = yield* load(context, voice, wanted);
  if (loaded === undefined) return undefined;
  const statements = loaded.warned ? undefined : witness.statements();
  if (statements !== undefined)
    yield* attempt(() =>
      Stages.timed("keep", () => Memory.keep(file, LoadedRows.remember(loaded, symbols, statements))),
    );
  return loaded.rows;
});
