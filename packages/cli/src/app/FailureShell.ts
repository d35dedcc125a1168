/** The shell that a person may open in what a failed build left behind, before saying what the session shall do. */
import type { Element } from "@millrace/core/element/Element";
import { BstError } from "@millrace/core/error/BstError";
import type { Graph } from "@millrace/core/graph/Graph";
import * as SandboxShell from "@millrace/sandbox/build/Shell";
import type { Question } from "@millrace/sandbox/session/Conduct";
import type * as Voice from "@millrace/sandbox/session/Voice";
import * as Effect from "effect/Effect";
import type { Context } from "./Context.ts";
import * as ErrorReport from "./ErrorReport.ts";
import * as Output from "./Output.ts";
import type { Services } from "./Program.ts";
import * as ShellPrompt from "./ShellPrompt.ts";

/** Opens it, isolated as the build was. What goes wrong is told, and the question comes again. */
export const open = (
  context: Context,
  graph: Graph,
  question: Question,
  voice: Voice.Voice,
): Effect.Effect<void, never, Services> =>
  Effect.gen(function* () {
    const element = graph.elements[question.id] as Element;
    const { artifact } = question;
    if (artifact === undefined) {
      return yield* new BstError({
        domain: "STREAM",
        reason: "missing-buildtree-artifact-not-cached",
        message: `The failed build of ${element.fullName} left no artifact`,
      });
    }
    const setting = yield* SandboxShell.fromBuildTree(artifact, element);
    yield* SandboxShell.run({
      element,
      setting,
      config: graph.project.shell,
      mounts: [],
      isolate: true,
      prompt: ShellPrompt.make(
        context,
        element.fullName,
        artifact.strongKey,
        artifact.strongKey === artifact.strictKey,
      ),
      command: undefined,
      voice,
    });
  }).pipe(
    Effect.catch((error: BstError) =>
      Effect.sync(() => Output.error(`The shell cannot be opened: ${ErrorReport.headline(error)}\n`)),
    ),
  );
