/**
 * Asks the oracle what it says of random configurations of servers: `node --conditions=@millrace/source test/golden/remotes/make.ts`, with the oracle in ORACLE or
 * PATH. Of many it keeps one for each kind of mistake and place.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { Choices } from "../../parity/Choices.ts";
import { Oracle } from "../../parity/Oracle.ts";
import { tapes } from "../../parity/projects.ts";
import { randomBlocks } from "../../parity/RemoteBlocks.ts";
import { lay, verdict } from "../../parity/remotes.ts";

const place = mkdtempSync(join(tmpdir(), "millrace-remotes-"));
const oracle = new Oracle();
const kept = new Map<string, unknown>();
try {
  for (const tape of fc.sample(tapes, { numRuns: 400, seed: 20261126 })) {
    const blocks = randomBlocks(new Choices(tape));
    const answer = await oracle.ask(join(place, "oracle/project"), lay(join(place, "oracle"), blocks));
    if (answer.domain !== "LOAD") continue;
    // What follows the colon differs by the place alone.
    const kind = answer.message?.replace(/^.*?\]: /, "") ?? "";
    const where = answer.place?.includes("project.conf") ? "project" : "user";
    const name = `${where}: ${kind}`;
    if (kept.size < 48 && !kept.has(name)) kept.set(name, { blocks, verdict: verdict(answer) });
  }
  const text = JSON.stringify([...kept.values()], null, 1);
  writeFileSync(new URL("answers.json", import.meta.url), `${text}\n`);
} finally {
  oracle.close();
  rmSync(place, { recursive: true, force: true });
}
