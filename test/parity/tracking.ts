/**
 * Tracks every element of a project with both tools against one server that stands for every upstream, each in its own copy: the same elements are
 * tracked, both write the same refs, and ours changes no line that holds none.
 *
 * Arguments: the project's directory, then options of `bst` (`-o NAME VALUE`), then perhaps `--` and elements. Without these all are tracked but
 * those that do not load, and those that need them.
 */
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { findOracle, ours, run, type Tool, writeConfiguration } from "../support/tools.ts";
import * as Upstream from "./Upstream.ts";

/** A changed line that may change: a ref, or a line of a ref that is a list or mapping. */
const refLine =
  /^[+-]\s*(?:- )?(?:'?"?(?:ref|sha|sha256sum|suffix|commit|repo|name|version|kind|query|provenance|go-version|git-ref|explicit|subdirectory|tags|tag|annotated|branch|rev|homepage|issue-tracker)"?'?:.*)$/;

function git(directory: string, ...parameters: readonly string[]): string {
  const own = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "core.autocrlf=false"];
  return execFileSync("git", [...own, ...parameters], { cwd: directory, encoding: "utf8", maxBuffer: 1 << 28 });
}

interface Tracked {
  readonly directory: string;
  /** Elements whose sources could not be tracked. */
  readonly failed: readonly string[];
  readonly diff: string;
}

async function track(
  tool: Tool,
  place: string,
  project: string,
  options: readonly string[],
  elements: readonly string[],
  mirrors: string,
): Promise<Tracked> {
  const directory = join(place, tool.name);
  cpSync(project, directory, { recursive: true, verbatimSymlinks: true });
  rmSync(join(directory, ".bst"), { recursive: true, force: true });
  git(directory, "init", "-q");
  git(directory, "add", "-Af");
  git(directory, "commit", "-q", "-m", "before");
  const settings =
    "scheduler:\n  on-error: continue\n  network-retries: 0\ntrack:\n  source: mirrors\nfetch:\n  source: mirrors\n";
  const configuration = writeConfiguration(join(place, `${tool.name}-home`), settings + mirrors);
  const outcome = await run(
    tool,
    ["--no-interactive", "--no-colors", "-c", configuration, ...options, "source", "track", ...elements],
    directory,
  );
  const summary = /Track Queue:[^\n]*/.exec(outcome.stderr + outcome.stdout)?.[0];
  console.log(`${tool.name}: ${outcome.seconds.toFixed(0)} s, ${summary ?? outcome.stderr.slice(-2000)}`);
  const failed = [...outcome.stderr.matchAll(/track:(\S+?) *\] FAILURE Track$/gm)].map((match) => match[1] as string);
  return {
    directory,
    failed: [...new Set(failed)].sort(),
    diff: git(directory, "diff", "--no-ext-diff", "-U0", "--", ".", ":!.bst"),
  };
}

/** What a file says, comments and forms left out. */
function content(path: string): unknown {
  return existsSync(path) ? parse(readFileSync(path, "utf8"), { schema: "failsafe" }) : undefined;
}

function changedFiles(diff: string): readonly string[] {
  return [...diff.matchAll(/^\+\+\+ b\/(.*)$/gm)].map((match) => match[1] as string);
}

/** The comparison; returns whether all agreed. */
export async function compareTracking(args: readonly string[]): Promise<boolean> {
  const cut = args.indexOf("--");
  const [project, ...options] = cut === -1 ? args : args.slice(0, cut);
  if (project === undefined)
    throw new Error("Which project? npm run parity -- tracking DIRECTORY [options of bst] [-- ELEMENTS]");
  const place = mkdtempSync(join(tmpdir(), "millrace-tracking-"));
  const conf = content(join(project, "project.conf")) as { readonly name: string; readonly "element-path"?: string };
  const upstream = await Upstream.open(project);
  try {
    const elements =
      cut >= 0 ? args.slice(cut + 1) : await loadable(project, options, conf["element-path"] ?? ".", place);
    const mirrors = upstream.mirrors(conf.name);
    const mine = await track(ours, place, project, options, elements, mirrors);
    const stray = mine.diff.split("\n").filter((line) => /^[+-](?![+-]{2} )/.test(line) && !refLine.test(line));
    console.log(`${changedFiles(mine.diff).length} files changed, ${stray.length} lines that hold no ref`);
    for (const line of stray.slice(0, 20)) console.log(`  ${line}`);
    const theirs = await track(findOracle(), place, project, options, elements, mirrors);
    let agreed = stray.length === 0;
    const differ = (what: string, one: unknown, other: unknown): void => {
      if (JSON.stringify(one) === JSON.stringify(other)) return;
      agreed = false;
      console.log(
        `DIFFERENT: ${what}\n  ours   ${JSON.stringify(one)?.slice(0, 600)}\n  oracle ${JSON.stringify(other)?.slice(0, 600)}`,
      );
    };
    differ("elements that cannot be tracked", mine.failed, theirs.failed);
    for (const file of new Set([...changedFiles(mine.diff), ...changedFiles(theirs.diff)]))
      differ(file, content(join(mine.directory, file)), content(join(theirs.directory, file)));
    const lines = (diff: string) => diff.split("\n").filter((line) => /^[+-](?![+-]{2} )/.test(line)).length;
    console.log(
      `changed lines: ours ${lines(mine.diff)}, oracle ${lines(theirs.diff)}; ${upstream.requests.length} requests`,
    );
    return agreed;
  } finally {
    await upstream.close();
    if (process.env["KEEP"] === undefined) rmSync(place, { recursive: true, force: true });
    else console.log(place);
  }
}

/** The project's elements that load one by one with what they need; junctions are no targets. */
async function loadable(
  project: string,
  options: readonly string[],
  elementPath: string,
  place: string,
): Promise<readonly string[]> {
  const root = join(project, elementPath);
  let names = readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".bst") && !isJunction(join(root, name)))
    .sort();
  const configuration = writeConfiguration(join(place, "loading"));
  for (;;) {
    const outcome = await run(
      ours,
      ["--no-interactive", "-c", configuration, ...options, "show", "--deps", "none", "--format", "%{name}", ...names],
      project,
    );
    if (outcome.status === 0) return names;
    const culprit = /^(\S+\.bst) \[line/m.exec(outcome.stderr)?.[1];
    const left = names.filter((name) => name !== culprit && !mentions(join(root, name), culprit ?? ""));
    if (culprit === undefined || left.length === names.length) throw new Error(outcome.stderr.slice(-3000));
    names = left;
  }
}

function isJunction(path: string): boolean {
  return /^kind: (?:junction|link)\b/m.test(readFileSync(path, "utf8"));
}

function mentions(path: string, name: string): boolean {
  return readFileSync(path, "utf8").includes(name);
}
