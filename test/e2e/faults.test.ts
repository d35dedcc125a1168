/** A dozen of the scenarios of trouble with a cache server; `npm run parity -- faults` tries hundreds. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as FaultTrial from "../support/FaultTrial.ts";
import * as FaultWorld from "../support/FaultWorld.ts";

describe("trouble between a build and its cache server", () => {
  let world: FaultWorld.World;
  beforeAll(async () => {
    world = await FaultWorld.prepare();
  });
  afterAll(() => world?.close());

  it.each(Array.from({ length: 12 }, (_, index) => 2001 + index))(
    "leaves nothing wrong (scenario %i)",
    async (seed) => {
      expect(await FaultTrial.attempt(world, seed)).toEqual([]);
    },
    180_000,
  );
});
