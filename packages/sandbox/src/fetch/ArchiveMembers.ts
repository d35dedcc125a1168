/**
 * What an archive holds, as a list, and the tree that extracting it would leave: BuildStream's way of choosing a base directory, and Python's rules for
 * what may be extracted, without extracting anything.
 *
 * Contents are already in the store when the list is complete, so that base directory (a pattern over all names), hard links and later members that
 * replace earlier ones can be decided afterwards. A member that would be written outside the root is refused, also when a symbolic link of the
 * archive leads there; links themselves may point anywhere, since nobody follows them before the sandbox.
 */
import { posix } from "node:path";
import { raise } from "@millrace/core/error/BstError";
import type { Digest } from "@millrace/core/tree/Digest";
import type { Directory, Entry, SymlinkEntry, Timestamp } from "@millrace/core/tree/Directory";
import * as Glob from "@millrace/core/tree/Glob";
import * as Names from "@millrace/core/tree/Names";
import type * as TarHeader from "./TarHeader.ts";

export interface Member {
  /** As stored, directories without trailing slash. */
  readonly name: string;
  readonly type: TarHeader.MemberType;
  readonly executable: boolean;
  /** Of files. */
  readonly digest: Digest | undefined;
  /** Of links. */
  readonly link: string;
  /** Seconds; undefined where the format has none that is kept. */
  readonly mtime?: number | undefined;
}

/** Names that a base directory is chosen from: of directories, also those that only stand in the paths of other members. */
export function directoryNames(members: readonly Member[]): readonly string[] {
  const exact = new Set(members.map((member) => member.name));
  const result = new Set<string>();
  for (const { name, type } of members) {
    const bare = name.replace(/^[./]+/, "");
    if (type === "directory") {
      result.add(bare);
      continue;
    }
    for (let slash = bare.indexOf("/"); slash !== -1; slash = bare.indexOf("/", slash + 1)) {
      const directory = bare.slice(0, slash);
      if (!exact.has(directory.replace(/\/+$/, ""))) result.add(directory);
    }
  }
  return [...result];
}

/** The first directory, in code point order, that the pattern matches. */
export function baseDirectory(names: readonly string[], pattern: string, archive: string): string {
  const matches = Glob.select(names, pattern).sort(Names.compare);
  return (
    matches[0] ??
    raise({
      domain: "SOURCE",
      reason: null,
      message: `${archive} has no directory that matches the base directory pattern '${pattern}'`,
      hint: "Set `base-dir` to a directory of the archive, or to the empty string for all of it.",
    })
  );
}

/**
 * The members below a base directory, with paths relative to it; the empty string keeps all as they are.
 *
 * @param bare what of a path is compared.
 */
export function below(
  members: readonly Member[],
  base: string,
  bare: (name: string) => string = (name) => (name.startsWith("./") ? name.slice(2) : name),
): readonly Member[] {
  if (base === "") return members;
  const prefix = base.endsWith("/") ? base : `${base}/`;
  const result: Member[] = [];
  for (const member of members) {
    const name = bare(member.name);
    if (!name.startsWith(prefix)) continue;
    const hard = member.type === "hardlink" ? bare(member.link) : member.link;
    const link = member.type === "hardlink" && hard.startsWith(prefix) ? hard.slice(prefix.length) : hard;
    result.push({ ...member, name: name.slice(prefix.length), link });
  }
  return result;
}

/** An entry in the making; hard links share it. */
type Leaf =
  | SymlinkEntry
  | { readonly type: "file"; readonly digest: Digest; executable: boolean; readonly mtime?: Timestamp };

type Node = Map<string, Node | Leaf>;

/**
 * The tree that extraction leaves.
 *
 * @param everything all members of the archive, for hard links to what is not extracted itself.
 * @param latest where files keep their times, the latest that one may have, in seconds: a time that is still to come would be later than any edit.
 */
export function tree(
  members: readonly Member[],
  everything: readonly Member[],
  archive: string,
  latest?: number,
): Directory {
  const root: Node = new Map();
  for (const member of members) {
    // Devices and pipes have no place in a tree; BuildStream passes over them.
    if (member.type === "device") continue;
    const mtime = latest === undefined || member.mtime === undefined ? undefined : Math.min(member.mtime, latest);
    extract(root, { ...member, mtime }, everything, archive);
  }
  return freeze(root);
}

/** Bytes of a name and of a path that file systems of Linux take. */
const longestName = 255;
const longestPath = 4095;

function extract(root: Node, member: Member, everything: readonly Member[], archive: string): void {
  const refuse = (why: string, path: string): never =>
    raise({
      domain: "SOURCE",
      reason: null,
      message: `${archive} holds ${JSON.stringify(path)}, which ${why}`,
      hint: "Do not use this archive: a well-meant one holds no such entry.",
    });
  const clash = (): never =>
    raise({
      domain: "SOURCE",
      reason: null,
      message: `${archive} holds ${member.name} both as a directory and as something else`,
    });
  const outside = () => refuse("would be written outside the staging directory", member.name);
  if (member.type === "special") refuse("is neither a file nor a directory nor a link", member.name);
  if (![member.name, member.link].every((text) => text.isWellFormed() && !text.includes("\0")))
    raise({
      domain: "SOURCE",
      reason: null,
      message: `${archive} holds a name that is not valid UTF-8: ${JSON.stringify(member.name)}`,
    });
  const parts = member.name.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.some((part) => Buffer.byteLength(part) > longestName) || Buffer.byteLength(member.name) > longestPath)
    refuse("has a name that is too long for a file system", `${member.name.slice(0, 60)}…`);
  // Writing a file over a symbolic link writes what the link names.
  const follow = member.type === "directory" || member.type === "file";
  const place = locate(root, parts, { follow, create: true }, outside, clash);
  if (place === undefined) {
    if (member.type !== "directory" && !isIdle(member, everything)) outside();
    return;
  }
  const { parent, name } = place;
  const existing = parent.get(name);
  if (member.type === "directory") {
    if (existing === undefined && place.isTarget) clash();
    else if (existing === undefined) parent.set(name, new Map());
    else if (!(existing instanceof Map)) clash();
    return;
  }
  if (existing instanceof Map) {
    if (!isIdle(member, everything)) clash();
    return;
  }
  if (member.type === "symlink") parent.set(name, { type: "symlink", target: member.link });
  else {
    const found = content(root, member, everything, archive, refuse);
    if (found !== undefined) parent.set(name, found);
  }
}

/** Whether a symbolic link in the place of a directory is passed over, as Python does when the archive does not hold what it names. */
function isIdle(member: Member, everything: readonly Member[]): boolean {
  if (member.type !== "symlink") return false;
  const target = posix.normalize(
    member.name.includes("/") ? `${posix.dirname(member.name)}/${member.link}` : member.link,
  );
  return !everything.some(({ name }) => posix.normalize(name) === target);
}

function content(
  root: Node,
  member: Member,
  everything: readonly Member[],
  archive: string,
  refuse: (why: string, path: string) => never,
): Leaf | Node | undefined {
  if (member.type === "file" && member.digest !== undefined) return file(member.digest, member);
  if (member.link.startsWith("/")) return refuse("is a hard link to an absolute path", member.name);
  const parts = member.link.split("/").filter((part) => part !== "" && part !== ".");
  const outside = () => refuse("is a hard link to something outside the archive", member.name);
  const place = locate(root, parts, { follow: false, create: false }, outside, () => undefined);
  const target = place?.parent.get(place.name);
  if (target !== undefined && !(target instanceof Map)) {
    // One file under two names: the mode that comes last holds for both.
    if (target.type === "file") target.executable = member.executable;
    return target;
  }
  const wanted = posix.normalize(member.link);
  const original = everything.findLast(
    ({ name, type }) => (type === "file" || type === "directory") && posix.normalize(name) === wanted,
  );
  // No hard link is to a directory: passed over.
  if (target !== undefined && original === undefined) return undefined;
  // What is linked to was not extracted: its content stands in for it.
  if (original?.digest !== undefined) return file(original.digest, member);
  if (original !== undefined) return new Map();
  return raise({
    domain: "SOURCE",
    reason: null,
    message: `${archive} holds ${member.name}, a hard link to ${member.link}, which it does not hold`,
  });
}

function file(digest: Digest, { executable, mtime }: Member): Leaf {
  if (mtime === undefined) return { type: "file", digest, executable };
  const seconds = Math.floor(mtime);
  return { type: "file", digest, executable, mtime: { seconds, nanos: Math.round((mtime - seconds) * 1e9) } };
}

interface Place {
  readonly parent: Node;
  readonly name: string;
  /** Whether a symbolic link led to it. */
  readonly isTarget: boolean;
}

const mostLinks = 40;

/**
 * The directory that a path's last part is in, made when missing if the path is to be written. Symbolic links on the way, which earlier members made, are followed as
 * an operating system would, but never out of the root. Undefined for the root itself.
 */
function locate(
  root: Node,
  parts: readonly string[],
  { follow, create }: { readonly follow: boolean; readonly create: boolean },
  outside: () => never,
  clash: () => void,
): Place | undefined {
  const waiting = parts.toReversed();
  const trail: Node[] = [root];
  const names: string[] = [];
  let links = 0;
  // How many parts were waiting when a link was followed: those above come from its target.
  let own = Number.POSITIVE_INFINITY;
  for (let part = waiting.pop(); part !== undefined; part = waiting.pop()) {
    if (part === "" || part === ".") continue;
    if (part === "..") {
      if (names.pop() === undefined) outside();
      trail.pop();
      continue;
    }
    const here = trail.at(-1) as Node;
    const next = here.get(part);
    const isLast = waiting.length === 0;
    if (next !== undefined && !(next instanceof Map) && next.type === "symlink" && (!isLast || follow)) {
      if (next.target.startsWith("/") || ++links > mostLinks) outside();
      own = Math.min(own, waiting.length);
      waiting.push(...next.target.split("/").toReversed());
      continue;
    }
    const isTarget = waiting.length >= own;
    if (!isTarget) own = Number.POSITIVE_INFINITY;
    if (isLast) return { parent: here, name: part, isTarget };
    if (next instanceof Map) trail.push(next);
    else if (next === undefined) {
      if (!create) return undefined;
      // Nothing is made where a link leads that leads nowhere.
      if (isTarget) clash();
      const made: Node = new Map();
      here.set(part, made);
      trail.push(made);
    } else {
      clash();
      return undefined;
    }
    names.push(part);
  }
  // The path ended with `..` or a link: it names the directory that the trail leads to.
  const name = names.pop();
  const parent = trail.at(-2);
  return name === undefined || parent === undefined ? undefined : { parent, name, isTarget: false };
}

function freeze(node: Node): Directory {
  const entries = new Map<string, Entry>();
  for (const [name, child] of node)
    entries.set(name, child instanceof Map ? { type: "directory", tree: freeze(child) } : { ...child });
  return { type: "tree", entries };
}
