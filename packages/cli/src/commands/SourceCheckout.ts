/**
 * `bst source checkout`: the sources of elements in a directory or a tar archive, each element's in a directory of its name.
 *
 * With `--include-build-scripts` shell scripts beside them build the elements by hand, one after the other, as a bootstrap needs it.
 */
import { resolve } from "node:path";
import type { Element } from "@millrace/core/element/Element";
import { type BstError, raise } from "@millrace/core/error/BstError";
import type { Graph } from "@millrace/core/graph/Graph";
import type * as Selection from "@millrace/core/graph/Selection";
import * as Keys from "@millrace/core/key/Keys";
import type { Directory } from "@millrace/core/tree/Directory";
import * as Draft from "@millrace/core/tree/Draft";
import * as Import from "@millrace/core/tree/Import";
import * as Paths from "@millrace/core/tree/Paths";
import * as Tree from "@millrace/core/tree/Tree";
import { attempt, Cas } from "@millrace/sandbox/cas/Cas";
import * as ObjectStore from "@millrace/sandbox/cas/ObjectStore";
import type { Voice } from "@millrace/sandbox/session/Voice";
import { ElementSources } from "@millrace/sandbox/sources/ElementSources";
import * as Effect from "effect/Effect";
import * as BuildScripts from "../app/BuildScripts.ts";
import type { Context } from "../app/Context.ts";
import * as Destination from "../app/Destination.ts";
import * as ErrorReport from "../app/ErrorReport.ts";
import * as Fetching from "../app/Fetching.ts";
import * as Output from "../app/Output.ts";
import type { Services } from "../app/Program.ts";
import * as Selected from "../app/Selected.ts";
import * as Values from "../args/Values.ts";
import * as Command from "./Command.ts";
import type { Invocation } from "./Dispatch.ts";

const defaultDirectory = "source-checkout";

/** Checks the options against each other, then checks out. */
export async function run(invocation: Invocation): Promise<number> {
  const { values } = invocation;
  const tar = Values.text(values, "tar");
  const directory = Values.text(values, "directory") ?? defaultDirectory;
  const compression = Values.text(values, "compression") as Destination.Compression | undefined;
  const refuse = (message: string): number => {
    Output.error(`ERROR: ${message}\n`);
    return ErrorReport.exitCode;
  };
  if (tar && directory !== defaultDirectory) return refuse("--directory and --tar cannot go together");
  if (compression !== undefined && !tar) return refuse("--compression goes with --tar only");
  const force = Values.isSet(values, "force");
  const location = resolve(tar || directory);
  return Command.run(
    invocation,
    Effect.fnUntraced(function* ({ context, ...speaking }) {
      const cas = yield* Cas;
      const { voice } = speaking;
      const target = yield* attempt(
        () =>
          Values.text(values, "element") ??
          context.place?.workspaceElement ??
          raise({ domain: "APP", reason: null, message: 'Missing argument "ELEMENT".' }),
      );
      yield* attempt(() =>
        tar ? Destination.checkFile(location, force) : Destination.checkDirectory(location, force),
      );
      const selected = yield* Selected.select(context, voice, {
        words: [target],
        deps: Values.text(values, "deps") as Selection.Mode,
        except: Values.list(values, "except"),
      });
      const graph = yield* Selected.someGraph(context, voice, selected);
      yield* Fetching.fetch(context, speaking, graph, selected.elements);
      const scripts = Values.isSet(values, "include-build-scripts");
      const tree = yield* collect(context, voice, graph, selected.elements, scripts);
      if (tar) yield* cas.exportTar(tree, location, compression, "");
      else yield* cas.checkout(tree, location, { force });
      voice.say("info", `Checked out sources to '${tar || directory}'`);
      return 0;
    }),
  );
}

/** One tree of all sources and scripts. */
const collect = Effect.fnUntraced(function* (
  context: Context,
  voice: Voice,
  graph: Graph,
  elements: readonly number[],
  scripts: boolean,
): Effect.fn.Return<Directory, BstError, Services> {
  const { store } = yield* Cas;
  const sources = yield* ElementSources;
  const reader = ObjectStore.reader(store);
  const keys = yield* attempt(() => Keys.compute(graph.elements));
  const draft = Draft.create();
  for (const id of elements) {
    const element = graph.elements[id] as Element;
    if (element.sources.length === 0) continue;
    const key = keys.strict[id]?.slice(0, context.config.logging.keyLength) ?? null;
    const speaker = { name: element.fullName, key, keyIsStrict: true };
    const staging = sources.stage(element, Fetching.manner(context));
    const digest = yield* voice.activity("Staging sources", staging, { speaker });
    yield* attempt(() => {
      const own = Paths.openDraft(draft, `/${directoryOf(element)}`, reader);
      Import.intoDraft(own, ObjectStore.readDirectory(store, digest), { reader });
    });
  }
  if (scripts) {
    yield* attempt(() => {
      const names = new Map<string, string>();
      for (const id of elements) {
        const element = graph.elements[id] as Element;
        const text = BuildScripts.element(element);
        if (text !== undefined) names.set(`build-${element.normalName}`, text);
      }
      names.set("build.sh", BuildScripts.all(elements.map((id) => (graph.elements[id] as Element).normalName)));
      for (const [name, text] of names) {
        Draft.put(draft, name, Tree.file(ObjectStore.putBytes(store, Buffer.from(text, "utf8")), true));
      }
    });
  }
  return Draft.freeze(draft);
});

/** The element's directory: its name, behind those of the junctions that lead to its project. */
function directoryOf(element: Element): string {
  const junctions = element.project.junctionPath.map((name) => name.replaceAll("/", "-").replace(/\.bst$/, ""));
  return [...junctions, element.normalName].join("/");
}
