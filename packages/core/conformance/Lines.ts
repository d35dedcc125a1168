/**
 * A program as an implementation under test that talks JSON: one request a line, one answer a line. Quicker than {@link Command}, and for trees that are no
 * real directories.
 *
 * A request is `{"destination": TREE, "source": TREE, "accept": [PATH…]}` without `accept` when there is no filter; an answer is `{"tree": TREE}` with
 * `written`, `overwritten` and `ignored` where it has them, or `{"conflict": PATH}`. Trees are as in `Sample.ts`.
 */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Implementation, Outcome } from "./Implementation.ts";

/** The implementation behind a command line, run by `sh` once and asked again and again. */
export function implementation(command: string): Implementation {
  const child = spawn("sh", ["-c", `exec ${command}`], { stdio: ["pipe", "pipe", "inherit"] });
  const waiting: { readonly resolve: (line: string) => void; readonly reject: (cause: Error) => void }[] = [];
  let ended: Error | undefined;
  const end = (cause: Error): void => {
    ended ??= cause;
    for (const { reject } of waiting.splice(0)) reject(cause);
  };
  child.on("error", end);
  // A program that is gone closes its input first: how it ended says more. One that lives on without reading is waited for no longer.
  child.stdin.on("error", (cause) => void setTimeout(end, 1000, cause).unref());
  child.on("exit", (status) => end(new Error(`the program ended with status ${status}`)));
  createInterface(child.stdout).on("line", (line) => waiting.shift()?.resolve(line));
  return {
    name: command,
    filters: true,
    run: async (request) => {
      if (ended !== undefined) throw ended;
      const line = await new Promise<string>((resolve, reject) => {
        waiting.push({ resolve, reject });
        child.stdin.write(`${JSON.stringify(request)}\n`);
      });
      return outcome(JSON.parse(line));
    },
    close: () => void child.stdin.end(),
  };
}

type Answer = { readonly conflict: string } | Omit<Outcome & { readonly type: "imported" }, "type">;

function outcome(answer: Answer): Outcome {
  return "conflict" in answer ? { type: "conflict", path: answer.conflict } : { type: "imported", ...answer };
}
