/** Random blocks of configuration that name servers through both tools: `npm run parity -- remotes [--runs N] [--seed N]`. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import fc from "fast-check";
import { layProject } from "../support/projects.ts";
import { writeConfiguration } from "../support/tools.ts";
import { type Answer, askOurs } from "./Answer.ts";
import { Choices } from "./Choices.ts";
import { Oracle } from "./Oracle.ts";
import { tapes } from "./projects.ts";
import { type Blocks, randomBlocks } from "./RemoteBlocks.ts";

/** Lays out what blocks stand for below an empty directory; returns the arguments. */
export function lay(place: string, blocks: Blocks): readonly string[] {
  rmSync(place, { recursive: true, force: true });
  mkdirSync(place, { recursive: true });
  layProject(join(place, "project"), {
    "project.conf": blocks.projectConf,
    "elements/target.bst": "kind: import\nsources:\n- kind: local\n  path: elements\n",
  });
  const configuration = writeConfiguration(place, blocks.user);
  writeFileSync(join(place, "project/server.crt"), "no certificate\n");
  return ["--no-colors", "--no-interactive", "-c", configuration, ...blocks.args];
}

/** What has to agree. */
export const verdict = ({ status, domain, reason, place }: Answer): string =>
  JSON.stringify([status, domain, reason, place?.replace(/^.*\/(project|ours|oracle)\//, "")]);

/** Runs the comparison; returns whether all agreed. */
export async function compareRemotes(args: readonly string[]): Promise<boolean> {
  const { values } = parseArgs({
    args: [...args],
    options: { runs: { type: "string", default: "200" }, seed: { type: "string", default: "1" } },
  });
  const place = mkdtempSync(join(tmpdir(), "millrace-remotes-"));
  const oracle = new Oracle();
  let different = 0;
  try {
    for (const [index, tape] of fc
      .sample(tapes, { numRuns: Number(values.runs), seed: Number(values.seed) })
      .entries()) {
      const blocks = randomBlocks(new Choices(tape));
      const theirs = await oracle.ask(join(place, "oracle/project"), lay(join(place, "oracle"), blocks));
      const mine = await askOurs(
        join(place, "ours/project"),
        lay(join(place, "ours"), blocks),
        join(place, "error.json"),
      );
      // The oracle's daemon ends where the storage service is not there, whatever is asked.
      if (theirs.domain === "CAS" && mine.domain === null) continue;
      if (verdict(theirs) === verdict(mine)) continue;
      different++;
      console.log(
        `DIFFERENT (${index}): oracle ${verdict(theirs)} ${theirs.message}\n  ours ${verdict(mine)} ${mine.message}`,
      );
      console.log(`${blocks.args.join(" ")}\n${blocks.user}${blocks.projectConf}`);
    }
    console.log(`${values.runs} blocks, ${different} treated differently`);
    return different === 0;
  } finally {
    oracle.close();
    rmSync(place, { recursive: true, force: true });
  }
}
