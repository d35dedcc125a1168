/** What shell completion looks up: the elements of the project at hand, and the artifacts in the local cache. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Mapping } from "@millrace/core/yaml/Node";
import * as Read from "@millrace/core/yaml/Read";
import * as Completion from "../args/Completion.ts";
import * as CompletionPaths from "../args/CompletionPaths.ts";
import { bst } from "../args/Table.ts";
import * as ArtifactNames from "./ArtifactNames.ts";
import * as Discovery from "./Discovery.ts";
import type { Environment } from "./Environment.ts";

/** The word after one of these options, in the given order of preference. */
function valueAfter(words: readonly string[], ...names: readonly string[]): string | undefined {
  for (const name of names) {
    const at = words.indexOf(name);
    if (at !== -1 && at + 1 < words.length) return words[at + 1];
  }
  return undefined;
}

/** Reads a file leniently: completion is silent about everything that is wrong. */
function readLeniently(path: string): Mapping | undefined {
  try {
    return Read.read({ name: path, project: null, path: null }, readFileSync(path));
  } catch {
    return undefined;
  }
}

function scalar(mapping: Mapping | undefined, key: string): string | undefined {
  const node = mapping?.entries.get(key);
  return node?.type === "scalar" && node.value !== "" ? node.value : undefined;
}

function elements(words: readonly string[], incomplete: string): readonly string[] {
  const given = valueAfter(words, "-C", "--directory");
  const directory = given ?? projectAbove(process.cwd());
  if (directory === undefined) return [];
  const project = readLeniently(join(directory, Discovery.projectFile));
  if (project === undefined) return [];
  const base = join(directory, scalar(project, "element-path") ?? "");
  return CompletionPaths.complete(incomplete, base, false).filter(
    (candidate) => candidate.endsWith("/") || candidate.endsWith(".bst "),
  );
}

function projectAbove(directory: string): string | undefined {
  for (let at = directory; ; at = dirname(at)) {
    const found = Discovery.search(at);
    if (found === undefined || found.type === "project") return found?.directory;
    at = found.directory;
    if (at === dirname(at)) return undefined;
  }
}

function artifacts(environment: Environment, words: readonly string[]): readonly string[] {
  const config = configuration(environment, words);
  const cache = scalar(config, "cachedir");
  const directory =
    cache === undefined ? join(environment["XDG_CACHE_HOME"] as string, "buildstream") : expand(cache, environment);
  return ArtifactNames.list(directory);
}

function configuration(environment: Environment, words: readonly string[]): Mapping | undefined {
  const given = valueAfter(words, "-c", "--config");
  if (given !== undefined) return readLeniently(given);
  const directory = environment["XDG_CONFIG_HOME"] as string;
  return readLeniently(join(directory, "buildstream2.conf")) ?? readLeniently(join(directory, "buildstream.conf"));
}

/** `~` and `$VARIABLE` in a configured path. */
function expand(path: string, environment: Environment): string {
  const home = path.startsWith("~/") ? `${environment["HOME"] ?? ""}${path.slice(1)}` : path;
  return home.replace(/\$(?:\{(\w+)\}|(\w+))/g, (whole, braced, bare) => environment[braced ?? bare] ?? whole);
}

/** The answer to the shell, one candidate a line. `words` are those of the call itself, whose `--config` counts where the line has none. */
export function answer(environment: Environment, words: readonly string[]): string {
  const found = Completion.candidates(bst, environment["COMP_WORDS"] ?? "", Number(environment["COMP_CWORD"] ?? 0), {
    elements,
    artifacts: (typed) => artifacts(environment, [...typed, ...words]),
  });
  return found.map((candidate) => `${candidate}\n`).join("");
}
