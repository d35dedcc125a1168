/**
 * Go's vendor directory: what `go.mod` asks for and replaces, and the entries of `vendor/modules.txt` as the go command writes them.
 */
import { raise } from "@millrace/core/error/BstError";
import type { Directory, Reader } from "@millrace/core/tree/Directory";
import * as Names from "@millrace/core/tree/Names";
import * as Tree from "@millrace/core/tree/Tree";

export interface GoMod {
  /** Modules that are required by name and version. */
  readonly explicit: ReadonlySet<string>;
  /** `MODULE VERSION` of a replacement -> what it replaces. */
  readonly replacements: ReadonlyMap<string, { readonly module: string; readonly version: string }>;
}

/** Reads the text of a go.mod; raises for replacements in a form that has no versions. */
export function parse(text: string): GoMod {
  const explicit = new Set<string>();
  const replacements = new Map<string, { module: string; version: string }>();
  for (const line of text.split("\n")) {
    const words = line.split(/\s+/).filter((word) => word !== "");
    if (words[1]?.startsWith("v") === true) explicit.add(words[0] as string);
    if (words.length <= 3 || words[0] !== "replace") continue;
    if (words.length !== 6)
      raise({
        domain: "SOURCE",
        reason: null,
        message: `The directive '${line.trim()}' of go.mod is not understood`,
        hint: "Only `replace MODULE VERSION => MODULE VERSION` is.",
      });
    const [, module, version, , newModule, newVersion] = words as [string, string, string, string, string, string];
    replacements.set(`${newModule} ${newVersion}`, { module, version });
  }
  return { explicit, replacements };
}

/** The module and version that one replaces; itself when it replaces none. */
export function original(
  goMod: GoMod,
  module: string,
  version: string,
): { readonly module: string; readonly version: string } {
  return goMod.replacements.get(`${module} ${version}`) ?? { module, version };
}

/**
 * The lines of a module in modules.txt.
 *
 * @param files what is in the vendor directory of the module that it replaces.
 * @param goDirective the `go VERSION` line of its go.mod.
 */
export function entry(
  goMod: GoMod,
  module: string,
  version: string,
  files: Directory,
  goDirective: string | undefined,
  reader: Reader,
): string {
  const old = original(goMod, module, version);
  const lines: string[] = [];
  if (goMod.explicit.has(old.module)) {
    const replaced = old.module !== module || old.version !== version;
    lines.push(replaced ? `# ${old.module} ${old.version} => ${module} ${version}` : `# ${module} ${version}`);
    lines.push(goDirective === undefined ? "## explicit" : `## explicit; ${goDirective}`);
  } else lines.push(`# ${module}`);
  for (const path of packages(files, old.module, reader)) lines.push(path);
  return `${lines.join("\n")}\n`;
}

/** Directories with Go files (or a go.mod), each before those below it, in order of their names. */
function* packages(directory: Directory, path: string, reader: Reader): Generator<string> {
  const children: string[] = [];
  let isPackage = false;
  for (const [name, child] of directory.entries) {
    if (child.type === "directory") children.push(name);
    else if (name === "go.mod" || name.endsWith(".go")) isPackage = true;
  }
  if (isPackage) yield path;
  for (const name of children.sort(Names.compare)) {
    const child = directory.entries.get(name);
    if (name !== ".git" && child?.type === "directory")
      yield* packages(Tree.open(child, reader), `${path}/${name}`, reader);
  }
}

/** The `go VERSION` line of a go.mod. */
export function directive(text: string | undefined): string | undefined {
  return text?.split("\n").find((line) => line.startsWith("go "));
}

/** The version that a module was required at, from the text of a go.sum; undefined when it is not there. */
export function versionIn(goSum: string, module: string): string | undefined {
  for (const line of goSum.split("\n")) {
    const [name, version] = line.trim().split(/\s+/);
    if (name === module && version !== undefined && !version.endsWith("/go.mod") && !version.endsWith("/go.sum"))
      return version;
  }
  return undefined;
}

/** The commit's beginning that a pseudo-version (`v0.0.0-20191109021931-daa7c04131f5`) ends in. */
export function commitIn(version: string): string | undefined {
  return /^v\d+\.\d+\.\d+-(?:[a-z]+\.)?(?:0\.)?\d+-([a-z0-9]+)$/.exec(version)?.[1];
}

/** The tag and the major version of a proper version. */
export function release(version: string): { readonly tag: string; readonly major: string } | undefined {
  const match =
    /^((v(?:0|[1-9]\d*))\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?)(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/.exec(
      version,
    );
  return match === null ? undefined : { tag: match[1] as string, major: match[2] as string };
}
