/**
 * From the words of the command line to an exit code.
 *
 * What needs no project is answered here without loading the rest of the program: completion, version, help and mistakes of usage.
 */
import { BstError } from "@millrace/core/error/BstError";
import * as Help from "../args/Help.ts";
import * as Parse from "../args/Parse.ts";
import { bst } from "../args/Table.ts";
import * as Environment from "./Environment.ts";
import * as ErrorReport from "./ErrorReport.ts";
import * as Output from "./Output.ts";
import { PhaseError } from "./Phase.ts";
import { version } from "./Version.ts";

const misused = 2;

function columns(environment: Environment.Environment): number {
  return Number(environment["COLUMNS"]) || process.stdout.columns || 80;
}

/** Runs `bst` with these words (without the program's name); the result is the exit code. */
export async function run(
  words: readonly string[],
  given: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const environment = Environment.complete(given);
  try {
    if (environment["_BST_COMPLETION"] !== undefined) {
      const Complete = await import("./Complete.ts");
      Output.out(Complete.answer(environment, words));
      return 0;
    }
    const outcome = Parse.parse(bst, words);
    switch (outcome.type) {
      case "version":
        Output.out(`${version}\n`);
        return 0;
      case "help":
        Output.out(Help.page(outcome.path, columns(environment)));
        return 0;
      case "incomplete":
        Output.error(Help.page(outcome.path, columns(environment)));
        return misused;
      case "misuse":
        Output.error(Help.misuse(outcome.error, columns(environment)));
        return misused;
      case "run": {
        const Dispatch = await import("../commands/Dispatch.ts");
        return await Dispatch.dispatch(outcome, environment);
      }
    }
  } catch (cause) {
    const phase = cause instanceof PhaseError ? cause.phase : undefined;
    const error = cause instanceof PhaseError ? cause.error : cause;
    if (error instanceof BstError) {
      const Catalogue = await import("@millrace/core/error/Catalogue");
      const known = Catalogue.explain(error);
      Output.error(ErrorReport.render(error, known, phase));
      ErrorReport.writeFile(environment["BST_ERROR_FILE"], ErrorReport.record(error, known, phase));
      return ErrorReport.exitCode;
    }
    const Defect = await import("./Defect.ts");
    Output.error(Defect.report(cause, environment, words));
    return ErrorReport.exitCode;
  }
}
