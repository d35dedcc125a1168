/** A project with a store of its own, and `bst` in it: what every end-to-end test starts from. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { findOracle, type Outcome, ours, run, type Tool, writeConfiguration } from "./tools.ts";
import { writeBase } from "./workload.ts";

export interface Session {
  readonly home: string;
  readonly project: string;
  readonly configuration: string;
  readonly bst: (...args: readonly string[]) => Promise<Outcome>;
  /** Writes a file of the project. */
  readonly write: (path: string, text: string) => void;
  readonly close: () => void;
}

/** The tool under test: ours, or the oracle when `TEST_TOOL=oracle` (to see that a test states a fact). */
export const tool: Tool = process.env["TEST_TOOL"] === "oracle" ? findOracle() : ours;

/** A project `test` with a busybox root as `base.bst`; `elements` maps names to texts. */
export function openSession(
  elements: Readonly<Record<string, string>>,
  extra: { readonly conf?: string; readonly user?: string; readonly tool?: Tool } = {},
): Session {
  const home = mkdtempSync(join(tmpdir(), "millrace-e2e-"));
  const project = join(home, "project");
  const configuration = writeConfiguration(home, extra.user ?? "");
  writeBase(project);
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(project, path)), { recursive: true });
    writeFileSync(join(project, path), text);
  };
  write("project.conf", `name: test\nmin-version: 2.0\n${extra.conf ?? ""}`);
  write("base.bst", "kind: import\nsources:\n- kind: local\n  path: files/base\n");
  for (const [name, text] of Object.entries(elements)) write(name, text);
  return {
    home,
    project,
    configuration,
    bst: (...args) =>
      run(extra.tool ?? tool, ["--no-colors", "--no-interactive", "-c", configuration, ...args], project),
    write,
    close: () => rmSync(home, { recursive: true, force: true }),
  };
}
