/**
 * A command as an implementation under test: it is given two real directories and changes one of them.
 *
 * In the command line `{source}`, `{destination}`, `{accept}` and `{report}` stand for paths: the two directories, a file with one accepted path a line
 * (only for commands that take a filter), and a file where the command may write a JSON object with `written`, `overwritten` and `ignored`. A command
 * that ends with a status other than 0 says that it met a conflict.
 */
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Implementation, Outcome } from "./Implementation.ts";
import { isLeaf, type Leaf, type Sample } from "./Sample.ts";

/** Makes a real directory of a sample. Files get a time, so that tools which compare times see that the two sides differ. */
export function write(sample: Sample, directory: string, time: number): void {
  mkdirSync(directory, { recursive: true });
  for (const [name, node] of Object.entries(sample)) {
    const path = join(directory, name);
    if (!isLeaf(node)) write(node, path, time);
    else if (node[0] === "link") symlinkSync(node[1], path);
    else {
      writeFileSync(path, node[1]);
      chmodSync(path, node[0] === "exec" ? 0o755 : 0o644);
      utimesSync(path, time, time);
    }
  }
}

/** Reads a real directory as a sample. What is no file, link or directory is shown as a file that says so. */
export function read(directory: string): Sample {
  const out: Record<string, Leaf | Sample> = {};
  for (const name of readdirSync(directory)) {
    const path = join(directory, name);
    const stat = lstatSync(path);
    if (stat.isDirectory()) out[name] = read(path);
    else if (stat.isSymbolicLink()) out[name] = ["link", readlinkSync(path)];
    else if (stat.isFile()) out[name] = [stat.mode & 0o100 ? "exec" : "file", readFileSync(path, "utf8")];
    else out[name] = ["file", "something special"];
  }
  return out;
}

/** The implementation that a command line is; it is run by `sh`. */
export function implementation(command: string): Implementation {
  return {
    name: command,
    filters: command.includes("{accept}"),
    run: (request) => {
      const work = mkdtempSync(join(tmpdir(), "import-rules-"));
      try {
        const paths = {
          source: join(work, "source"),
          destination: join(work, "destination"),
          accept: join(work, "accept"),
          report: join(work, "report.json"),
        };
        write(request.source, paths.source, 1_700_000_000);
        write(request.destination, paths.destination, 1_600_000_000);
        writeFileSync(paths.accept, acceptText(request.accept));
        return runCommand(command, paths);
      } finally {
        rmSync(work, { recursive: true, force: true });
      }
    },
  };
}

/** Without a filter the file says `*` alone, which is no path of any request. */
function acceptText(accept: readonly string[] | undefined): string {
  return accept === undefined ? "*\n" : accept.map((path) => `${path}\n`).join("");
}

interface Places {
  readonly source: string;
  readonly destination: string;
  readonly accept: string;
  readonly report: string;
}

function runCommand(command: string, paths: Places): Outcome {
  const line = command.replace(/\{(source|destination|accept|report)\}/g, (_, key: keyof Places) => `'${paths[key]}'`);
  const done = spawnSync("sh", ["-c", line], { encoding: "utf8" });
  if (done.error !== undefined) throw done.error;
  if (done.status === 127) throw new Error(`the command was not found: ${done.stderr.trim()}`);
  if (done.status !== 0) return { type: "conflict" };
  const report = existsSync(paths.report) ? (JSON.parse(readFileSync(paths.report, "utf8")) as object) : {};
  return { type: "imported", tree: read(paths.destination), ...report };
}
