/**
 * What the two tools do with shared caches, in small scenarios that each goes through alone, with servers of its own: exit codes, errors, what was pulled, pushed, fetched and
 * built, states, and what is on the servers afterwards. `npm run parity -- cache-scenarios [NAME...]`.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findOracle, ours } from "../../support/tools.ts";
import { Oracle } from "../Oracle.ts";
import { elsewhere } from "./elsewhere.ts";
import { kept } from "./kept.ts";
import { plans } from "./plans.ts";
import { servers } from "./servers.ts";
import { sources } from "./sources.ts";
import { Trial } from "./Trial.ts";
import { transfers } from "./transfers.ts";

const scenarios = { ...transfers, ...kept, ...servers, ...sources, ...plans, ...elsewhere };

const lines = (records: readonly unknown[]) =>
  records.flatMap((record) =>
    JSON.stringify(record, (key, value) => (key === "said" ? undefined : value), 1).split("\n"),
  );

/** Lines that only one of two has. */
function differences(one: readonly string[], other: readonly string[]): string {
  const plain = (line: string) => line.replace(/,$/, "");
  const [mine, theirs] = [new Set(one.map(plain)), new Set(other.map(plain))];
  return [
    ...[...mine].filter((line) => !theirs.has(line)).map((line) => `  ours   ${line}`),
    ...[...theirs].filter((line) => !mine.has(line)).map((line) => `  oracle ${line}`),
  ]
    .slice(0, 40)
    .join("\n");
}

/** Runs the comparison; returns whether all agreed. */
export async function compareCacheScenarios(names: readonly string[]): Promise<boolean> {
  const oracle = new Oracle();
  const top = mkdtempSync(join(tmpdir(), "millrace-cache-scenarios-"));
  let agreed = true;
  try {
    for (const [name, scenario] of Object.entries(scenarios)) {
      if (names.length > 0 && !names.some((part) => name.includes(part))) continue;
      const records = await Promise.all(
        [ours, findOracle()].map(async (tool) => {
          const place = join(top, tool.name);
          rmSync(place, { recursive: true, force: true });
          mkdirSync(place);
          const trial = new Trial(tool, place, oracle);
          try {
            await scenario(trial);
          } finally {
            await trial.end();
          }
          return trial.records;
        }),
      );
      const mine = records[0] as readonly unknown[];
      const theirs = records[1] as readonly unknown[];
      let same = true;
      for (const [index, record] of theirs.entries()) {
        const [one, other] = [lines([mine[index]]), lines([record])];
        if (one.join("\n") === other.join("\n")) continue;
        if (same) console.log(`DIFFERENT: ${name}`);
        same = false;
        console.log(` step ${index}: ${other[1]}\n${differences(one, other)}`);
      }
      if (same) console.log(`same: ${name} (${theirs.length} steps)`);
      agreed &&= same;
    }
    return agreed;
  } finally {
    oracle.close();
    rmSync(top, { recursive: true, force: true, maxRetries: 5 });
  }
}
