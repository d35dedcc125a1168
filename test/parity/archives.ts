/**
 * Random archives: staged by BuildStream's plugins and by ours, the trees compared. What one refuses the other refuses, but for a few in a thousand of the
 * oddest (a size told for all members, hard links to what stands nowhere, members over others): these are counted, and fail when they are more than one in a hundred.
 *
 * `--runs N` (default 2000), `--seed N`; `--show N` prints how one seed differs.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Directory, Stored } from "@millrace/core/tree/Directory";
import * as Sha256 from "@millrace/core/tree/Sha256";
import * as Drivers from "@millrace/sandbox/fetch/Drivers";
import * as MirrorFile from "@millrace/sandbox/fetch/MirrorFile";
import * as Effect from "effect/Effect";
import * as Support from "../../packages/sandbox/test/fetch/Support.ts";
import { findOracle } from "../support/tools.ts";
import * as RandomArchive from "./RandomArchive.ts";

/** Paths and what is there, or the refusal. */
type Staged = readonly (readonly [string, string])[] | string;

function flag(args: readonly string[], name: string, usual: number): number {
  const at = args.indexOf(name);
  return at === -1 ? usual : Number(args[at + 1]);
}

function listing(directory: Directory | Stored, prefix = "", into: [string, string][] = []): [string, string][] {
  if (directory.type !== "tree") throw new Error("not loaded");
  for (const [name, entry] of directory.entries) {
    const path = prefix + name;
    if (entry.type === "directory") {
      into.push([path, "directory"]);
      listing(entry.tree, `${path}/`, into);
    } else if (entry.type === "symlink") into.push([path, `-> ${entry.target}`]);
    else into.push([path, `${entry.executable ? "x " : ""}${entry.digest.hash.slice(0, 16)}`]);
  }
  return into;
}

async function stageOurs(scratch: Support.Scratch, one: RandomArchive.RandomArchive): Promise<Staged> {
  const ref = Sha256.hex(one.bytes);
  const source = Support.source(one.kind, { url: "file:///nowhere/archive", ref, "base-dir": one.baseDir });
  const subject = scratch.subject(source);
  const file = MirrorFile.path(subject, ref);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, one.bytes);
  const { stage } = Drivers.find(source);
  if (stage.type !== "tree") throw new Error("no archive");
  const result = await Effect.runPromise(Effect.result(stage.make(subject)));
  rmSync(file);
  return result._tag === "Failure" ? result.failure.message : listing(result.success);
}

const sorted = (staged: Staged): string =>
  typeof staged === "string" ? "refused" : JSON.stringify([...staged].sort(([a], [b]) => (a < b ? -1 : 1)));

/** The comparison; returns whether all agreed. */
export async function compareArchives(args: readonly string[]): Promise<boolean> {
  const first = flag(args, "--show", flag(args, "--seed", 1));
  const runs = args.includes("--show") ? 1 : flag(args, "--runs", 2000);
  const place = mkdtempSync(join(tmpdir(), "millrace-archives-"));
  const scratch = Support.scratch();
  try {
    const cases = Array.from({ length: runs }, (_, index) => RandomArchive.make(first + index));
    const lines = cases.map((one, index) => {
      const file = join(place, `${index}.archive`);
      writeFileSync(file, one.bytes);
      return JSON.stringify({ file, kind: one.kind, "base-dir": one.baseDir });
    });
    const python = join(dirname(findOracle().argv[0] as string), "python");
    const script = new URL("archives.py", import.meta.url).pathname;
    // Nothing that an archive holds can be written anywhere but there.
    const guard = ["--ro-bind", "/", "/", "--dev", "/dev", "--bind", place, place, "--unshare-net"];
    const answers = execFileSync("bwrap", [...guard, python, script, place], {
      input: `${lines.join("\n")}\n`,
      encoding: "utf8",
      maxBuffer: 1 << 30,
      stdio: ["pipe", "pipe", "ignore"],
    })
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Staged);
    let different = 0;
    let refusedHere = 0;
    let refused = 0;
    for (const [index, one] of cases.entries()) {
      const mine = await stageOurs(scratch, one);
      const theirs = answers[index] as Staged;
      if (typeof theirs === "string") refused++;
      // Where the original breaks down instead of saying what is wrong, nothing is to be compared.
      if (typeof theirs === "string" && !theirs.startsWith("SourceError") && typeof mine === "object") continue;
      if (sorted(mine) === sorted(theirs) && !args.includes("--show")) continue;
      if (typeof mine === "string" && typeof theirs !== "string") refusedHere++;
      else if (sorted(mine) !== sorted(theirs)) different++;
      if (args.includes("--show")) writeFileSync("shown.archive", one.bytes);
      console.log(`seed ${first + index}, ${one.kind}, base-dir '${one.baseDir}'`);
      console.log(`  ours   ${JSON.stringify(mine)}\n  oracle ${JSON.stringify(theirs)}`);
    }
    console.log(
      `${runs} archives, ${refused} of them refused by the oracle: ${different} differences, ${refusedHere} refused only here`,
    );
    return different + refusedHere < 3 + runs / 100;
  } finally {
    scratch.remove();
    rmSync(place, { recursive: true, force: true });
  }
}
