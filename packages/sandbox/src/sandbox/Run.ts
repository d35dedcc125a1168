/**
 * One run of a sandbox: a process group that lives in a Scope.
 *
 * {@link start} returns when the command has ended, with the mount namespace still there: its upper layer can only be read rightly together with the
 * merged view (`merged` below). Closing the scope lets the namespace go. Interrupting at any moment kills every process: the group at once, and
 * what left the group because process 1 of the sandbox's own process namespace dies with bubblewrap. A killed parent has the same effect through
 * the kernel (`PR_SET_PDEATHSIG`).
 */
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Readable } from "node:stream";
import { BstError } from "@millrace/core/error/BstError";
import * as Effect from "effect/Effect";
import type * as Scope from "effect/Scope";
import * as Bubblewrap from "./Bubblewrap.ts";
import type { Capabilities } from "./Programs.ts";

/** Where output goes: a descriptor (a log file opened for appending), one for each of the two, or the terminal. */
export type Output = number | "inherit" | { readonly stdout: number; readonly stderr: number };

export interface Ended {
  readonly exitCode: number;
  /** The root as the sandbox saw it, through the namespace that is still held; for reading what changed. */
  readonly merged: string;
}

/** Runs that can be stopped and continued together (the whole tool is suspended); process group ids. */
const groups = new Set<number>();

/** Stops every process of every run that is not interactive. */
export function suspendAll(): void {
  for (const group of groups) signal(group, "SIGSTOP");
}

/** Lets them go on. */
export function resumeAll(): void {
  for (const group of groups) signal(group, "SIGCONT");
}

function signal(group: number, name: NodeJS.Signals): void {
  try {
    process.kill(-group, name);
  } catch {
    // It ended by itself.
  }
}

/** The overlay could not be mounted; the caller may know another way. */
export class MountRefused {
  readonly _tag = "MountRefused";
  readonly reason: string;
  constructor(reason: string) {
    this.reason = reason;
  }
}

/** Runs a command to its end. Fails when the sandbox cannot be made; the command's own failure is its exit code. */
export const start = Effect.fn("Run.start")(function* (
  specification: Bubblewrap.Specification,
  capabilities: Capabilities,
  output: Output,
): Effect.fn.Return<Ended, BstError | MountRefused, Scope.Scope> {
  const [program = "", ...args] = Bubblewrap.command(specification, capabilities.host);
  const child = yield* Effect.acquireRelease(
    Effect.sync(() => launch(program, args, output, specification.interactive)),
    (child) => end(child, specification.interactive),
  );
  const report = yield* read(child);
  const status = /^exit (\d+)$/m.exec(report)?.[1];
  if (status !== undefined) {
    yield* emptied(report);
    return {
      exitCode: Number(status),
      merged: `/proc/${child.pid}/root${specification.root.merged}`,
    };
  }
  if (/^mount$/m.test(report)) return yield* Effect.fail(new MountRefused(report.replace(/^mount\n?/m, "").trim()));
  return yield* new BstError({
    domain: "SANDBOX",
    reason: null,
    message: `The sandbox ended before its command did${report.trim() === "" ? "" : `: ${report.trim()}`}`,
    hint: "Something killed it; look for the kernel's out-of-memory killer.",
  });
});

/**
 * Waits until no process of the sandbox is left. Bubblewrap reports the exit of the command while the kernel may still be killing what ran in the
 * background; what such a process has open must not become part of the store.
 */
const emptied = Effect.fnUntraced(function* (report: string) {
  const first = /"child-pid": (\d+)/.exec(report)?.[1];
  if (first === undefined) return;
  while (isAlive(first)) yield* Effect.sleep("1 millis");
});

/** A zombie has no processes in its namespace any more: the kernel waits for them first. */
function isAlive(pid: string): boolean {
  try {
    return !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return false;
  }
}

function launch(program: string, args: readonly string[], output: Output, interactive: boolean): ChildProcess {
  const [stdout, stderr] = typeof output === "object" ? [output.stdout, output.stderr] : [output, output];
  const child = spawn(program, args, {
    cwd: "/",
    // The supervisor finds its programs by absolute path; nothing of this process' environment may reach the sandbox.
    env: {},
    stdio: [interactive ? "inherit" : "ignore", stdout, stderr, "pipe", "pipe"],
    // A group and session of its own; a shell must stay in the terminal's.
    detached: !interactive,
  });
  if (child.pid !== undefined && !interactive) groups.add(child.pid);
  return child;
}

/** What the supervisor says, up to the end of the command or its own. */
function read(child: ChildProcess): Effect.Effect<string, BstError> {
  return Effect.callback<string, BstError>((resume) => {
    const stream = child.stdio[Bubblewrap.reportDescriptor] as Readable;
    let text = "";
    stream.setEncoding("utf8");
    stream.on("data", (part: string) => {
      text += part;
      if (/^exit \d+\n/m.test(text)) resume(Effect.succeed(text));
    });
    stream.on("end", () => resume(Effect.succeed(text)));
    stream.on("error", () => resume(Effect.succeed(text)));
    child.on("error", (cause) =>
      resume(
        Effect.fail(
          new BstError({ domain: "SANDBOX", reason: null, message: `Cannot start the sandbox: ${cause.message}` }),
        ),
      ),
    );
  });
}

/** Lets the namespace go, kills what still runs, and waits until nothing is left. */
function end(child: ChildProcess, interactive: boolean): Effect.Effect<void> {
  return Effect.callback<void>((resume) => {
    const { pid } = child;
    const gone = () => {
      if (pid !== undefined) groups.delete(pid);
      resume(Effect.void);
    };
    if (pid === undefined) return gone();
    (child.stdio[Bubblewrap.holdDescriptor] as { destroy(): void }).destroy();
    (child.stdio[Bubblewrap.reportDescriptor] as Readable).destroy();
    if (child.exitCode !== null || child.signalCode !== null) return gone();
    child.once("exit", gone);
    if (interactive) child.kill("SIGKILL");
    else signal(pid, "SIGKILL");
  });
}
