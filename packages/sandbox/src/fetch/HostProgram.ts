/**
 * Programs of the host that sources need: git, patch, curl and the like. They run without a shell, with an empty standard input, and die with the fiber that
 * waits for them.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { BstError, type ReasonOf } from "@millrace/core/error/BstError";
import * as Effect from "effect/Effect";
import { textWithoutSecrets } from "./AliasUrls.ts";

export interface Run {
  readonly program: string;
  readonly arguments: readonly string[];
  readonly cwd?: string | undefined;
  /** Added to the environment of this process. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  /** What went wrong when it fails, one sentence without a full stop. */
  readonly failure: string;
  readonly reason?: ReasonOf<"SOURCE"> | undefined;
  readonly temporary?: boolean | undefined;
  /** Whether the program complains on standard output too. */
  readonly complaintOnOutput?: boolean | undefined;
  /** Given to the program as standard input. */
  readonly input?: string | Uint8Array | undefined;
  /** Exit codes other than zero that are answers, not failures. */
  readonly answers?: readonly number[] | undefined;
}

export interface Output {
  readonly code: number;
  /** Standard output. */
  readonly bytes: Buffer;
  /** The same as text. */
  readonly text: string;
}

const mostComplaint = 8000;

/** Runs a program to its end. Fails when it is not there or ends with a code that is no answer; its complaint is the detail. */
export function run(request: Run): Effect.Effect<Output, BstError> {
  return Effect.callback<Output, BstError>((resume) => {
    const child = spawn(request.program, request.arguments, {
      cwd: request.cwd,
      env: { ...process.env, ...request.environment },
      stdio: ["pipe", "pipe", "pipe"],
      detached: true,
    });
    // A program that ends without reading its input is no failure of its own.
    child.stdin.on("error", () => {});
    child.stdin.end(request.input ?? "");
    const output: Buffer[] = [];
    let complaint = "";
    child.stdout.on("data", (bytes: Buffer) => output.push(bytes));
    child.stderr.on("data", (bytes: Buffer) => {
      complaint = (complaint + bytes.toString()).slice(-mostComplaint);
    });
    child.on("error", (cause: NodeJS.ErrnoException) => resume(Effect.fail(notStarted(request, cause))));
    child.on("close", (code, signal) => {
      if (code !== null && (code === 0 || request.answers?.includes(code) === true))
        resume(Effect.succeed(outputOf(code, Buffer.concat(output))));
      else {
        const said = request.complaintOnOutput === true ? Buffer.concat(output).toString().slice(-mostComplaint) : "";
        resume(Effect.fail(ended(request, code ?? signal, said + complaint)));
      }
    });
    return Effect.suspend(() =>
      child.pid !== undefined && child.exitCode === null ? end(child, child.pid) : Effect.void,
    );
  });
}

/** Milliseconds in which a program that is not wanted any more may put away what it has begun, as git does with its locks. */
const mercy = 400;

/** Ends a program and the helpers that it started. */
function end(child: ChildProcess, pid: number): Effect.Effect<void> {
  return Effect.callback<void>((resume) => {
    const over = () => {
      clearTimeout(timer);
      signalGroup(pid, "SIGKILL");
      resume(Effect.void);
    };
    const timer = setTimeout(over, mercy);
    child.once("close", over);
    signalGroup(pid, "SIGTERM");
  });
}

function outputOf(code: number, bytes: Buffer): Output {
  return {
    code,
    bytes,
    get text() {
      return bytes.toString();
    },
  };
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // It ended in the meantime.
  }
}

function notStarted(request: Run, cause: NodeJS.ErrnoException): BstError {
  if (cause.code !== "ENOENT")
    return new BstError({ domain: "SOURCE", reason: null, message: `Cannot run ${request.program}: ${cause.message}` });
  return new BstError({
    domain: "PROG_NOT_FOUND",
    reason: null,
    message: `The program '${request.program}' is needed and is not in the PATH`,
    hint: `Install ${request.program}.`,
  });
}

function ended(request: Run, code: number | string | null, complaint: string): BstError {
  return new BstError({
    domain: "SOURCE",
    reason: request.reason ?? null,
    message: `${textWithoutSecrets(request.failure)} (${request.program} ended with ${code})`,
    detail: complaint.trim() === "" ? undefined : textWithoutSecrets(complaint.trim()),
    temporary: request.temporary,
  });
}

/** A failure of work with a program that was not run by {@link run}. */
export function failed(message: string, cause: unknown): Effect.Effect<never, BstError> {
  return Effect.fail(
    new BstError({ domain: "SOURCE", reason: null, message: `${message}: ${(cause as Error).message}` }),
  );
}
