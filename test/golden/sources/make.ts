/** Writes `kinds.json`: what BuildStream makes of the elements of `test/support/sourceKinds.ts`. Run with the path of its `bst` in `ORACLE`. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as SourceKindProject from "../../support/sourceKinds.ts";
import { findOracle } from "../../support/tools.ts";

const oracle = findOracle();
const place = mkdtempSync(join(tmpdir(), "millrace-kinds-"));
try {
  const packages = SourceKindProject.packagesOf(oracle.argv[0] as string, (python, script) =>
    execFileSync(python, ["-c", script], { encoding: "utf8" }),
  );
  const made = await SourceKindProject.build(oracle, place, packages);
  const facts = Object.entries(made).map(([kind, one]) => [kind, SourceKindProject.settled(kind, one)]);
  writeFileSync(new URL("kinds.json", import.meta.url), `${JSON.stringify(Object.fromEntries(facts), undefined, 1)}\n`);
} finally {
  SourceKindProject.remove(place);
}
