/**
 * Two implementations of each kind checked against each other and against the oracle: the native kinds, and the Python plugins of both packages in our host
 * (`plugins: prefer: python`). Keys, refs that tracking finds, and the trees that are fetched and built must be the same.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { findOracle, ours, run, type Tool, writeConfiguration } from "../support/tools.ts";
import { describeTree } from "./example.ts";
import { builds, tracked, write } from "./PluginProject.ts";

interface Way {
  readonly name: string;
  readonly tool: Tool;
  readonly configuration: string;
}

/** Plugins that fetch one repository twice at a time are in each other's way. */
const oneAtATime = "scheduler:\n  fetchers: 1\n";

/** What differs between two runs of BuildStream, too: an index holds times, and an object's bytes depend on who compressed it, unlike its name. */
const repositoryFile = /(?:^|\/)\.git\/(?:index |objects\/)/;

const failed = (status: number | null, log: string) => `ended with ${status}: ${log.trim().slice(-1500)}`;

/** Runs the comparison; returns whether all agreed. */
export async function comparePlugins(): Promise<boolean> {
  const oracle = findOracle();
  const place = mkdtempSync(join(tmpdir(), "millrace-kinds-"));
  const python = join(dirname(oracle.argv[0] as string), "python");
  const { project, close } = await write(place);
  const ways: readonly Way[] = [
    { name: "oracle", tool: oracle, configuration: writeConfiguration(join(place, "oracle"), oneAtATime) },
    way(place, "native", python),
    way(place, "python", python),
  ];
  const [theirs, ...mine] = ways as [Way, ...Way[]];
  let agreed = true;
  const bst = async ({ tool, configuration }: Way, ...args: readonly string[]) =>
    run(tool, ["--no-colors", "--no-interactive", "-c", configuration, "-C", project, ...args], project);
  const compare = async (what: string, ask: (way: Way) => Promise<string>): Promise<void> => {
    const expected = await ask(theirs);
    for (const one of mine) {
      const answer = await ask(one);
      const same = answer === expected;
      agreed &&= same;
      console.log(`${same ? "same" : "DIFFERENT"}: ${what}, ${one.name}`);
      if (!same) console.log(`${difference(answer, expected)}`);
    }
  };
  try {
    const shown = builds.map((name) => `${name}.bst`);
    await compare("keys, variables, environment and public data", async (one) => {
      const format = "%{name} %{full-key} %{deps}\n%{vars}\n%{env}\n%{public}";
      const outcome = await bst(one, "show", "--deps", "all", "--format", format, ...shown);
      return outcome.status === 0 ? outcome.stdout : failed(outcome.status, outcome.stderr);
    });
    for (const name of tracked) {
      const file = join(project, "elements", `${name}.bst`);
      const before = readFileSync(file, "utf8");
      await compare(`what tracking makes of ${name}.bst`, async (one) => {
        writeFileSync(file, before);
        const outcome = await bst(one, "source", "track", `${name}.bst`);
        return outcome.status === 0 ? readFileSync(file, "utf8") : failed(outcome.status, outcome.stderr);
      });
    }
    const all = [...builds, ...tracked].map((name) => `${name}.bst`);
    const digests = new Map<string, ReadonlyMap<string, string>>();
    for (const one of ways) {
      const built = await bst(one, "--on-error", "continue", "build", ...all);
      if (built.status !== 0) console.log(`${one.name}: ${failed(built.status, built.stderr)}`);
      const shown = await bst(
        one,
        "show",
        "--deps",
        "none",
        "--format",
        "%{name} %{state} %{artifact-cas-digest}",
        ...all,
      );
      const lines = shown.stdout.trim().split("\n");
      digests.set(one.name, new Map(lines.map((line) => [line.split(" ")[0] ?? "", line])));
    }
    for (const element of all) {
      const trees = new Map(ways.map((one) => [one.name, digests.get(one.name)?.get(element) ?? ""]));
      if (mine.some((one) => trees.get(one.name) !== trees.get(theirs.name)))
        for (const one of ways) {
          const to = join(place, one.name, "checkout", element);
          await bst(one, "artifact", "checkout", "--deps", "none", "--no-integrate", "--directory", to, element);
          const lines = existsSync(to) ? describeTree(to) : ["nothing"];
          trees.set(one.name, lines.filter((line) => !repositoryFile.test(line)).join("\n"));
        }
      await compare(`the tree of ${element}`, async (one) => trees.get(one.name) ?? "");
    }
    return agreed;
  } finally {
    close();
    if (process.env["KEEP"] === undefined) rmSync(place, { recursive: true, force: true });
  }
}

function way(place: string, prefer: "native" | "python", python: string): Way {
  const extra = `${oneAtATime}plugins:\n  prefer: ${prefer}\n  python: ${python}\n`;
  return { name: prefer, tool: ours, configuration: writeConfiguration(join(place, prefer), extra) };
}

/** The lines that only one of two texts has. */
function difference(mine: string, theirs: string): string {
  const other = new Set(theirs.split("\n"));
  const own = new Set(mine.split("\n"));
  const lines = [
    ...mine
      .split("\n")
      .filter((line) => !other.has(line))
      .map((line) => `  ours   ${line}`),
    ...theirs
      .split("\n")
      .filter((line) => !own.has(line))
      .map((line) => `  oracle ${line}`),
  ];
  return lines.slice(0, 20).join("\n");
}
