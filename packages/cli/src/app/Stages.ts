/**
 * Where the time of a command goes, stage by stage, for whoever sets `MILLRACE_STAGES`: printed to standard error when the command ends.
 *
 * Stages nest (a file is read and parsed while elements are found); the time of an inner one does not count for the outer one. Nothing is measured
 * without the variable, since a measurement costs about as much as the smallest stages.
 */
import * as Output from "./Output.ts";

/** Milliseconds by stage, without inner stages. */
const spent = new Map<string, number>();
/** Milliseconds that inner stages took, for each stage that is running. */
const inner: number[] = [];

/** Whether anything is measured. */
const measuring = process.env["MILLRACE_STAGES"] !== undefined;

/** Runs a stage. */
export function timed<A>(stage: string, body: () => A): A {
  if (!measuring) return body();
  const began = performance.now();
  inner.push(0);
  try {
    return body();
  } finally {
    const whole = performance.now() - began;
    spent.set(stage, (spent.get(stage) ?? 0) + whole - (inner.pop() as number));
    if (inner.length > 0) inner[inner.length - 1] = (inner.at(-1) as number) + whole;
  }
}

/** Prints what was measured. */
export function report(): void {
  if (!measuring) return;
  const total = performance.now();
  const rows = [...spent, ["other", total - [...spent.values()].reduce((sum, value) => sum + value, 0)] as const];
  for (const [stage, value] of rows) Output.error(`${stage.padEnd(8)} ${value.toFixed(0).padStart(8)} ms\n`);
  const peak = process.resourceUsage().maxRSS / 1024;
  Output.error(`${"all".padEnd(8)} ${total.toFixed(0).padStart(8)} ms, at most ${peak.toFixed(0)} MiB\n`);
}
