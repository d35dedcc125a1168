/**
 * Two implementations of each kind checked against each other and against the oracle: the native kinds, and the Python plugins of both packages in our host
 * (`plugins: prefer: python`). Keys, refs that tracking finds, and the trees that are fetched and built must be the same.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import * as Trial from "../../packages/sandbox/test/fetch/registries/Trial.ts";
import { findOracle, ours, run, type Tool, writeConfiguration } from "../support/tools.ts";
import { describeTree } from "./example.ts";
import { builds, covered, tracked, unbuildable, write } from "./PluginProject.ts";
import { covered as coveredSources } from "./pluginSources.ts";

interface Way {
  readonly name: string;
  readonly tool: Tool;
  readonly configuration: string;
}

/** Plugins that fetch one repository twice at a time are in each other's way. */
const oneAtATime = "scheduler:\n  fetchers: 1\n";

/**
 * What differs between two runs of BuildStream, too: an index holds times, and an object's bytes depend on who compressed it, unlike its name; and the clones of
 * `git_module`, which hold the time and the place of the mirror.
 */
const repositoryFile = /(?:^|\/)\.git\/(?:index |objects\/)|^sub\/sub\/\.git\//;

const failed = (status: number | null, log: string) => `ended with ${status}: ${log.trim().slice(-1500)}`;

const entryPoints = `import importlib.metadata, json
names = ("buildstream-plugins", "buildstream-plugins-community")
points = [point for name in names for point in importlib.metadata.distribution(name).entry_points]
print(json.dumps([[point.group.rpartition(".")[2], point.name] for point in points if point.group.startswith("buildstream.plugins.")]))`;

/** What BuildStream cannot use: `gnu` ends with a bug, with a ref and without; the names of two entry points are not those of their modules. */
const unusable = new Set(["sources gnu", "elements fastbootBootImage", "elements fastbootExt4Image"]);

/** Whether each plugin that the two packages have is compared here or by the check of sources. */
function checkCoverage(python: string): boolean {
  const points = JSON.parse(execFileSync(python, ["-c", entryPoints], { encoding: "utf8" })) as [string, string][];
  const known: Readonly<Record<string, ReadonlySet<string | undefined>>> = {
    elements: covered,
    sources: coveredSources.sources,
    sourcemirrors: coveredSources.mirrors,
  };
  const missing = points.filter(([group, name]) => !known[group]?.has(name) && !unusable.has(`${group} ${name}`));
  for (const [group, name] of missing) console.log(`NOT COMPARED: ${group} ${name}`);
  console.log(`${points.length} plugins in both packages, ${missing.length} not compared`);
  return missing.length === 0;
}

/** Runs the comparison; returns whether all agreed. */
export async function comparePlugins(): Promise<boolean> {
  const oracle = findOracle();
  const place = mkdtempSync(join(tmpdir(), "millrace-kinds-"));
  const python = join(dirname(oracle.argv[0] as string), "python");
  const { project, close } = await write(place, Trial.packages(oracle.argv[0] as string));
  const ways: readonly Way[] = [
    { name: "oracle", tool: oracle, configuration: writeConfiguration(join(place, "oracle"), oneAtATime) },
    way(place, "native", python),
    way(place, "python", python),
  ];
  const [theirs, ...mine] = ways as [Way, ...Way[]];
  let agreed = checkCoverage(python);
  const bst = async ({ tool, configuration }: Way, ...args: readonly string[]) =>
    run(tool, ["--no-colors", "--no-interactive", "-c", configuration, "-C", project, ...args], project);
  const compare = async (what: string, ask: (way: Way) => Promise<string>): Promise<void> => {
    const expected = await ask(theirs);
    const verdicts: string[] = [];
    const details: string[] = [];
    for (const one of mine) {
      const answer = await ask(one);
      const same = answer === expected;
      agreed &&= same;
      verdicts.push(`${one.name} ${same ? "same" : "DIFFERENT"}`.padEnd(18));
      if (!same) details.push(`${one.name}:\n${difference(answer, expected)}`);
    }
    console.log([what.padEnd(56), ...verdicts, ...details.map((detail) => `\n${detail}`)].join("").trimEnd());
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
      if (process.env["KEEP"] !== undefined) writeFileSync(join(place, `${one.name}.log`), built.stderr);
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
      const built = / cached [0-9a-f]{64}\/\d+$/.test(digests.get(theirs.name)?.get(element) ?? "");
      if (built === unbuildable.has(element.replace(".bst", ""))) {
        agreed = false;
        console.log(`BuildStream ${built ? "builds" : "fails to build"} ${element}`);
      }
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
