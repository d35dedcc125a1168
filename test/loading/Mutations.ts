/**
 * Mutated projects through loading: never a crash, and no error without the name of the file that is wrong.
 *
 * Run as a program it tries thousands, and names those that take seconds: `node --conditions=@millrace/source test/loading/Mutations.ts [RUNS [SEED]]`.
 */
import { BstError, formatPlace } from "@millrace/core/error/BstError";
import * as Load from "@millrace/core/graph/Load";
import * as Keys from "@millrace/core/key/Keys";
import * as MemoryFiles from "@millrace/core/project/MemoryFiles";
import * as Result from "effect/Result";
import fc from "fast-check";
import { Choices } from "../parity/Choices.ts";
import { tapes } from "../parity/projects.ts";
import { randomProject } from "../parity/RandomProject.ts";
import { mutate } from "../support/mutate.ts";

const encoder = new TextEncoder();
const yaml = /\.(bst|conf|yml|refs)$/;

/** What is wrong with how a mutated project was treated; undefined when nothing is. */
export function trial(seed: number): string | undefined {
  const [tape, wrong] = fc.sample(tapes, { numRuns: 2, seed }) as [number[], number[]];
  const project = randomProject(new Choices(tape));
  const choices = new Choices(wrong);
  const paths = [...project.files.keys()].filter((path) => yaml.test(path));
  const files = new Map<string, Uint8Array>([...project.files].map(([path, text]) => [path, encoder.encode(text)]));
  for (let count = 1 + choices.below(2); count > 0; count--) {
    const path = choices.one(paths);
    files.set(path, mutate(choices, files.get(path) as Uint8Array));
  }
  try {
    const loaded = Load.load(
      {
        ...Load.defaults,
        targets: project.targets,
        options: project.options,
        host: { os: "Linux", machine: "x86_64", cpus: 4 },
      },
      {
        files: MemoryFiles.make(Object.fromEntries(files)),
        junction: () => undefined,
        directory: () => MemoryFiles.make({}),
      },
    );
    if (Result.isSuccess(loaded)) Keys.compute(loaded.success.elements);
    else {
      const error = loaded.failure instanceof BstError ? loaded.failure : loaded.failure.error;
      const said = `${error.place === undefined ? "" : formatPlace(error.place)} ${error.message} ${error.detail ?? ""} ${error.hint ?? ""}`;
      if (!namesFile(said, project.options)) return `no provenance: ${error.domain} ${error.reason}: ${said}`;
    }
  } catch (cause) {
    return `crash: ${cause instanceof Error ? cause.stack : String(cause)}`;
  }
  return undefined;
}

/** Whether a message names a file, an element, or an option of the command line. */
function namesFile(said: string, options: readonly (readonly [string, string])[]): boolean {
  return /\.bst|project\.conf|\.yml|\.refs/.test(said) || options.some(([name]) => said.includes(name));
}

/** A project of this size takes milliseconds. */
function slow(took: number): string | undefined {
  return took > 5000 ? `took ${took} ms` : undefined;
}

if (process.argv[1] === import.meta.filename) {
  const [runs = "2000", first = "1"] = process.argv.slice(2);
  let wrong = 0;
  for (let seed = Number(first); seed < Number(first) + Number(runs); seed++) {
    const started = performance.now();
    const found = trial(seed) ?? slow(performance.now() - started);
    if (found === undefined) continue;
    wrong++;
    console.log(`seed ${seed}: ${found.slice(0, 600)}`);
  }
  console.log(`${runs} mutated projects, ${wrong} treated wrongly`);
  process.exitCode = wrong === 0 ? 0 : 1;
}
