/**
 * The questions that a session asks at a terminal: what to do about a failed job, and about Ctrl-C.
 *
 * An answer is any unambiguous beginning of a choice; an empty one is `continue`. Ctrl-C, or the end of input, terminates. Reading the log and the shell come
 * back to the question.
 */
import { spawn } from "node:child_process";
import * as readline from "node:readline";
import * as Queue from "@millrace/core/schedule/Queue";
import type { Person, Question } from "@millrace/sandbox/session/Conduct";
import * as Effect from "effect/Effect";

const meanings: Readonly<Record<string, string>> = {
  continue: "go on with everything that does not need this",
  quit: "let running jobs finish, then stop",
  terminate: "stop running jobs now",
  retry: "try this job again",
  log: "read the whole log file",
  shell: "open a shell in the sandbox as the failure left it",
};

/** What was answered: one of the choices, or what is wrong with the answer. */
export type Answer =
  | { readonly type: "choice"; readonly choice: string }
  | { readonly type: "unclear"; readonly why: string };

/** Finds the choice that an answer begins. */
export function match(answer: string, choices: readonly string[]): Answer {
  const text = answer.trim();
  if (text === "") return { type: "choice", choice: choices[0]! };
  const meant = choices.filter((choice) => choice.startsWith(text));
  const [choice] = meant;
  if (choice === undefined) return { type: "unclear", why: `'${text}' is none of ${choices.join(", ")}` };
  if (meant.length > 1) return { type: "unclear", why: `'${text}' could be ${meant.join(" or ")}` };
  return { type: "choice", choice };
}

/** The question about a failed job, and the choices in their order. */
export function failure(question: Question): { readonly text: string; readonly choices: readonly string[] } {
  const choices = ["continue", "quit", "terminate", "retry"];
  if (question.log !== undefined) choices.push("log");
  if (question.sandbox) choices.push("shell");
  return { text: `\n${Queue.nameOf(question.action)} failed: ${question.element.name}\n\n${list(choices)}`, choices };
}

/** The question that follows Ctrl-C. */
function interrupt(): { readonly text: string; readonly choices: readonly string[] } {
  const choices = ["continue", "quit", "terminate"];
  return { text: `\nInterrupted.\n\n${list(choices)}`, choices };
}

function list(choices: readonly string[]): string {
  const width = Math.max(...choices.map((choice) => choice.length)) + 2;
  const lines = choices.map((choice) => `  ${`(${choice[0]})${choice.slice(1)}`.padEnd(width)}  ${meanings[choice]}\n`);
  return `${lines.join("")}\nCtrl-C terminates.\n`;
}

export interface Console {
  readonly write: (text: string) => void;
  /** Reads a line after showing the prompt; undefined for Ctrl-C and the end of input. */
  readonly readLine: (prompt: string) => Effect.Effect<string | undefined>;
  readonly page: (file: string) => Effect.Effect<void>;
  readonly shell: (question: Question) => Effect.Effect<void>;
  /** Before and after a question: the live region goes away and comes back. */
  readonly hide: () => void;
  readonly show: () => void;
}

const choose = Effect.fnUntraced(function* (
  console: Console,
  question: { readonly text: string; readonly choices: readonly string[] },
): Effect.fn.Return<string> {
  console.write(`${question.text}\n`);
  for (;;) {
    const line = yield* console.readLine(`Choice: [${question.choices[0]}]: `);
    if (line === undefined) return "terminate";
    const answer = match(line, question.choices);
    if (answer.type === "choice") return answer.choice;
    console.write(`${answer.why}\n`);
  }
});

/** Somebody at this console. */
export function person(console: Console): Person {
  const shown = <A>(question: Effect.Effect<A>): Effect.Effect<A> =>
    Effect.acquireUseRelease(
      Effect.sync(console.hide),
      () => question,
      () => Effect.sync(console.show),
    );
  return {
    onFailure: (question) =>
      shown(
        Effect.gen(function* () {
          for (;;) {
            const choice = yield* choose(console, failure(question));
            if (choice === "log" && question.log !== undefined) yield* console.page(question.log);
            else if (choice === "shell") yield* console.shell(question);
            else return choice as "continue" | "quit" | "terminate" | "retry";
          }
        }),
      ),
    onInterrupt: shown(
      Effect.map(choose(console, interrupt()), (choice) => choice as "continue" | "quit" | "terminate"),
    ),
  };
}

function openReader(): readline.Interface | undefined {
  try {
    return readline.createInterface({
      input: process.stdin,
      output: process.stderr,
      terminal: process.env["TERM"] !== "dumb",
    });
  } catch {
    return undefined;
  }
}

/** Reads from the terminal of this process. */
export const readLine: Console["readLine"] = (prompt) =>
  Effect.callback<string | undefined>((resume) => {
    const reader = openReader();
    // A terminal that somebody else has in the foreground cannot be asked.
    if (reader === undefined) return resume(Effect.succeed(undefined));
    const end = (line: string | undefined) => {
      reader.removeAllListeners();
      reader.close();
      process.stdin.pause();
      resume(Effect.succeed(line));
    };
    reader.on("SIGINT", () => {
      process.stderr.write("\n");
      end(undefined);
    });
    reader.on("close", () => end(undefined));
    reader.question(prompt, end);
    return Effect.sync(() => reader.close());
  });

/** Shows a file in the user's pager. */
export const page: Console["page"] = (file) =>
  Effect.callback<void>((resume) => {
    const pager = process.env["PAGER"] || "less";
    const child = spawn("sh", ["-c", `${pager} "$1"`, "sh", file], { stdio: "inherit" });
    child.on("error", () => resume(Effect.void));
    child.on("exit", () => resume(Effect.void));
  });
