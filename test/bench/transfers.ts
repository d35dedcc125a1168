/**
 * `npm run bench -- transfers`: artifacts to a cache server on loopback and back, both tools in turn. Each has a server of its own, an empty one for each push; the closure
 * is many import elements of archives under one stack: unlike local files, which BuildStream takes into its store to make keys of them, nothing of them is here before a pull. Cases: push, push again (nothing to do), pull into an empty cache, and `artifact show` of everything while only the server has it.
 *
 * Nothing is removed before the end: file systems are slow for a while where much was removed. The server shares the machine's cores, so that its own work is part of each figure.
 *
 * Options: `--runs N` (3), `--elements N` (500), `--files N` of each element (200), `--far MS`: bytes take so long each way, as they do to servers that are not on this
 * machine; how long the server works for a file is then not most of what is measured.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as Buildbox from "../support/Buildbox.ts";
import * as Line from "../support/Line.ts";
import { findOracle, ours, run, type Tool, writeConfiguration } from "../support/tools.ts";

function writeProject(directory: string, elements: number, files: number): void {
  mkdirSync(join(directory, "elements"), { recursive: true });
  writeFileSync(join(directory, "project.conf"), "name: transfers\nmin-version: 2.0\nelement-path: elements\n");
  const names = Array.from({ length: elements }, (_, index) => `e${index}.bst`);
  for (const [index, name] of names.entries()) {
    const place = join(directory, "files");
    for (let part = 0; part < 10; part++) mkdirSync(join(place, `share/e${index}/d${part}`), { recursive: true });
    // From a few bytes to a few kilobytes, each with a content of its own.
    for (let at = 0; at < files; at++)
      writeFileSync(
        join(place, `share/e${index}/d${at % 10}/f${at}`),
        `${index} ${at}\n`.repeat(1 + ((at * 37) % 400)),
      );
    const archive = join(directory, `${index}.tar`);
    execFileSync("tar", ["-C", place, "-cf", archive, "share"]);
    rmSync(place, { recursive: true });
    const ref = createHash("sha256").update(readFileSync(archive)).digest("hex");
    const source = `- kind: tar\n  url: file://${archive}\n  ref: ${ref}\n  base-dir: ''\n`;
    writeFileSync(join(directory, "elements", name), `kind: import\nsources:\n${source}`);
  }
  writeFileSync(
    join(directory, "elements/all.bst"),
    `kind: stack\ndepends:\n${names.map((name) => `- ${name}\n`).join("")}`,
  );
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;

/** Runs the bench and prints medians and ratios. */
export async function benchTransfers(args: readonly string[]): Promise<void> {
  const number = (name: string, preset: number): number => {
    const at = args.indexOf(name);
    return at === -1 ? preset : Number(args[at + 1]);
  };
  const [runs, elements, files] = [number("--runs", 3), number("--elements", 500), number("--files", 200)];
  const far = number("--far", 0);
  const place = mkdtempSync(join(tmpdir(), "millrace-transfers-"));
  const project = join(place, "project");
  writeProject(project, elements, files);
  const tools: readonly Tool[] = [ours, findOracle()];
  const seconds = new Map<string, Map<Tool["name"], number[]>>();
  const bst = async (tool: Tool, configuration: string, what: string | undefined, ...words: readonly string[]) => {
    const outcome = await run(tool, ["--no-interactive", "-c", configuration, "-C", project, ...words], project);
    if (outcome.status !== 0)
      throw new Error(`${tool.name} ${words.join(" ")} ended with ${outcome.status}\n${outcome.stderr.slice(-3000)}`);
    if (what === undefined) return outcome;
    const times = seconds.get(what) ?? new Map<Tool["name"], number[]>();
    times.set(tool.name, [...(times.get(tool.name) ?? []), outcome.seconds]);
    seconds.set(what, times);
    return outcome;
  };
  try {
    const conf = (home: string, url: string) =>
      writeConfiguration(home, `artifacts:\n  servers:\n  - url: ${url}\n    push: true\n`);
    for (const tool of tools)
      await bst(tool, writeConfiguration(join(place, tool.name)), undefined, "build", "all.bst");
    const all = ["--deps", "all", "all.bst"];
    for (let round = 0; round < runs; round++)
      for (const tool of tools) {
        const server = await Buildbox.start({ store: join(place, `server-${tool.name}-${round}`) });
        const line = far > 0 ? await Line.lay(server.url, Line.late(far)) : { url: server.url, close: () => {} };
        const mine = conf(join(place, tool.name), line.url);
        const fresh = join(place, `fresh-${tool.name}-${round}`);
        const other = conf(fresh, line.url);
        await bst(tool, mine, "push", "artifact", "push", ...all);
        await bst(tool, mine, "push again", "artifact", "push", ...all);
        await bst(tool, other, "query", "artifact", "show", ...all);
        await bst(tool, other, "pull", "artifact", "pull", ...all);
        line.close();
        await server.stop();
      }
    console.log(`${elements} elements, ${elements * files} files${far > 0 ? `, ${far} ms each way` : ""}`);
    for (const [what, times] of seconds) {
      const [mine = [], theirs = []] = [times.get("ours"), times.get("oracle")];
      const ratio = median(theirs.map((time, index) => time / (mine[index] ?? time)));
      console.log(
        `${what.padEnd(12)} ${median(mine).toFixed(2).padStart(8)} ${median(theirs).toFixed(2).padStart(8)} ${ratio.toFixed(1).padStart(6)}`,
      );
    }
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}
