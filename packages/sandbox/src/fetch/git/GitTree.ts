/**
 * The files of a commit as a tree of the store, without a work tree: git streams the blobs, each is stored as it comes.
 *
 * Files are what was committed, but for line ends where they are marked (`LineEnds`); other attributes (filters, export rules) play no part. Submodules are empty
 * directories.
 */
import { type BstError, raise } from "@millrace/core/error/BstError";
import type { Digest } from "@millrace/core/tree/Digest";
import type { Directory, Entry } from "@millrace/core/tree/Directory";
import * as Draft from "@millrace/core/tree/Draft";
import * as Names from "@millrace/core/tree/Names";
import * as Paths from "@millrace/core/tree/Paths";
import * as Tree from "@millrace/core/tree/Tree";
import * as Effect from "effect/Effect";
import { attempt } from "../../cas/Cas.ts";
import * as ObjectStore from "../../cas/ObjectStore.ts";
import * as ObjectWriter from "../../cas/ObjectWriter.ts";
import * as Git from "./Git.ts";

/** One path of a commit. */
export interface Listed {
  /** Octal digits: 100644, 100755, 120000 (link), 160000 (submodule). */
  readonly mode: string;
  readonly name: string;
  readonly path: string;
  /** Whether it is to have carriage returns. */
  readonly lineEnds?: LineEnds;
}

/** Carriage returns before all line feeds, or only where the content has none yet. */
export type LineEnds = "crlf" | "crlf-unless-mixed";

/** All paths of a commit, in git's order. */
export const list = Effect.fnUntraced(function* (
  repository: string,
  commit: string,
): Effect.fn.Return<readonly Listed[], BstError> {
  const { text } = yield* Git.local(
    repository,
    ["ls-tree", "-r", "-z", "--full-tree", commit],
    `Cannot list the files of ${commit}`,
  );
  return yield* attempt(() =>
    text
      .split("\0")
      .filter((line) => line !== "")
      .map(parse),
  );
});

function parse(line: string): Listed {
  const [info, path] = [line.slice(0, line.indexOf("\t")), line.slice(line.indexOf("\t") + 1)];
  const [mode, , name] = info.split(" ") as [string, string, string];
  for (const part of path.split("/"))
    if (Names.flaw(part) !== undefined || part.toLowerCase() === ".git" || part.includes("\uFFFD"))
      raise({
        domain: "SOURCE",
        reason: null,
        message: `The git commit holds the path ${JSON.stringify(path)}, which must not be checked out`,
        hint: "Names are UTF-8, and none is `.git`, `.` or `..`.",
      });
  return { mode, name, path };
}

/** The tree of those paths. */
export const make = Effect.fnUntraced(function* (
  store: ObjectStore.ObjectStore,
  repository: string,
  listed: readonly Listed[],
): Effect.fn.Return<Directory, BstError> {
  const names = [...new Set(listed.filter(({ mode }) => mode !== "160000").map(({ name }) => name))];
  const links = new Set(listed.filter(({ mode }) => mode === "120000").map(({ name }) => name));
  const marked = new Map<string, Set<LineEnds>>();
  for (const { name, lineEnds } of listed)
    if (lineEnds !== undefined) marked.set(name, (marked.get(name) ?? new Set()).add(lineEnds));
  const digests = new Map<string, Digest>();
  const targets = new Map<string, string>();
  let writer: ObjectWriter.ObjectWriter | undefined;
  let held: Buffer[] = [];
  let current = "";
  yield* Git.readObjects(repository, names, {
    begin: ({ name }, size) => {
      current = name;
      held = [];
      writer = size > 1 << 20 && !marked.has(name) ? ObjectWriter.start(store) : undefined;
    },
    data: (bytes) => {
      if (writer === undefined) held.push(Buffer.from(bytes));
      else writer.write(bytes);
    },
    end: () => {
      const whole = writer === undefined ? Buffer.concat(held) : undefined;
      if (whole !== undefined && links.has(current)) targets.set(current, whole.toString());
      for (const ends of marked.get(current) ?? [])
        digests.set(`${current} ${ends}`, ObjectStore.putBytes(store, withReturns(whole as Buffer, ends)));
      digests.set(
        current,
        whole === undefined ? (writer as ObjectWriter.ObjectWriter).finish() : ObjectStore.putBytes(store, whole),
      );
      writer = undefined;
    },
  }).pipe(Effect.ensuring(Effect.sync(() => writer?.close())));
  return yield* attempt(() => {
    const draft = Draft.open(Tree.empty);
    for (const { mode, name, path, lineEnds } of listed) {
      const cut = path.lastIndexOf("/");
      const parent = Paths.openDraft(draft, cut < 0 ? "" : path.slice(0, cut));
      Draft.put(
        parent,
        path.slice(cut + 1),
        entryOf(mode, digests.get(lineEnds === undefined ? name : `${name} ${lineEnds}`), targets.get(name)),
      );
    }
    return Draft.freeze(draft);
  });
});

/** What git takes for a binary file: a NUL near its start. */
const looked = 8000;

function withReturns(bytes: Buffer, ends: LineEnds): Buffer {
  if (bytes.subarray(0, looked).includes(0)) return bytes;
  if (ends === "crlf-unless-mixed" && bytes.includes(13)) return bytes;
  return Buffer.from(bytes.toString("latin1").replace(/\r?\n/g, "\r\n"), "latin1");
}

/** The contents of objects as texts, by their names. */
export const texts = Effect.fnUntraced(function* (
  repository: string,
  names: readonly string[],
): Effect.fn.Return<ReadonlyMap<string, string>, BstError> {
  const result = new Map<string, string>();
  let current = "";
  let held: Buffer[] = [];
  yield* Git.readObjects(repository, [...new Set(names)], {
    begin: ({ name }) => {
      current = name;
      held = [];
    },
    data: (bytes) => void held.push(Buffer.from(bytes)),
    end: () => void result.set(current, Buffer.concat(held).toString()),
  });
  return result;
});

function entryOf(mode: string, digest: Digest | undefined, target: string | undefined): Entry {
  if (mode === "120000" && target !== undefined) return Tree.symlink(target);
  if (digest === undefined) return Tree.directory(Tree.empty);
  return Tree.file(digest, mode === "100755");
}
