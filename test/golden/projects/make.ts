/**
 * Writes projects.json: random projects of the parity check with what the oracle says of them, for tests that run without it.
 *
 *     node --conditions=@millrace/source test/golden/projects/make.ts [SEED [COUNT]]
 *
 * Of valid projects the keys are kept, and the digest of everything that `show` says; of the others the error.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as Sha256 from "@millrace/core/tree/Sha256";
import fc from "fast-check";
import { Choices } from "../../parity/Choices.ts";
import { Oracle } from "../../parity/Oracle.ts";
import { argumentsFor, tapes } from "../../parity/projects.ts";
import { randomProject } from "../../parity/RandomProject.ts";
import { layProject } from "../../support/projects.ts";
import { root, writeConfiguration } from "../../support/tools.ts";

const [seed = "1", count = "150"] = process.argv.slice(2);
const place = mkdtempSync(join(tmpdir(), "millrace-golden-"));
const oracle = new Oracle();
try {
  const lines: string[] = [];
  for (const tape of fc.sample(tapes, { numRuns: Number(count) * 2, seed: Number(seed) })) {
    if (lines.length === Number(count)) break;
    const { files, targets, options, configuration } = randomProject(new Choices(tape));
    const project = join(place, "project");
    layProject(project, files);
    const file = writeConfiguration(place, configuration);
    const said = await oracle.ask(project, argumentsFor({ files, targets, options, configuration }, file));
    // What makes the oracle crash says nothing about us.
    if (said.status !== 0 && said.domain === null) continue;
    const { status, stdout, domain, reason } = said;
    // The user configuration of the test is another.
    const shown = said.place?.startsWith(place) === true ? null : said.place;
    const keys = [...stdout.matchAll(/^(\S+\.bst) ([0-9a-f?]{64})$/gm)].map(([, name, key]) => [name, key]);
    const answer = status === 0 ? { keys, digest: Sha256.hex(stdout) } : { domain, reason, place: shown };
    lines.push(JSON.stringify({ files: Object.fromEntries(files), targets, options, configuration, ...answer }));
  }
  writeFileSync(join(root, "test/golden/projects/projects.json"), `[\n${lines.join(",\n")}\n]\n`);
} finally {
  oracle.close();
  rmSync(place, { recursive: true, force: true });
}
