/** Asks the oracle what it calls each mistake: `node --conditions=@millrace/source test/golden/mistakes/make.ts`, with the oracle in ORACLE or PATH. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { goodConf, mistakes } from "../../e2e/mistakes.ts";
import { layProject } from "../../support/projects.ts";
import { writeConfiguration } from "../../support/tools.ts";
import { Oracle } from "../../parity/Oracle.ts";

const place = mkdtempSync(join(tmpdir(), "millrace-mistakes-"));
const oracle = new Oracle();
try {
  const configuration = writeConfiguration(place);
  const answers: Record<string, unknown> = {};
  for (const { name, files, args, user } of mistakes) {
    const project = join(place, "project");
    layProject(project, { "project.conf": goodConf, "elements/.keep": "", ...files });
    const chosen = user === undefined ? configuration : join(place, "user.conf");
    if (user !== undefined) writeFileSync(chosen, user);
    const { status, domain, reason, place: where } = await oracle.ask(project, ["--no-colors", "--no-interactive", "-c", chosen, ...args]);
    answers[name] = { status, domain, reason, place: where?.replace(`${place}/`, "") ?? null };
  }
  writeFileSync(new URL("answers.json", import.meta.url), `${JSON.stringify(answers, null, 2)}\n`);
} finally {
  oracle.close();
  rmSync(place, { recursive: true, force: true });
}
