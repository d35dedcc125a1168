/** How most commands run: context and voice made, the program run with the local services. */
import type { BstError } from "@millrace/core/error/BstError";
import * as Effect from "effect/Effect";
import type * as Scope from "effect/Scope";
import * as Context from "../app/Context.ts";
import * as Messages from "../app/Messages.ts";
import * as Program from "../app/Program.ts";
import * as RemoteChoice from "../app/RemoteChoice.ts";
import * as Stages from "../app/Stages.ts";
import type { RemotePurpose } from "../args/Specification.ts";
import type { Invocation } from "./Dispatch.ts";

/** What a program of a command is given. */
export interface Given extends Messages.Speaking {
  readonly context: Context.Context;
}

/** Runs a program that results in the exit code. `purpose` is that of the command's options for remotes. */
export function run(
  { main, environment, values }: Invocation,
  program: (given: Given) => Effect.Effect<number, BstError, Program.Services | Scope.Scope>,
  purpose: RemotePurpose = "pull",
): Promise<number> {
  const context = Context.open(main, environment);
  return Program.run(
    context,
    RemoteChoice.make(context, values, purpose),
    Effect.scoped(
      Effect.gen(function* () {
        const speaking = yield* Messages.speaking(context);
        const code = yield* program({ context, ...speaking });
        Stages.report();
        return code;
      }),
    ),
  );
}

/** Runs a program that makes its own way of speaking, as sessions do. */
export function runSession(
  { main, environment, values }: Invocation,
  program: (context: Context.Context) => Effect.Effect<number, BstError, Program.Services | Scope.Scope>,
  purpose: RemotePurpose = "pull",
): Promise<number> {
  const context = Context.open(main, environment);
  return Program.run(context, RemoteChoice.make(context, values, purpose), Effect.scoped(program(context)));
}
