/** `bst artifact checkout`: what artifacts hold, integrated, in a directory or a tar archive. */
import { rmSync } from "node:fs";
import { resolve } from "node:path";
import type { Element } from "@millrace/core/element/Element";
import { BstError, foreign, raise } from "@millrace/core/error/BstError";
import type { Subject } from "@millrace/core/event/Event";
import type * as Selection from "@millrace/core/graph/Selection";
import { Executor } from "@millrace/sandbox/build/Executor";
import type { Dependency } from "@millrace/sandbox/build/Job";
import { attempt, Cas } from "@millrace/sandbox/cas/Cas";
import * as Voice from "@millrace/sandbox/session/Voice";
import * as Effect from "effect/Effect";
import * as Destination from "../app/Destination.ts";
import * as ErrorReport from "../app/ErrorReport.ts";
import * as Output from "../app/Output.ts";
import * as Pulling from "../app/Pulling.ts";
import * as Selected from "../app/Selected.ts";
import * as Staged from "../app/Staged.ts";
import * as Values from "../args/Values.ts";
import * as Command from "./Command.ts";
import type { Invocation } from "./Dispatch.ts";

/** Checks the options against each other, then checks out. */
export async function run(invocation: Invocation): Promise<number> {
  const { values } = invocation;
  const tar = Values.text(values, "tar");
  const directory = Values.text(values, "directory");
  const hardlinks = Values.isSet(values, "hardlinks");
  const given = Values.text(values, "compression") as Destination.Compression | undefined;
  const refuse = (message: string): number => {
    Output.error(`ERROR: ${message}\n`);
    return ErrorReport.exitCode;
  };
  if (hardlinks && tar) return refuse("--hardlinks and --tar cannot go together");
  if (tar && directory) return refuse("--directory and --tar cannot go together");
  if (given !== undefined && !tar) return refuse("--compression goes with --tar only");
  const named = tar ? Destination.compressionOf(tar) : "none";
  if (named === "unknown") {
    return refuse(`The name '${tar}' asks for a compression that is not known; there are .tar, .gz, .xz and .bz2`);
  }
  if (given !== undefined && named !== "none" && named !== given) {
    Output.error(`WARNING: The name '${tar}' says ${named}, but the archive is compressed with ${given}\n`);
  }
  return checkout(invocation, {
    tar,
    directory,
    hardlinks,
    compression: given ?? (named === "none" ? undefined : named),
  });
}

interface Manner {
  readonly tar: string | undefined;
  readonly directory: string | undefined;
  readonly hardlinks: boolean;
  readonly compression: Destination.Compression | undefined;
}

function checkout(invocation: Invocation, manner: Manner): Promise<number> {
  const { values } = invocation;
  const force = Values.isSet(values, "force");
  return Command.run(
    invocation,
    Effect.fnUntraced(function* ({ context, ...how }) {
      const { voice } = how;
      const cas = yield* Cas;
      const executor = yield* Executor;
      const target = yield* attempt(
        () =>
          Values.text(values, "target") ??
          context.place?.workspaceElement ??
          raise({ domain: "APP", reason: null, message: 'Missing argument "ELEMENT".' }),
      );
      const wanted = { words: [target], artifacts: true, pulls: how } as const;
      const deps = Values.text(values, "deps") as Selection.Mode;
      const selected = yield* Selected.select(context, voice, { ...wanted, deps });
      const location = manner.tar || manner.directory || resolve(target.replace(/\.bst$/, ""));
      yield* attempt(() =>
        manner.tar ? Destination.checkFile(location, force) : Destination.checkDirectory(location, force),
      );
      const items = yield* Pulling.items(context, how, selected);
      const dependencies: Dependency[] = [];
      for (const [at, item] of items.entries()) {
        const element =
          item.element === undefined && item.name !== undefined
            ? yield* Staged.elementOf(at, item.name, item.artifact, context.host)
            : { ...(item.element as Element), id: at };
        dependencies.push(Staged.dependency(context, element, item));
      }
      const own = selected.graph?.elements[selected.targets[0] ?? -1] ?? dependencies[0]?.element;
      if (own === undefined) {
        return yield* new BstError({
          domain: "STREAM",
          reason: null,
          message: `'${target}' names nothing to check out`,
        });
      }
      const integrate = Values.flag(values, "integrate") ?? true;
      const speaking = Voice.about(voice, subjectOf(own, dependencies));
      const root = yield* executor
        .stageRun(
          { element: own, voice: speaking, dependency: (id) => dependencies[id] as Dependency },
          dependencies.map((_, at) => at),
          integrate,
        )
        .pipe(Effect.mapError(whileStaging));
      if (manner.tar) {
        yield* speaking.activity("Creating tarball", cas.exportTar(root.tree, location, manner.compression));
      } else {
        if (manner.hardlinks) yield* attempt(() => removeEmpty(location));
        yield* speaking.activity(
          `Checking out files in '${location}'`,
          cas.checkout(root.tree, location, { link: manner.hardlinks, force }),
        );
      }
      return 0;
    }),
  );
}

/** Who speaks while an element is checked out: the element, under its key where that is known. */
function subjectOf(own: Element, dependencies: readonly Dependency[]): Subject {
  const known = dependencies.find(({ element }) => element.fullName === own.fullName);
  return known?.subject ?? { name: own.fullName, key: null, keyIsStrict: true };
}

/** Failures of staging are failures of the command, with what they say. */
function whileStaging(error: BstError): BstError {
  return new BstError({
    domain: "STREAM",
    reason: error.reason === null ? null : foreign(error.reason),
    message: `The artifacts cannot be staged: ${ErrorReport.headline(error)}`,
    detail: error.detail,
    hint: error.hint,
  });
}

/** A directory that is linked into is made anew when it is empty. */
function removeEmpty(location: string): void {
  try {
    rmSync(location, { recursive: false });
  } catch {
    return;
  }
}
