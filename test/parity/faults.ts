/**
 * Trouble between commands and their servers: seeded scenarios, each for real. Options: `--runs N` (300), `--seed N` of the first one (1), `--only COMMAND`.
 */

import * as Faults from "../support/Faults.ts";
import * as FaultTrial from "../support/FaultTrial.ts";
import * as FaultWorld from "../support/FaultWorld.ts";

/** Runs the scenarios; returns whether nothing went wrong. */
export async function tryFaults(args: readonly string[]): Promise<boolean> {
  const number = (name: string, preset: number): number => {
    const at = args.indexOf(name);
    return at === -1 ? preset : Number(args[at + 1]);
  };
  const [runs, first] = [number("--runs", 300), number("--seed", 1)];
  const only = args.indexOf("--only") === -1 ? undefined : args[args.indexOf("--only") + 1];
  const world = await FaultWorld.prepare();
  let [tried, failed] = [0, 0];
  try {
    for (let seed = first; seed < first + runs; seed++) {
      const { command, kinds, stock, layout } = Faults.scenario(seed);
      if (only !== undefined && command !== only) continue;
      tried++;
      const wrong = await FaultTrial.attempt(world, seed, true);
      if (wrong.length === 0) continue;
      failed++;
      console.log(`WRONG: ${seed} (${command}, ${kinds.join(" and ")}, server ${stock}, trouble from: ${layout})`);
      for (const one of wrong) console.log(`  ${one}`);
    }
  } finally {
    world.close();
  }
  console.log(`${tried} scenarios, ${failed} went wrong`);
  return failed === 0;
}
