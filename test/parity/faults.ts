/**
 * Trouble between builds and a cache server: seeded scenarios, each for real. Options: `--runs N` (300), `--seed N` of the first one (1).
 */

import * as Faults from "../support/Faults.ts";
import * as FaultTrial from "../support/FaultTrial.ts";

/** Runs the scenarios; returns whether nothing went wrong. */
export async function tryFaults(args: readonly string[]): Promise<boolean> {
  const number = (name: string, preset: number): number => {
    const at = args.indexOf(name);
    return at === -1 ? preset : Number(args[at + 1]);
  };
  const [runs, first] = [number("--runs", 300), number("--seed", 1)];
  const world = await FaultTrial.prepare();
  let failed = 0;
  try {
    for (let seed = first; seed < first + runs; seed++) {
      const wrong = await FaultTrial.attempt(world, seed);
      if (wrong.length === 0) continue;
      failed++;
      const { command, kinds, filled } = Faults.scenario(seed);
      console.log(`WRONG: ${seed} (${command}, ${kinds.join(" and ")}, server ${filled ? "filled" : "empty"})`);
      for (const one of wrong) console.log(`  ${one}`);
    }
  } finally {
    world.close();
  }
  console.log(`${runs} scenarios, ${failed} went wrong`);
  return failed === 0;
}
