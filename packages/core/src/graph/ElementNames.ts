/**
 * Element names as people type them: which files a project has, what globs mean, and what is no element name at all.
 *
 * The order of files is by name, a directory's files before its subdirectories (BuildStream takes the directory's own order, which is anybody's guess).
 */
import { raise } from "../error/BstError.ts";
import type { ProjectFiles } from "../project/ProjectFiles.ts";
import * as ProjectPath from "../project/ProjectPath.ts";

/** The names of all element files below the element path; `.bst` directories hold none. */
export function list(files: ProjectFiles, elementPath: string): readonly string[] {
  const names: string[] = [];
  const directories = [""];
  for (let directory = directories.pop(); directory !== undefined; directory = directories.pop()) {
    const here = directory;
    const below: string[] = [];
    for (const { name, kind } of files.list(ProjectPath.join(elementPath, here)) ?? []) {
      const path = here === "" ? name : `${here}/${name}`;
      if (kind === "directory") {
        if (name !== ".bst") below.push(path);
      } else if (name.endsWith(".bst")) names.push(path);
    }
    directories.push(...below.reverse());
  }
  return names;
}

/** Targets sorted into elements and artifact names. */
export interface Classified {
  /** Element names, globs expanded, each once in order of appearance. */
  readonly elements: readonly string[];
  /** Everything else: artifact names, and globs over them. */
  readonly artifacts: readonly string[];
  /** Globs that matched nothing. */
  readonly unmatched: readonly string[];
}

const globCharacters = /[*?[]/;

/** Sorts out targets; what does not end in `.bst` is an error unless artifact names are allowed. Plain names come before what globs match. */
export function classify(
  targets: readonly string[],
  allElements: () => readonly string[],
  allowArtifacts: boolean,
): Classified {
  const artifacts = targets.filter((target) => !target.endsWith(".bst"));
  if (artifacts.length > 0 && !allowArtifacts) {
    raise({
      domain: "STREAM",
      reason: "invalid-element-names",
      message: `Not the names of elements: ${artifacts.join(", ")}`,
      hint: "Element names, and patterns for them, end in .bst.",
    });
  }
  const elements = new Set(targets.filter((target) => target.endsWith(".bst") && !globCharacters.test(target)));
  const unmatched: string[] = [];
  for (const target of targets) {
    if (!target.endsWith(".bst") || !globCharacters.test(target)) continue;
    const pattern = globExpression(target);
    const matches = allElements().filter((name) => pattern.test(name));
    for (const name of matches) elements.add(name);
    if (matches.length === 0) unmatched.push(target);
  }
  return { elements: [...elements], artifacts: [...new Set(artifacts)], unmatched };
}

/** A glob over whole names: `*` and `?` stop at `/`, `**` does not, `[…]` and `[!…]` are sets. A leading `/` makes no difference. */
export function globExpression(glob: string): RegExp {
  const pattern = glob.startsWith("/") ? glob.slice(1) : glob;
  let expression = "";
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at] as string;
    if (character === "*") {
      const deep = pattern[at + 1] === "*";
      if (deep) at++;
      expression += deep ? ".*" : "[^/]*";
    } else if (character === "?") expression += "[^/]";
    else if (character === "[") {
      const negated = pattern[at + 1] === "!";
      const start = at + (negated ? 2 : 1);
      const end = pattern.indexOf("]", pattern[start] === "]" ? start + 1 : start);
      if (end === -1) expression += "\\[";
      else {
        expression += `[${negated ? "^" : ""}${pattern.slice(start, end).replace(/[\\\]^[]/g, "\\$&")}]`;
        at = end;
      }
    } else expression += character.replace(/[\\^$.|+(){}\]]/g, "\\$&");
  }
  return new RegExp(`^${expression}$`, "su");
}
