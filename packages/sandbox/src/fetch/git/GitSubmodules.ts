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
