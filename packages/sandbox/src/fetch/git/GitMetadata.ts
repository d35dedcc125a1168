/**
 * A small `.git` directory for a staged tree: what `git describe`, `git log` and `git status` need, and nothing else.
 *
 * It holds the commits between a tag and the staged one, their trees and symbolic links (no file contents), the tag, a shallow mark where history is
 * cut, and an index. Unlike one that git writes, it is the same wherever and whenever it is made: the index holds no times and
 * inodes, so that git looks at the files themselves once.
 */
import { createHash } from "node:crypto";
import { deflateSync } from "node:zlib";
import type { BstError } from "@millrace/core/error/BstError";
import type { Directory, Entry } from "@millrace/core/tree/Directory";
import * as Draft from "@millrace/core/tree/Draft";
import * as Paths from "@millrace/core/tree/Paths";
import * as Tree from "@millrace/core/tree/Tree";
import * as Effect from "effect/Effect";
import { attempt } from "../../cas/Cas.ts";
import * as ObjectStore from "../../cas/ObjectStore.ts";
import * as Git from "./Git.ts";
import type { Listed } from "./GitTree.ts";

/** What the directory is to hold. */
export interface Content {
  readonly commit: string;
  /** The tag that describes it. */
  readonly tag: string | undefined;
  readonly listed: readonly Listed[];
}

/** Makes the content of `.git`. */
export const make = Effect.fnUntraced(function* (
  store: ObjectStore.ObjectStore,
  repository: string,
  content: Content,
): Effect.fn.Return<Directory, BstError> {
  const { commit, tag } = content;
  const tagName = tag === undefined ? undefined : yield* resolve(repository, `refs/tags/${tag}`);
  const base = tagName === undefined ? commit : yield* resolve(repository, `${tagName}^{commit}`);
  const commits = yield* commitsBetween(repository, base, commit);
  const objects = new Set<string>(commits.map(({ name }) => name));
  for (const name of yield* treesOf(repository, commits)) objects.add(name);
  for (const { mode, name } of content.listed) if (mode === "120000") objects.add(name);
  if (tagName !== undefined && tagName !== base)
    for (const name of yield* tagChain(repository, tagName)) objects.add(name);

  const draft = Draft.open(Tree.empty);
  const put = skeleton(store, draft);
  put("HEAD", Buffer.from("ref: refs/heads/master\n"));
  put("refs/heads/master", Buffer.from(`${commit}\n`));
  put("index", index(content.listed));
  if (tag !== undefined && tagName !== undefined) put(`refs/tags/${tag}`, Buffer.from(`${tagName}\n`));
  const included = new Set(commits.map(({ name }) => name));
  const cut: string[] = [];

  let held: Buffer[] = [];
  let heading = "";
  let current = "";
  yield* Git.readObjects(repository, [...objects], {
    begin: ({ name, type }, size) => {
      current = name;
      heading = `${type} ${size}\0`;
      held = [];
    },
    data: (bytes) => void held.push(Buffer.from(bytes)),
    end: () => {
      const bytes = Buffer.concat(held);
      put(
        `objects/${current.slice(0, 2)}/${current.slice(2)}`,
        deflateSync(Buffer.concat([Buffer.from(heading, "latin1"), bytes])),
      );
      if (included.has(current) && !parentsOf(bytes).every((parent) => included.has(parent))) cut.push(current);
    },
  });
  if (cut.length > 0)
    put(
      "shallow",
      Buffer.from(
        cut
          .sort()
          .map((name) => `${name}\n`)
          .join(""),
      ),
    );
  return yield* attempt(() => Draft.freeze(draft));
});

/** Puts what every repository has into an empty `.git`; gives a function that adds files to it. */
export function skeleton(
  store: ObjectStore.ObjectStore,
  draft: Draft.Draft,
): (path: string, bytes: Uint8Array) => void {
  const put = (path: string, bytes: Uint8Array) => insert(draft, path, Tree.file(ObjectStore.putBytes(store, bytes)));
  for (const path of ["branches", "hooks", "objects/info", "objects/pack", "refs/heads", "refs/tags"])
    Paths.openDraft(draft, path);
  put(
    "config",
    Buffer.from(
      "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = false\n\tlogallrefupdates = true\n",
    ),
  );
  put("description", Buffer.from("Unnamed repository"));
  put("info/exclude", Buffer.from(""));
  return put;
}

function insert(draft: Draft.Draft, path: string, entry: Entry): void {
  const cut = path.lastIndexOf("/");
  Draft.put(Paths.openDraft(draft, cut < 0 ? "" : path.slice(0, cut)), path.slice(cut + 1), entry);
}

function resolve(repository: string, name: string): Effect.Effect<string, BstError> {
  return Git.local(repository, ["rev-parse", "--verify", "--end-of-options", name], `Cannot find ${name}`).pipe(
    Effect.map(({ text }) => text.trim()),
  );
}

interface Commit {
  readonly name: string;
  readonly tree: string;
}

/** The parents that a commit object names, also where the mirror's own history is cut and git would not tell. */
function parentsOf(commit: Buffer): readonly string[] {
  const heading = commit.subarray(0, commit.indexOf("\n\n")).toString("latin1");
  return [...heading.matchAll(/^parent ([0-9a-f]{40})$/gm)].map((match) => match[1] as string);
}

/** The commits that lead from one (included) to another; just the one when they are the same. */
const commitsBetween = Effect.fnUntraced(function* (
  repository: string,
  base: string,
  commit: string,
): Effect.fn.Return<readonly Commit[], BstError> {
  const range = base === commit ? ["--max-count=1", commit] : [commit, "--not", `${base}^@`];
  const { text } = yield* Git.local(
    repository,
    ["log", "--format=%H %T", "--no-show-signature", ...range],
    `Cannot read the history from ${base} to ${commit}`,
  );
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [name, tree] = line.trim().split(" ") as [string, string];
      return { name, tree };
    });
});

/** All trees of some commits. */
const treesOf = Effect.fnUntraced(function* (
  repository: string,
  commits: readonly Commit[],
): Effect.fn.Return<ReadonlySet<string>, BstError> {
  const result = new Set<string>();
  let wave = [...new Set(commits.map(({ tree }) => tree))];
  while (wave.length > 0) {
    for (const name of wave) result.add(name);
    const next = new Set<string>();
    let held: Buffer[] = [];
    yield* Git.readObjects(repository, wave, {
      begin: () => {
        held = [];
      },
      data: (bytes) => void held.push(Buffer.from(bytes)),
      end: () => {
        for (const name of subtrees(Buffer.concat(held))) if (!result.has(name)) next.add(name);
      },
    });
    wave = [...next];
  }
  return result;
});

/** The names of a tree object's sub-trees: entries are `MODE NAME\0` and twenty bytes. */
function* subtrees(tree: Buffer): Generator<string> {
  for (let at = 0; at < tree.length; ) {
    const end = tree.indexOf(0, at);
    if (tree.toString("latin1", at, at + 6) === "40000 ") yield tree.toString("hex", end + 1, end + 21);
    at = end + 21;
  }
}

/** An annotated tag and the tags it points through. */
const tagChain = Effect.fnUntraced(function* (
  repository: string,
  tag: string,
): Effect.fn.Return<readonly string[], BstError> {
  const chain: string[] = [];
  for (let name: string | undefined = tag; name !== undefined; ) {
    const { text } = yield* Git.local(repository, ["cat-file", "-p", name], `Cannot read the tag ${name}`);
    const match: RegExpExecArray | null = /^object ([0-9a-f]{40})\ntype (\w+)\n/.exec(text);
    if (match === null) break;
    chain.push(name);
    name = match[2] === "tag" ? match[1] : undefined;
  }
  return chain;
});

/** An index (version 2) of these files, with nothing known of what is on disk. */
export function index(listed: readonly Listed[]): Uint8Array {
  const header = Buffer.alloc(12);
  header.write("DIRC", 0, "latin1");
  header.writeUInt32BE(2, 4);
  header.writeUInt32BE(listed.length, 8);
  const parts: Buffer[] = [header];
  for (const { mode, name, path } of listed) {
    const bytes = Buffer.from(path);
    const size = 62 + bytes.length;
    const entry = Buffer.alloc(size + 8 - (size % 8));
    entry.writeUInt32BE(Number.parseInt(mode, 8), 24);
    entry.write(name, 40, "hex");
    entry.writeUInt16BE(Math.min(bytes.length, 0xfff), 60);
    bytes.copy(entry, 62);
    parts.push(entry);
  }
  const body = Buffer.concat(parts);
  return Buffer.concat([body, createHash("sha1").update(body).digest()]);
}
