/**
 * `npm run parity -- projects [--runs N] [--seed S]`: random projects through both tools; keys, order, `%{vars}`, `%{env}`, `%{public}` must be the same text,
 * and for mistakes the error's domain, reason and place. A difference is shrunk to its smallest project, which is printed.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import fc from "fast-check";
import { findOracle, ours, root, writeConfiguration } from "../support/tools.ts";
import { Choices } from "./Choices.ts";
import { type RandomProject, randomProject } from "./RandomProject.ts";

/** What a tool said, reduced to what must agree. */
export interface Answer {
  readonly status: number | null;
  readonly stdout: string;
  readonly domain: string | null;
  readonly reason: string | null;
  readonly place: string | null;
  readonly message: string | null;
}

const format = "%{name} %{full-key}\n%{vars}%{env}%{public}%{deps}\n";

function argumentsFor(project: RandomProject, configuration: string): string[] {
  return [
    ...["--no-colors", "--no-interactive", "-c", configuration, "--max-jobs", "4"],
    ...project.options.flatMap(([name, value]) => ["-o", name, value]),
    ...["show", "--deps", "all", "--format", format, ...project.targets],
  ];
}

const placePattern = /([^\s:]*(?::[^\s:]*)*) \[line (\d+) column (\d+)\]/;

function answer(
  status: number | null,
  stdout: string,
  error: { domain: string; reason: string | null; message: string } | null,
): Answer {
  const place = error === null ? null : (placePattern.exec(error.message)?.[0] ?? null);
  return {
    status,
    stdout,
    domain: error?.domain ?? null,
    reason: error?.reason ?? null,
    place,
    message: error?.message ?? null,
  };
}

/** The oracle in one warm process. */
class Oracle {
  readonly #process: ChildProcess;
  readonly #lines: Interface;
  readonly #waiting: ((line: string) => void)[] = [];

  constructor() {
    const python = join(dirname(findOracle().argv[0] as string), "python");
    this.#process = spawn(python, [join(root, "test/parity/oracle.py")], { stdio: ["pipe", "pipe", "inherit"] });
    this.#lines = createInterface({ input: this.#process.stdout as NodeJS.ReadableStream });
    this.#lines.on("line", (line) => this.#waiting.shift()?.(line));
  }

  async ask(directory: string, args: readonly string[]): Promise<Answer> {
    const line = await new Promise<string>((resolve) => {
      this.#waiting.push(resolve);
      this.#process.stdin?.write(`${JSON.stringify({ directory, arguments: args })}\n`);
    });
    const said = JSON.parse(line);
    return answer(said.status, said.stdout, said.error);
  }

  close(): void {
    this.#process.stdin?.end();
  }
}

async function askOurs(directory: string, args: readonly string[], errorFile: string): Promise<Answer> {
  rmSync(errorFile, { force: true });
  const [command, ...first] = ours.argv as [string, ...string[]];
  const child = spawn(command, [...first, ...args], {
    cwd: directory,
    stdio: ["ignore", "pipe", "ignore"],
    env: { ...process.env, BST_ERROR_FILE: errorFile },
  });
  let stdout = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  const status = await new Promise<number | null>((resolve) => child.on("close", resolve));
  let error = null;
  try {
    error = JSON.parse(readFileSync(errorFile, "utf8"));
  } catch {
    // No error file: no error.
  }
  return answer(status, stdout, error);
}

function lay(directory: string, project: RandomProject): void {
  rmSync(directory, { recursive: true, force: true });
  for (const [path, text] of project.files) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
}

function difference(ours: Answer, oracle: Answer): string | undefined {
  for (const key of ["status", "domain", "reason", "place", "stdout"] as const) {
    if (ours[key] !== oracle[key])
      return `${key}:\n  ours:   ${JSON.stringify(ours[key])} ${ours.message ?? ""}\n  oracle: ${JSON.stringify(oracle[key])} ${oracle.message ?? ""}`;
  }
  return undefined;
}

/** Runs the comparison; returns whether all agreed. */
export async function compareProjects(args: readonly string[]): Promise<boolean> {
  const value = (flag: string, fallback: number) =>
    args.includes(flag) ? Number(args[args.indexOf(flag) + 1]) : fallback;
  const place = mkdtempSync(join(tmpdir(), "millrace-parity-"));
  const oracle = new Oracle();
  let valid = 0;
  let mistakes = 0;
  try {
    const configuration = writeConfiguration(place);
    const project = join(place, "project");
    const property = fc.asyncProperty(
      fc.array(fc.nat(999), { minLength: 40, maxLength: 500, size: "max" }),
      async (tape) => {
        const made = randomProject(new Choices(tape));
        lay(project, made);
        const commandLine = argumentsFor(made, configuration);
        const theirs = await oracle.ask(project, commandLine);
        const mine = await askOurs(project, commandLine, join(place, "error.json"));
        if (theirs.status === 0) valid++;
        else mistakes++;
        const found = difference(mine, theirs);
        if (found !== undefined)
          throw new Error(
            `${found}\n${commandLine.slice(6).join(" ")}\n${[...made.files].map(([path, text]) => `--- ${path}\n${text}`).join("")}`,
          );
      },
    );
    const result = await fc.check(property, {
      numRuns: value("--runs", 500),
      seed: value("--seed", 1),
      interruptAfterTimeLimit: value("--seconds", 3600) * 1000,
    });
    console.log(
      `${result.numRuns} projects, ${valid} valid and ${mistakes} with mistakes (shrinking included), seed ${result.seed}`,
    );
    if (result.failed) console.log(result.errorInstance instanceof Error ? result.errorInstance.message : "failed");
    return !result.failed;
  } finally {
    oracle.close();
    rmSync(place, { recursive: true, force: true });
  }
}
