/**
 * `npm run parity -- options DIR [--targets FILE] [--random N] [--seed S] [--cached] [WORDS …]`: a project on disk through both tools, once for each other value of each of its options
 * alone and `N` times with values drawn for all of them. `--targets` names the elements to show, one a line (all by default).
 *
 * With `--cached`, every set of options is shown in a non-strict session over a cache that knows half of the elements by their weak keys, a tenth of these as failures.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import * as ArtifactCodec from "@millrace/core/artifact/ArtifactCodec";
import * as ArtifactName from "@millrace/core/artifact/ArtifactName";
import * as Digest from "@millrace/core/tree/Digest";
import fc from "fast-check";
import * as Yaml from "yaml";
import { writeConfiguration } from "../support/tools.ts";
import { type Answer, askOurs } from "./Answer.ts";
import { compareAnswers } from "./directory.ts";
import { Oracle } from "./Oracle.ts";

type Setting = readonly [name: string, value: string];

interface Declared {
  readonly type: string;
  readonly values?: readonly string[];
  readonly default?: string | readonly string[];
}

/** Every value worth trying of an option; of flags each alone, none and all. */
function valuesOf({ type, values = [] }: Declared): readonly string[] {
  if (type === "bool") return ["True", "False"];
  if (type === "flags") return ["", ...values, values.join(",")];
  return values;
}

/** Each option's other values alone, then `random` sets of all. */
function sets(declared: ReadonlyMap<string, Declared>, random: number, seed: number): readonly (readonly Setting[])[] {
  const choices = [...declared].map(([name, option]) => [name, valuesOf(option)] as const);
  const alone = choices.flatMap(([name, values]) => values.map((value): Setting[] => [[name, value]]));
  const all = fc.tuple(...choices.map(([name, values]) => fc.constantFrom(...values).map((v): Setting => [name, v])));
  return [[], ...alone, ...fc.sample(all, { numRuns: random, seed })];
}

/** Keys say nearly everything here, and a project's every variable would take longer than its keys. */
const format = "%{name} %{full-key} %{state}\n";

const symbols = "%{name}\t%{vars}\t%{key-document}\f";

/** Puts artifacts with weak keys into a cache: empty trees, under strong keys that nothing computes. */
function forge(cachedir: string, report: string, draw: (bound: number) => number): void {
  const { empty } = Digest;
  const object = join(cachedir, "cas", "objects", empty.hash.slice(0, 2), empty.hash.slice(2));
  mkdirSync(dirname(object), { recursive: true });
  writeFileSync(object, "");
  for (const record of report.split("\f")) {
    const [, variables = "", document = ""] = record.split("\t");
    const weak = /"weak-cache-key":"(\w{64})"/.exec(document)?.[1];
    if (weak === undefined || draw(2) === 0) continue;
    const { "project-name": project, "element-name": element } = Yaml.parse(variables) as Record<string, string>;
    const key = (): string => Array.from({ length: 64 }, () => draw(16).toString(16)).join("");
    const artifact = {
      ...ArtifactCodec.decode(new Uint8Array()),
      version: 1,
      buildSuccess: draw(10) !== 0,
      strongKey: key(),
      weakKey: weak,
      strictKey: key(),
      files: empty,
      publicData: empty,
      lowDiversityMeta: empty,
      highDiversityMeta: empty,
    };
    const name = ArtifactName.make(project as string, element as string, weak);
    const place = join(cachedir, "artifacts", "refs", ArtifactName.format(name));
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, ArtifactCodec.encode(artifact));
  }
}

/** Compares; returns whether all agreed. */
export async function compareOptions(args: readonly string[]): Promise<boolean> {
  const end = args.findIndex((word) => word === "-o" || word === "--no-strict");
  const { values, positionals } = parseArgs({
    args: args.slice(0, end === -1 ? undefined : end),
    allowPositionals: true,
    options: {
      targets: { type: "string" },
      random: { type: "string", default: "0" },
      seed: { type: "string", default: "1" },
      cached: { type: "boolean", default: false },
    },
  });
  const words = end === -1 ? [] : args.slice(end);
  const project = resolve(positionals[0] ?? ".");
  const { options = {} } = Yaml.parse(readFileSync(join(project, "project.conf"), "utf8"), { schema: "failsafe" });
  const targets = values.targets === undefined ? ["**.bst"] : readFileSync(values.targets, "utf8").trim().split("\n");
  const seed = Number(values.seed);
  const oracle = new Oracle();
  let agreed = true;
  try {
    for (const [at, set] of sets(new Map(Object.entries(options)), Number(values.random), seed).entries()) {
      const place = mkdtempSync(join(tmpdir(), "millrace-parity-"));
      const chosen = set.flatMap(([name, value]) => ["-o", name, value]);
      console.log(`${at}: ${chosen.join(" ")}`);
      const strictness = values.cached ? ["--no-strict"] : [];
      const first = ["--no-colors", "--no-interactive", "-c", writeConfiguration(place), ...words, ...chosen];
      const show = (text: string) => ["show", "--deps", "all", "--format", text, ...targets];
      const ours = (more: readonly string[]): Promise<Answer> =>
        askOurs(project, [...first, ...more], join(place, "error.json"));
      if (values.cached) {
        const { stdout } = await ours(show(symbols));
        const draws = fc.sample(fc.nat(0xfffffff), { numRuns: 400_000, seed: seed + at });
        let next = 0;
        forge(join(place, "cache"), stdout, (bound) => (draws[next++ % draws.length] as number) % bound);
      }
      const [mine, theirs] = [
        await ours([...strictness, ...show(format)]),
        await oracle.ask(project, [...first, ...strictness, ...show(format)]),
      ];
      if (values.cached) console.log(`${theirs.stdout.match(/ (cached|failed)$/gm)?.length ?? 0} of them cached`);
      agreed = compareAnswers(mine, theirs) && agreed;
      rmSync(place, { recursive: true, force: true });
    }
  } finally {
    oracle.close();
  }
  return agreed;
}
