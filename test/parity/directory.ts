/**
 * `npm run parity -- directory DIR [WORDS …]`: a project on disk through both tools, `WORDS` being what stands between `bst` and `show` (`-o arch aarch64`, `--no-strict`). All its
 * elements are shown, or, where some do not load, those that do.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { writeConfiguration } from "../support/tools.ts";
import { type Answer, askOurs } from "./Answer.ts";
import { Oracle } from "./Oracle.ts";

const format = "%{name} %{full-key} %{state}\n%{vars}%{env}%{public}%{deps}%{source-info}\n";

/** What is compared of two answers that are no success. */
const verdict = ({ status, domain, reason }: Answer): string => JSON.stringify([status, domain, reason]);

/** The blocks of a report, by the line that they begin with. */
function blocks(report: string): ReadonlyMap<string, string> {
  const parts = report.split(/^(?=\S+\.bst (?:[0-9a-f]{64}|\?{64}) )/m).filter((part) => part !== "");
  return new Map(parts.map((part) => [part.slice(0, part.indexOf(" ")), part]));
}

/** Compares two reports in {@link format}, says what differs, and returns whether nothing does. */
export function compareAnswers(mine: Answer, theirs: Answer): boolean {
  let agreed = true;
  if (verdict(mine) !== verdict(theirs)) {
    console.log(`ours ${verdict(mine)} ${mine.message ?? ""}\noracle ${verdict(theirs)} ${theirs.message ?? ""}`);
    agreed = false;
  }
  const [own, other] = [blocks(mine.stdout), blocks(theirs.stdout)];
  for (const [name, text] of other) {
    if (own.get(name) === text) continue;
    agreed = false;
    console.log(`--- ${name}\n${firstDifference(own.get(name) ?? "", text)}`);
  }
  if (own.size !== other.size) {
    agreed = false;
    console.log(`${own.size} elements of ours`);
  }
  console.log(`${other.size} elements, ${agreed ? "all equal" : "with differences"}`);
  return agreed;
}

/** Compares; returns whether all agreed. */
export async function compareDirectory([directory, ...words]: readonly string[]): Promise<boolean> {
  if (directory === undefined) throw new Error("Which project? npm run parity -- directory DIR [WORDS …]");
  const project = resolve(directory);
  const place = mkdtempSync(join(tmpdir(), "millrace-parity-"));
  const oracle = new Oracle();
  try {
    const first = ["--no-colors", "--no-interactive", "-c", writeConfiguration(place), ...words];
    const path = /^element-path: *(\S+)/m.exec(readFileSync(join(project, "project.conf"), "utf8"))?.[1] ?? ".";
    const ours = (args: readonly string[]) => askOurs(project, [...first, ...args], join(place, "error.json"));
    let targets = (await ours(["show", "--deps", "none", "--format", "%{name}", "**.bst"])).stdout.trim().split("\n");
    if (targets.length === 1 && targets[0] === "") targets = await loadable(project, path, ours);
    if (targets.length === 0) {
      console.log("No element loads");
      return false;
    }
    const args = ["show", "--deps", "all", "--format", format, ...targets];
    return compareAnswers(await ours(args), await oracle.ask(project, [...first, ...args]));
  } finally {
    oracle.close();
    rmSync(place, { recursive: true, force: true });
  }
}

function firstDifference(ours: string, oracle: string): string {
  const [mine, theirs] = [ours.split("\n"), oracle.split("\n")];
  const at = theirs.findIndex((line, index) => line !== mine[index]);
  return `  ours:   ${mine[at] ?? ""}\n  oracle: ${theirs[at] ?? ""}`;
}

/** The elements that load by themselves. */
async function loadable(
  project: string,
  elementPath: string,
  ours: (args: readonly string[]) => Promise<Answer>,
): Promise<string[]> {
  const { globSync } = await import("node:fs");
  const names = globSync("**/*.bst", { cwd: join(project, elementPath) }).sort();
  const good: string[] = [];
  for (const name of names)
    if ((await ours(["show", "--deps", "all", "--format", "%{name}", name])).status === 0) good.push(name);
  return good;
}
