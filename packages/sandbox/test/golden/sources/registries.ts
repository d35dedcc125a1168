/**
 * Writes `registries.json`: what BuildStream does with each case of `fetch/registries` (tracks, fetches, checks out), seen from outside.
 *
 * Run with the path of the original's `bst` in `ORACLE`, and names of cases as arguments to do those only.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import type { Golden } from "../../fetch/registries/Case.ts";
import { cases } from "../../fetch/registries/Cases.ts";
import * as Trial from "../../fetch/registries/Trial.ts";

const oracle = process.env["ORACLE"] ?? "bst";
const output = new URL("registries.json", import.meta.url);
const home = Trial.packages(oracle);

const wanted = process.argv.slice(2);
const known = existsSync(output) ? (JSON.parse(readFileSync(output, "utf8")) as Record<string, Golden>) : {};
for (const one of cases) {
  if (wanted.length > 0 && !wanted.includes(one.name)) continue;
  console.error(one.name);
  const { ref, mirror, tree } = await Trial.run(one, { argv: [oracle] }, home);
  known[one.name] = { ref, mirror, tree };
  const sorted = cases.map(({ name }) => [name, known[name]]).filter(([, golden]) => golden !== undefined);
  writeFileSync(output, `${JSON.stringify(Object.fromEntries(sorted), undefined, 1)}\n`);
}
