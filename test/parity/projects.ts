/**
 * `npm run parity -- projects [--runs N] [--seed S]`: random projects through both tools; keys, order, `%{vars}`, `%{env}`, `%{public}` must be the same text,
 * and for mistakes the error's domain, reason and place. A difference is shrunk to its smallest project, which is printed.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { layProject } from "../support/projects.ts";
import { writeConfiguration } from "../support/tools.ts";
import { type Answer, askOurs } from "./Answer.ts";
import { Choices } from "./Choices.ts";
import { Oracle } from "./Oracle.ts";
import { type RandomProject, randomProject } from "./RandomProject.ts";

const format = "%{name} %{full-key}\n%{vars}%{env}%{public}%{deps}\n";

function argumentsFor(project: RandomProject, configuration: string): string[] {
  return [
    ...["--no-colors", "--no-interactive", "-c", configuration, "--max-jobs", "4"],
    ...project.options.flatMap(([name, value]) => ["-o", name, value]),
    ...["show", "--deps", "all", "--format", format, ...project.targets],
  ];
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
        layProject(project, made.files);
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
