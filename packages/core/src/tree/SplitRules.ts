/**
 * Split rules: which files of an artifact belong to which domain, and the filter that a choice of domains makes.
 *
 * A rule is a glob over the absolute path. A file is taken when a domain that claims it is included (or nothing claims it and orphans are wanted) and no
 * domain that claims it is excluded; directories are asked about like files.
 *
 * Two rules surprise: an empty list of included domains means all of them, and names of domains that the element does not have are dropped after that,
 * so that including only an unknown domain takes nothing but orphans.
 *
 * The compiled filter works out once for each directory which rules can still apply there and tests names against those only; {@link matches} is its slow twin.
 */
import type { Split } from "../plan/Plan.ts";
import type { Directory, Reader } from "./Directory.ts";
import * as Glob from "./Glob.ts";
import type { Filter } from "./Import.ts";
import * as Paths from "./Paths.ts";

/** The globs of each domain, by name of the domain. */
export type Rules = ReadonlyMap<string, readonly string[]>;

const claimed = 1;
const included = 2;
const excluded = 4;

/** A choice of domains, resolved against those that an element has. */
interface Choice {
  readonly include: ReadonlySet<string>;
  readonly exclude: ReadonlySet<string>;
  readonly orphans: boolean;
}

function choose(rules: Rules, split: Split): Choice | undefined {
  const include = split.include ?? [];
  const exclude = split.exclude ?? [];
  if (split.orphans && include.length === 0 && exclude.length === 0) return undefined;
  return {
    include: new Set(include.length === 0 ? rules.keys() : include),
    exclude: new Set(exclude),
    orphans: split.orphans,
  };
}

function accepts(flags: number, orphans: boolean): boolean {
  if (flags === 0) return orphans;
  return (flags & (included | excluded)) === included;
}

function flagsOf(choice: Choice, domain: string): number {
  return claimed | (choice.include.has(domain) ? included : 0) | (choice.exclude.has(domain) ? excluded : 0);
}

/** Whether a path (relative, or absolute in the artifact) is selected, worked out rule by rule. */
export function matches(rules: Rules, split: Split, path: string): boolean {
  const choice = choose(rules, split);
  if (choice === undefined) return true;
  const absolute = path.startsWith("/") ? path : `/${path}`;
  let flags = 0;
  for (const [domain, globs] of rules) {
    if (globs.some((glob) => Glob.compile(glob).test(absolute))) flags |= flagsOf(choice, domain);
  }
  return accepts(flags, choice.orphans);
}

/** A rule taken apart for quick tests. */
interface Rule {
  readonly flags: number;
  /** The whole pattern. */
  readonly whole: RegExp;
  /** Text that every match starts with. */
  readonly prefix: string;
  /** `PREFIX**`: whatever starts with the prefix matches. */
  readonly everything: boolean;
  /** For a pattern without `**`: what its directory and its last part match. */
  readonly parts:
    | { readonly directory: RegExp; readonly name: RegExp; readonly literal: string | undefined }
    | undefined;
}

/** The rules that can apply in one directory. */
interface Local {
  /** Flags that every name has. */
  readonly always: number;
  readonly literals: ReadonlyMap<string, number> | undefined;
  readonly names: readonly { readonly expression: RegExp; readonly flags: number }[];
  readonly wholes: readonly Rule[];
}

/** The filter for a choice of domains; undefined when everything is taken. */
export function compile(rules: Rules, split: Split): Filter | undefined {
  const choice = choose(rules, split);
  if (choice === undefined) return undefined;
  const all: Rule[] = [];
  for (const [domain, globs] of rules) for (const glob of globs) all.push(analyse(glob, flagsOf(choice, domain)));
  const locals = new Map<string, Local>();
  return (path) => {
    const absolute = path.startsWith("/") ? path : `/${path}`;
    const cut = absolute.lastIndexOf("/") + 1;
    const directory = absolute.slice(0, cut);
    let local = locals.get(directory);
    if (local === undefined) {
      local = localise(all, directory);
      locals.set(directory, local);
    }
    return accepts(flagsAt(local, absolute, cut), choice.orphans);
  };
}

/** All paths of a tree that a choice of domains takes, in listing order: BuildStream's manifest of an artifact. */
export function manifest(rules: Rules, split: Split, tree: Directory, reader?: Reader): string[] {
  const paths = Paths.listPaths(tree, reader);
  const filter = compile(rules, split);
  return filter === undefined ? paths : paths.filter(filter);
}

/** A test whether a path is in an element's `overlap-whitelist`. */
export function whitelist(globs: readonly string[]): (path: string) => boolean {
  if (globs.length === 0) return () => false;
  const rules: Rules = new Map([["whitelist", globs]]);
  return compile(rules, { orphans: false })!;
}

function analyse(glob: string, flags: number): Rule {
  const meta = glob.search(/[*?[]/);
  const prefix = meta === -1 ? glob : glob.slice(0, meta);
  const whole = Glob.compile(glob);
  const everything = meta !== -1 && glob.slice(meta) === "**";
  // A set may match a slash, and so may `**`; what is left matches as many slashes as it has.
  const splits = !glob.includes("**") && !glob.includes("[") && glob.startsWith("/");
  if (!splits) return { flags, whole, prefix, everything, parts: undefined };
  const cut = glob.lastIndexOf("/") + 1;
  const last = glob.slice(cut);
  const parts = {
    directory: Glob.compile(glob.slice(0, cut)),
    name: Glob.compile(last),
    literal: Glob.isPattern(last) ? undefined : last,
  };
  return { flags, whole, prefix, everything, parts };
}

function localise(rules: readonly Rule[], directory: string): Local {
  let always = 0;
  const literals = new Map<string, number>();
  const names: { expression: RegExp; flags: number }[] = [];
  const wholes: Rule[] = [];
  for (const rule of rules) {
    if (rule.parts !== undefined) {
      if (!rule.parts.directory.test(directory)) continue;
      const { literal } = rule.parts;
      if (literal === undefined) names.push({ expression: rule.parts.name, flags: rule.flags });
      else literals.set(literal, (literals.get(literal) ?? 0) | rule.flags);
    } else if (rule.everything && directory.startsWith(rule.prefix)) {
      always |= rule.flags;
    } else if (directory.startsWith(rule.prefix) || rule.prefix.startsWith(directory)) {
      wholes.push(rule);
    }
  }
  return { always, literals: literals.size === 0 ? undefined : literals, names, wholes };
}

function flagsAt(local: Local, absolute: string, cut: number): number {
  let flags = local.always;
  if (local.literals === undefined && local.names.length === 0 && local.wholes.length === 0) return flags;
  const name = absolute.slice(cut);
  if (local.literals !== undefined) flags |= local.literals.get(name) ?? 0;
  for (const rule of local.names) if ((flags | rule.flags) !== flags && rule.expression.test(name)) flags |= rule.flags;
  for (const rule of local.wholes) {
    if ((flags | rule.flags) !== flags && absolute.startsWith(rule.prefix) && rule.whole.test(absolute))
      flags |= rule.flags;
  }
  return flags;
}
