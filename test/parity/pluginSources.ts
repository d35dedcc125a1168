/**
 * Each source plugin of both packages three ways: BuildStream, the native kind, and the plugin in our host. It tracks, fetches and stages in the cases of
 * `packages/sandbox/test/fetch/registries`: servers of every kind on the loopback.
 */
import { dirname, join } from "node:path";
import type { Case } from "../../packages/sandbox/test/fetch/registries/Case.ts";
import { cases as sources } from "../../packages/sandbox/test/fetch/registries/Cases.ts";
import { cases as mirrors } from "../../packages/sandbox/test/fetch/registries/Mirrors.ts";
import * as Trial from "../../packages/sandbox/test/fetch/registries/Trial.ts";
import { findOracle, ours } from "../support/tools.ts";

const cases = [...sources, ...mirrors];

/** The kinds of sources and of mirrors that the cases cover. */
export const covered = {
  sources: new Set(sources.map(({ kind }) => kind)),
  mirrors: new Set(mirrors.map(({ mirror }) => mirror?.kind)),
};

/** Prints a row for each case; returns whether all agreed. `names` are cases or kinds to try, all when empty. */
export async function comparePluginSources(names: readonly string[]): Promise<boolean> {
  const oracle = findOracle();
  const program = oracle.argv[0] as string;
  const home = Trial.packages(program);
  const python = join(dirname(program), "python");
  const native: Trial.Way = { argv: ours.argv, configuration: { plugins: { prefer: "native", python } } };
  const hosted: Trial.Way = { argv: ours.argv, configuration: { plugins: { prefer: "python", python } }, marked: true };
  const attempt = (one: Case, way: Trial.Way) =>
    Trial.run(one, way, home).catch((error: unknown) => ({ failed: String(error).slice(-1500) }));
  let agreed = true;
  console.log(row("case", "way", ["ref", "key", "mirror", "tree"]));
  for (const one of cases) {
    if (
      names.length > 0 &&
      ![one.name, one.kind, one.mirror?.kind].some((name) => name !== undefined && names.includes(name))
    )
      continue;
    const theirs = await attempt(one, { argv: oracle.argv });
    for (const [name, way] of [
      ["native", native],
      ["python", hosted],
    ] as const) {
      const mine = await attempt(one, way);
      if ("failed" in theirs || "failed" in mine) {
        agreed = false;
        console.log(row(one.name, name, ["failed" in theirs ? "ORACLE FAILED" : "FAILED"]));
        for (const done of [theirs, mine]) if ("failed" in done) console.log(done.failed.replace(/^/gm, "    "));
        continue;
      }
      // A key holds the ref, and some refs hold the address of the world; where files are made by programs, it holds their times.
      const facts = (["ref", "key", "mirror", "tree"] as const).filter(
        (fact) => fact !== "key" || (one.volatile !== true && one.arrange === undefined),
      );
      const different = facts.filter((fact) => JSON.stringify(mine[fact]) !== JSON.stringify(theirs[fact]));
      const skipped = way.marked === true && !mine.loaded && one.kind !== "tar" && one.kind !== "remote";
      agreed &&= different.length === 0 && !skipped;
      const verdicts = facts.map((fact) => (different.includes(fact) ? "DIFFERENT" : "same"));
      console.log(row(one.name, name, skipped ? [...verdicts, "PLUGIN NOT LOADED"] : verdicts));
      for (const fact of different)
        console.log(`    ours   ${JSON.stringify(mine[fact])}\n    oracle ${JSON.stringify(theirs[fact])}`);
    }
  }
  return agreed;
}

function row(name: string, way: string, verdicts: readonly string[]): string {
  return `${name.padEnd(52)}${way.padEnd(8)}${verdicts.map((verdict) => verdict.padEnd(10)).join("")}`.trimEnd();
}
