/**
 * Refs of git sources as BuildStream writes them: a commit, or `TAG-N-gCOMMIT`, and the choice of the newest among a server's refs.
 */
import { raise } from "@millrace/core/error/BstError";

export interface GitRef {
  readonly commit: string;
  readonly tag: string | undefined;
  /** Commits since the tag. */
  readonly distance: number | undefined;
}

/** Reads a ref; raises when it is neither form. */
export function parse(text: string): GitRef {
  const match = /^(?:(.*)-(\d+)-g)?([0-9a-f]{40})/.exec(text);
  if (match === null)
    return raise({
      domain: "SOURCE",
      reason: null,
      message: `The ref ${JSON.stringify(text)} is neither a commit nor TAG-N-gCOMMIT`,
    });
  const [, tag, distance, commit] = match;
  return { commit: commit as string, tag, distance: distance === undefined ? undefined : Number(distance) };
}

/** What a server has, by full name; `NAME^{}` is what an annotated tag points to. */
export type RemoteRefs = ReadonlyMap<string, string>;

/** Reads what `git ls-remote` prints. */
export function parseRemote(text: string): RemoteRefs {
  const refs = new Map<string, string>();
  for (const line of text.split("\n")) {
    const tab = line.indexOf("\t");
    if (tab > 0) refs.set(line.slice(tab + 1), line.slice(0, tab));
  }
  return refs;
}

/** The names that a pattern matches and no exclusion does. Without `refs/` in front a pattern is for branches and tags. */
export function matching(refs: RemoteRefs, pattern: string, exclude: readonly string[]): readonly string[] {
  const wanted = expression(pattern);
  const unwanted = exclude.map(expression);
  return [...refs.keys()].filter(
    (name) => !name.endsWith("^{}") && wanted.test(name) && !unwanted.some((one) => one.test(name)),
  );
}

function expression(pattern: string): RegExp {
  const body = fnmatch(pattern);
  return new RegExp(pattern.startsWith("refs/") ? `^${body}$` : `^refs/(?:heads|tags)/${body}$`, "su");
}

/** Shell patterns in which `*` and `?` match slashes too. */
export function fnmatch(pattern: string): string {
  let result = "";
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at] as string;
    const end = character === "[" ? pattern.indexOf("]", at + (/^\[!?\]/.test(pattern.slice(at)) ? 3 : 2)) : -1;
    if (character === "*") result += ".*";
    else if (character === "?") result += ".";
    else if (end > 0) {
      const set = pattern
        .slice(at + 1, end)
        .replaceAll("\\", "\\\\")
        .replace(/^\^/, "\\^")
        .replace(/^!/, "^");
      result += `[${set.replace(/[[\]]/g, "\\$&")}]`;
      at = end;
    } else result += character.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
  }
  return result;
}

/** The newest of some names: numbers count as numbers, letters come before numbers, separators do not matter. */
export function newest(names: readonly string[]): string | undefined {
  let best: string | undefined;
  for (const name of names) if (best === undefined || compareVersions(name, best) > 0) best = name;
  return best;
}

/** That order. */
export function compareVersions(a: string, b: string): number {
  const left = a.match(/[a-zA-Z]+|[0-9]+/g) ?? [];
  const right = b.match(/[a-zA-Z]+|[0-9]+/g) ?? [];
  for (let at = 0; at < Math.min(left.length, right.length); at++) {
    const order = comparePart(left[at] as string, right[at] as string);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

function comparePart(a: string, b: string): number {
  const isNumber = (part: string) => part.charCodeAt(0) <= 0x39;
  if (isNumber(a) && isNumber(b)) {
    const [left, right] = [BigInt(a), BigInt(b)];
    return left < right ? -1 : left > right ? 1 : 0;
  }
  if (isNumber(a) !== isNumber(b)) return isNumber(a) ? 1 : -1;
  return a < b ? -1 : a > b ? 1 : 0;
}
