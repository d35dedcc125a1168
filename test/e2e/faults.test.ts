/** One of the scenarios of trouble with servers for each command; `npm run parity -- faults` tries hundreds. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as Faults from "../support/Faults.ts";
import * as FaultTrial from "../support/FaultTrial.ts";
import * as FaultWorld from "../support/FaultWorld.ts";

/** The first scenario of a command, from a number on; one where nothing depends on when it happens. */
function first(command: Faults.Command): number {
  for (let seed = 2001; ; seed++) {
    const scenario = Faults.scenario(seed);
    if (scenario.command === command && scenario.twist === undefined) return seed;
  }
}

describe("trouble between a command and its servers", () => {
  let world: FaultWorld.World;
  beforeAll(async () => {
    world = await FaultWorld.prepare();
  });
  afterAll(() => world?.close());

  it.each(Faults.commands.map((command) => [command, first(command)] as const))(
    "leaves nothing wrong: %s (scenario %i)",
    async (_, seed) => {
      expect(await FaultTrial.attempt(world, seed)).toEqual([]);
    },
    240_000,
  );
});
