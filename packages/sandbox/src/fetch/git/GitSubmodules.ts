/** The submodules of a commit: what `.gitmodules` says, and which commit of each is wanted. */
import * as Git from "./Git.ts";

export interface Submodule {
  readonly path: string;
  /** As `.gitmodules` has it. */
  readonly url: string;
  /** Undefined when the path is no submodule of the commit, although the file lists it. */
  readonly commit: string | undefined;
}

/** Lists them, in the file's order. Synchronous, a few milliseconds. */
export function list(repository: string, commit: string): readonly Submodule[] {
  const text = Git.read(repository, [
    "config",
    "-z",
    "--blob",
    `${commit}:.gitmodules`,
    "--get-regexp",
    "^submodule\\..*\\.(path|url)$",
  ]);
  if (text === undefined) return [];
  const sections = new Map<string, { path?: string; url?: string }>();
  for (const item of text.split("\0")) {
    const newline = item.indexOf("\n");
    const key = item.slice(0, newline);
    const name = key.slice("submodule.".length, key.lastIndexOf("."));
    const section = sections.get(name) ?? {};
    sections.set(name, section);
    if (key.endsWith(".path")) section.path = item.slice(newline + 1);
    else if (key.endsWith(".url")) section.url = item.slice(newline + 1);
  }
  const result: Submodule[] = [];
  for (const { path, url } of sections.values()) {
    if (path === undefined || url === undefined) continue;
    const found = /^160000 commit ([0-9a-f]{40})\t/.exec(Git.read(repository, ["ls-tree", commit, "--", path]) ?? "");
    result.push({ path, url, commit: found?.[1] });
  }
  return result;
}

/**
 * The url of a submodule as sources have it: one that begins with `./` or `../` counts from the repository that it is a submodule of, by git's rule, that
 * is, from inside the repository, as if it were a directory.
 *
 * @param parent the repository's url as written, `alias:rest` kept where the submodule stays below what the alias stands for, so that its mirrors serve the submodule too.
 * @param translated the same without alias.
 */
export function resolve(parent: string, translated: string, url: string): string {
  if (!/^\.\.?(\/|$)/.test(url)) return url;
  const alias = parent.endsWith(translated) ? "" : parent.slice(0, parent.indexOf(":") + 1);
  return (alias === "" ? undefined : climb(alias, parent.slice(alias.length), url)) ?? climbUrl(translated, url);
}

function climbUrl(parent: string, url: string): string {
  // What must stay: the scheme with the host, the host of the short ssh form, or the root.
  const fixed = /^(?:[a-z][a-z0-9+.-]*:\/\/[^/]*\/?|[^/:]+:|\/)/i.exec(parent)?.[0] ?? "";
  return climb(fixed, parent.slice(fixed.length), url) ?? fixed + url.replace(/^(\.\.?(\/|$))+/, "");
}

/** Follows the dots of a relative url from a path; undefined when they lead out of it. */
function climb(fixed: string, path: string, url: string): string | undefined {
  const parts = path.split("/").filter((part) => part !== "");
  const rest = url.split("/");
  for (let part = rest[0]; part === "." || part === ".."; part = rest[0]) {
    if (part === ".." && parts.pop() === undefined) return undefined;
    rest.shift();
  }
  return fixed + [...parts, ...rest].join("/");
}
