/**
 * The example through both tools: the same keys byte for byte; and with one shared store, what each builds the other checks out, identical in content, modes,
 * symbolic links and empty directories, with the same file digests in the artifact records.
 */
import { createHash } from "node:crypto";
import { lstatSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findOracle, ours, root, run, type Tool, writeConfiguration } from "../support/tools.ts";

/** One line an entry: path, kind, mode, time, content. */
export function describeTree(directory: string): string[] {
  const lines: string[] = [];
  const visit = (path: string): void => {
    for (const name of readdirSync(join(directory, path)).sort()) {
      const inner = join(path, name);
      const full = join(directory, inner);
      const stat = lstatSync(full);
      const mode = (stat.mode & 0o7777).toString(8);
      if (stat.isSymbolicLink()) lines.push(`${inner} -> ${readlinkSync(full)}`);
      else if (stat.isDirectory()) {
        lines.push(`${inner}/ ${mode}`);
        visit(inner);
      } else lines.push(`${inner} ${mode} ${createHash("sha256").update(readFileSync(full)).digest("hex")}`);
    }
  };
  visit("");
  return lines;
}

const project = join(root, "examples/hello-debian");
const elements = ["debian.bst", "hello.bst", "hello-runtime.bst", "hello-system.bst", "greeting.bst"];

async function must(tool: Tool, args: readonly string[]): Promise<string> {
  const outcome = await run(tool, ["--no-interactive", "-C", project, ...args], project);
  if (outcome.status !== 0)
    throw new Error(`${tool.name} ${args.join(" ")} ended with ${outcome.status}\n${outcome.stderr.slice(-3000)}`);
  return outcome.stdout;
}

async function checkout(tool: Tool, configuration: string, element: string, place: string): Promise<string> {
  const directory = join(place, `${tool.name}-${element}`);
  rmSync(directory, { recursive: true, force: true });
  await must(tool, [
    "-c",
    configuration,
    "artifact",
    "checkout",
    "--deps",
    "none",
    "--no-integrate",
    "--directory",
    directory,
    element,
  ]);
  return describeTree(directory).join("\n");
}

/** Runs the comparison; returns whether all agreed. */
export async function compareExample(): Promise<boolean> {
  const oracle = findOracle();
  const place = mkdtempSync(join(tmpdir(), "millrace-example-"));
  let agreed = true;
  const check = (what: string, mine: string, theirs: string) => {
    const same = mine === theirs;
    agreed &&= same;
    console.log(
      `${same ? "same" : "DIFFERENT"}: ${what}${same ? "" : `\n${mine.slice(0, 1500)}\n--- oracle\n${theirs.slice(0, 1500)}`}`,
    );
  };
  try {
    for (const [builder, other] of [
      [ours, oracle],
      [oracle, ours],
    ] as const) {
      const configuration = writeConfiguration(join(place, builder.name));
      const show = [
        "-c",
        configuration,
        "show",
        "--deps",
        "all",
        "--format",
        "%{name} %{full-key} %{state} %{artifact-cas-digest}",
        "greeting.bst",
      ];
      await must(builder, ["-c", configuration, "build", "greeting.bst"]);
      check(
        `keys, states and file digests of what ${builder.name} built`,
        await must(ours, show),
        await must(oracle, show),
      );
      for (const element of elements) {
        check(
          `checkout of ${element} built by ${builder.name}`,
          await checkout(builder, configuration, element, place),
          await checkout(other, configuration, element, place),
        );
      }
      const log = ["-c", configuration, "artifact", "list-contents", "--long", "hello.bst"];
      check(`contents of hello.bst built by ${builder.name}`, await must(ours, log), await must(oracle, log));
    }
    return agreed;
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}
