/**
 * Which elements and artifacts the words of a command name.
 *
 * A word that holds `*`, `?` or `[` is a pattern. What ends in `.bst` is about elements of the project; anything else is the name of an artifact, or a
 * pattern for artifacts of the local cache. A pattern that matches nothing is a warning, so that scripts may use patterns freely.
 */
import * as ArtifactName from "@millrace/core/artifact/ArtifactName";
import { raise } from "@millrace/core/error/BstError";
import type { ProjectFiles } from "@millrace/core/project/ProjectFiles";
import * as Glob from "@millrace/core/tree/Glob";

/** Words sorted by what they name, each once, in the order given. */
export interface Targets {
  readonly elements: readonly string[];
  /** Names of artifacts, `PROJECT/ELEMENT/KEY`. */
  readonly artifacts: readonly string[];
  readonly warnings: readonly string[];
}

/** Where patterns look. */
export interface Candidates {
  /** All elements of the project; undefined when there is no project. */
  readonly elements: (() => readonly string[]) | undefined;
  /** All artifacts of the local cache. */
  readonly artifacts: () => readonly string[];
}

const suffixHint = "Elements, and patterns for elements, end in '.bst'.";

/** Sorts the words out; with `allowArtifacts` unset only elements may be named. Raises when a word names neither. */
export function classify(words: readonly string[], candidates: Candidates, allowArtifacts: boolean): Targets {
  const elements = new Set<string>();
  const artifacts = new Set<string>();
  const elementPatterns = new Set<string>();
  const artifactPatterns = new Set<string>();
  for (const word of words) {
    const pattern = /[*?[]/.test(word);
    if (word.endsWith(".bst")) (pattern ? elementPatterns : elements).add(word);
    else (pattern ? artifactPatterns : artifacts).add(word);
  }
  const others = [...artifacts, ...artifactPatterns];
  if (!allowArtifacts && others.length > 0) {
    raise({
      domain: "STREAM",
      reason: "invalid-element-names",
      message: `These cannot be elements: ${others.join(", ")}`,
      detail: suffixHint,
      hint: `Did you mean ${others.map((name) => `'${name.replace(/\/+$/, "")}.bst'`).join(", ")}?`,
    });
  }
  for (const name of artifacts) {
    if (ArtifactName.tryParse(name) !== undefined) continue;
    raise({
      domain: "STREAM",
      reason: "unrecognized-target-format",
      message: `'${name}' names neither an element nor an artifact`,
      detail: `${suffixHint}\nAn artifact is named PROJECT/ELEMENT/KEY, with all 64 digits of the key.`,
      hint: name.includes("/") ? undefined : `For the element, write ${name}.bst.`,
    });
  }
  const warnings: string[] = [];
  if (elementPatterns.size > 0 && candidates.elements === undefined) {
    raise({
      domain: "STREAM",
      reason: "glob-elements-without-project",
      message: `There is no project in which to look for ${[...elementPatterns].join(", ")}`,
      hint: "Go to the directory of a project, or name it with -C.",
    });
  }
  expand(elementPatterns, candidates.elements ?? (() => []), elements, "elements", warnings);
  expand(artifactPatterns, candidates.artifacts, artifacts, "artifacts in the local cache", warnings);
  return { elements: [...elements], artifacts: [...artifacts], warnings };
}

function expand(
  patterns: ReadonlySet<string>,
  candidates: () => readonly string[],
  into: Set<string>,
  noun: string,
  warnings: string[],
): void {
  if (patterns.size === 0) return;
  const names = candidates();
  for (const pattern of patterns) {
    const found = Glob.select(names, pattern);
    for (const name of found) into.add(name);
    if (found.length === 0) warnings.push(`The pattern '${pattern}' matches no ${noun}`);
  }
}

/** All elements below the project's element directory, files before directories, each sorted. The directory `.bst`, where older versions keep subprojects, is left out on request. */
export function allElements(files: ProjectFiles, elementPath: string, skipInternal: boolean): readonly string[] {
  const found: string[] = [];
  const pending = [""];
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    const entries = files.list(join(elementPath, folder)) ?? [];
    const below: string[] = [];
    for (const { name, kind } of entries) {
      const path = folder === "" ? name : `${folder}/${name}`;
      if (kind === "directory") {
        if (!skipInternal || name !== ".bst") below.push(path);
      } else if (name.endsWith(".bst")) {
        found.push(path);
      }
    }
    pending.push(...below.reverse());
  }
  return found;
}

function join(base: string, folder: string): string {
  if (base === "" || base === ".") return folder === "" ? "." : folder;
  return folder === "" ? base : `${base}/${folder}`;
}
