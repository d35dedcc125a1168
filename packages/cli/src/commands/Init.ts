/**
 * `bst init`: starts a project.
 *
 * With a name it asks nothing; without one it asks on the terminal, and refuses where there is none. An existing project.conf is kept unless `--force` says
 * otherwise. A directory given with `-C` is refused, since it would name a project that exists.
 */
import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { isAbsolute, join, resolve } from "node:path";
import { attempt, type BstError, raise } from "@millrace/core/error/BstError";
import * as Result from "effect/Result";
import * as Output from "../app/Output.ts";
import * as Values from "../args/Values.ts";
import type { Invocation } from "./Dispatch.ts";

const formatMajor = 2;
const formatMinor = 8;

interface Answers {
  readonly name: string;
  readonly minVersion: string;
  readonly elementPath: string;
}

/** Writes the project. */
export async function run({ main, values }: Invocation): Promise<number> {
  const directory = resolve(Values.text(values, "target-directory") ?? main.directory ?? ".");
  if (main.directory !== undefined) {
    raise({
      domain: "APP",
      reason: "init-with-set-directory",
      message: "A directory given with -C or --directory cannot be used with init",
      hint: `Name the new project's directory as an argument: bst init ${directory}`,
    });
  }
  const file = join(directory, "project.conf");
  if (!Values.isSet(values, "force") && existsSync(file)) {
    raise({
      domain: "APP",
      reason: "project-exists",
      message: `There is a project already: ${file}`,
      hint: "Use --force to replace its project.conf.",
    });
  }
  const proposed: Answers = {
    name: Values.text(values, "project-name") ?? "",
    minVersion: Values.text(values, "min-version") ?? "",
    elementPath: Values.text(values, "element-path") ?? "",
  };
  const answers = proposed.name === "" ? await ask(proposed, main.interactive) : proposed;
  checkName(answers.name);
  checkVersion(answers.minVersion);
  checkElementPath(answers.elementPath);
  write(directory, file, answers);
  Output.error(`\nCreated project.conf at: ${file}\n`);
  Output.error(
    `\nElements go into ${join(directory, answers.elementPath)}: write NAME.bst there, then run bst build NAME.bst\n`,
  );
  return 0;
}

function checkName(name: string): void {
  if (/^[A-Za-z_-][A-Za-z0-9_-]*$/.test(name)) return;
  raise({
    domain: "LOAD",
    reason: "invalid-symbol-name",
    message: `'${name}' cannot be the name of a project`,
    detail: "Letters, digits, dashes and underscores may stand in a name, and a digit may not be the first.",
  });
}

function checkVersion(version: string): void {
  const [major, minor] = version.split(".").map((part) => (/^\s*[+-]?\d+\s*$/.test(part) ? Number(part) : Number.NaN));
  if (major === formatMajor && minor !== undefined && minor <= formatMinor) return;
  raise({
    domain: "APP",
    reason: "invalid-min-version",
    message: `'${version}' is not a version of the format that this program knows`,
    hint: `Use ${formatMajor}.0 to ${formatMajor}.${formatMinor}.`,
  });
}

function checkElementPath(path: string): void {
  if (!isAbsolute(path) && !path.split("/").includes("..")) return;
  raise({
    domain: "APP",
    reason: "invalid-element-path",
    message: `The directory of elements must be inside the project, and '${path}' is not`,
    hint: "Use a relative path without '..'.",
  });
}

function write(directory: string, file: string, answers: Answers): void {
  const text = [
    "# The name of this project, different from that of every other project",
    `name: ${answers.name}`,
    "",
    "# The lowest version of the project format that readers must know",
    `min-version: ${answers.minVersion}`,
    "",
    "# The directory that holds the elements",
    `element-path: ${answers.elementPath}`,
    "",
  ].join("\n");
  try {
    mkdirSync(join(directory, answers.elementPath), { recursive: true });
    const temporary = `${file}.${process.pid}.tmp`;
    writeFileSync(temporary, text);
    renameSync(temporary, file);
  } catch (cause) {
    raise({
      domain: "APP",
      reason: null,
      message: `The project in ${directory} cannot be written: ${(cause as Error).message}`,
    });
  }
}

async function ask(proposed: Answers, interactive: boolean): Promise<Answers> {
  if (!interactive) {
    raise({
      domain: "APP",
      reason: "unspecified-project-name",
      message: "A new project needs a name",
      hint: "Give one with --project-name, or run bst init on a terminal.",
    });
  }
  const { createInterface } = await import("node:readline/promises");
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const question = async (intro: string, label: string, preset: string, check: (answer: string) => void) => {
    Output.error(`\n${intro}\n\n`);
    for (;;) {
      const answer =
        (await terminal.question(preset === "" ? `${label}: ` : `${label} [${preset}]: `)).trim() || preset;
      const checked: Result.Result<void, BstError> = attempt(() => check(answer));
      if (Result.isSuccess(checked)) return answer;
      const { message, detail, hint } = checked.failure;
      Output.error(`Error: ${[message, detail, hint].filter((line) => line !== undefined).join("\n")}\n`);
    }
  };
  try {
    const name = await question(
      "The project's name sets it apart from other projects: in artifact servers, in the user configuration, and as a subproject.",
      "Project name",
      "",
      checkName,
    );
    const minVersion = await question(
      `The minimum version tells readers that are too old that they are. It lies between ${formatMajor}.0 and ${formatMajor}.${formatMinor}.`,
      "Minimum version",
      proposed.minVersion,
      checkVersion,
    );
    const elementPath = await question(
      "The element path is the directory of the project in which elements lie, and from which they are named.",
      "Element path",
      proposed.elementPath,
      checkElementPath,
    );
    return { name, minVersion, elementPath };
  } finally {
    terminal.close();
  }
}
