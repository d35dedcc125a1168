/**
 * What a plugin does with directories of a sandbox: reading and changing a tree that is kept here.
 *
 * A change gives a new tree. Files go by name only: the plugin reads an object of the store where it lies, and what it writes is a file that is taken into the store.
 */
import { lstatSync } from "node:fs";
import { basename } from "node:path";
import { type BstError, type ReasonOf, raise } from "@millrace/core/error/BstError";
import type { Directory, Entry, Reader } from "@millrace/core/tree/Directory";
import * as Draft from "@millrace/core/tree/Draft";
import * as Import from "@millrace/core/tree/Import";
import * as Names from "@millrace/core/tree/Names";
import * as Paths from "@millrace/core/tree/Paths";
import * as Tree from "@millrace/core/tree/Tree";
import * as Effect from "effect/Effect";
import * as Cas from "../cas/Cas.ts";
import * as Intake from "../cas/Intake.ts";
import * as ObjectStore from "../cas/ObjectStore.ts";
import * as Wire from "./Wire.ts";

/** The roots of a build by number: 0 is the sandbox's own. */
export interface Roots {
  readonly get: (root: number) => Directory;
  readonly set: (root: number, tree: Directory) => void;
  /** Brings blobs that are behind the store. */
  readonly bring: Cas.CasShape["bring"];
}

/** Answers a question about a tree. */
export const answer = Effect.fnUntraced(function* (
  store: ObjectStore.ObjectStore,
  roots: Roots,
  question: string,
  args: Wire.Arguments,
): Effect.fn.Return<Wire.Data, BstError> {
  const root = Number(args["root"]);
  const path = Wire.text(args["path"]).replace(/\/+$/, "");
  if (question === "tree-import") return yield* importInto(store, roots, root, path, args);
  if (question === "tree-read") {
    const reader = ObjectStore.reader(store);
    yield* roots.bring([(yield* Cas.attempt(() => fileAt(roots.get(root), path, reader))).digest]);
  }
  return yield* Cas.attempt(() => simple(store, roots, question, root, path, args));
});

function simple(
  store: ObjectStore.ObjectStore,
  roots: Roots,
  question: string,
  root: number,
  path: string,
  args: Wire.Arguments,
): Wire.Data {
  const reader = ObjectStore.reader(store);
  const tree = roots.get(root);
  const follow = args["follow"] === true;
  const change = (changed: Directory): null => {
    roots.set(root, changed);
    return null;
  };
  switch (question) {
    case "tree-open": {
      if (args["create"] === true && !Paths.exists(tree, path, { reader, follow }))
        change(Paths.makeDirectory(tree, path, reader));
      const found = Paths.find(roots.get(root), path, { reader, follow });
      Paths.openDirectory(roots.get(root), path, { reader, follow });
      return found.type === "entry" ? found.path : "";
    }
    case "tree-list":
      return [...Tree.ordered(Paths.openDirectory(tree, path, { reader })).keys()];
    case "tree-paths":
      return Paths.listPaths(Paths.openDirectory(tree, path, { reader }), reader);
    case "tree-stat": {
      const found = Paths.find(tree, path, { reader, follow });
      return stat(found.type === "root" ? Tree.directory(found.directory) : need(tree, path, reader, follow));
    }
    case "tree-place": {
      const entry = Paths.lookup(tree, path, { reader });
      if (entry === undefined) Paths.openDirectory(tree, parentOf(path), { reader });
      return entry?.type ?? null;
    }
    case "tree-order":
      return [...inOrder(Paths.openDirectory(tree, path, { reader }), path, args["except"], reader)].map((below) =>
        path === "" ? below : below.slice(path.length + 1),
      );
    case "tree-readlink": {
      const entry = need(tree, path, reader, false);
      return entry.type === "symlink" ? entry.target : refuse(`/${path} is no symbolic link`);
    }
    case "tree-digest":
      return fileAt(tree, path, reader).digest.hash;
    case "tree-read": {
      const { digest } = fileAt(tree, path, reader);
      if (!ObjectStore.has(store, digest)) ObjectStore.raiseMissing(digest);
      return ObjectStore.path(store, digest);
    }
    case "tree-write": {
      const digest = Intake.putFile(store, Wire.text(args["file"]));
      return change(Paths.insert(tree, path, Tree.file(digest, args["executable"] === true), reader));
    }
    case "tree-remove":
      need(tree, path, reader, false);
      return change(Paths.remove(tree, path, { reader, recursive: args["recursive"] === true }));
    case "tree-rename":
      need(tree, path, reader, false);
      return change(Paths.move(tree, path, Wire.text(args["to"]), reader));
    case "tree-tree-digest": {
      const digest = ObjectStore.putTree(store, Paths.openDirectory(tree, path, { reader }));
      return `${digest.hash}/${digest.size}`;
    }
    default:
      return refuse(`A plugin asked for '${question}', which is not known`);
  }
}

function refuse(message: string, reason: ReasonOf<"VIRTUAL_FS"> = null): never {
  return raise({ domain: "VIRTUAL_FS", reason, message });
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

/** What is at a path. That its directory is not there has a reason, that only the last part is missing has none. */
function need(tree: Directory, path: string, reader: Reader, follow: boolean): Entry {
  const entry = Paths.lookup(tree, path, { reader, follow });
  if (entry !== undefined) return entry;
  Paths.openDirectory(tree, parentOf(path), { reader, follow });
  return refuse(`There is nothing at /${path}`);
}

function fileAt(tree: Directory, path: string, reader: Reader) {
  const entry = need(tree, path, reader, false);
  return entry.type === "file" ? entry : refuse(`/${path} is no regular file`);
}

/**
 * Paths in the order in which an import asks about them: of each directory first its directories, each after what is in it, then the rest.
 * The directory at `except`, into which is imported, takes no part.
 */
function* inOrder(directory: Directory, path: string, except: unknown, reader: Reader): Generator<string> {
  for (const [name, entry] of Tree.ordered(directory)) {
    const below = Names.join(path, name);
    if (below === except) continue;
    if (entry.type === "directory") yield* inOrder(Tree.open(entry, reader), below, except, reader);
    yield below;
  }
}

function stat(entry: Entry): Wire.Data {
  if (entry.type === "directory") return { type: entry.type, executable: true };
  if (entry.type === "symlink") return { type: entry.type, size: [...entry.target].length };
  const { executable, digest, mtime } = entry;
  return { type: "file", executable, size: digest.size, ...(mtime === undefined ? {} : { mtime: mtime.seconds }) };
}

const importInto = Effect.fnUntraced(function* (
  store: ObjectStore.ObjectStore,
  roots: Roots,
  root: number,
  path: string,
  args: Wire.Arguments,
): Effect.fn.Return<Wire.Data, BstError> {
  const reader = ObjectStore.reader(store);
  const origin = Wire.record(args["origin"]);
  const host = origin["host"];
  const source =
    typeof host === "string"
      ? yield* captured(store, host)
      : yield* Cas.attempt(() =>
          Paths.openDirectory(roots.get(Number(origin["root"])), Wire.text(origin["path"]), { reader }),
        );
  const taken = Wire.texts(args["taken"]);
  const set = taken === undefined ? undefined : new Set(taken);
  return yield* Cas.attempt(() => {
    // A directory that is imported into a part of itself leaves that part out.
    const from = typeof host !== "string" && Number(origin["root"]) === root ? Wire.text(origin["path"]) : undefined;
    const above = from === "" || from === undefined ? from : `${from}/`;
    const except = above !== undefined && path.startsWith(above) ? path.slice(above.length) : undefined;
    const draft = Draft.open(roots.get(root));
    const target = Paths.openDraft(draft, path, reader);
    const filter = set === undefined ? undefined : (file: string) => set.has(file);
    const report = Import.intoDraft(target, source, { reader, filter, except, listWritten: args["report"] === true });
    roots.set(root, Draft.freeze(draft));
    return { overwritten: [...report.overwritten], ignored: [...report.ignored], written: [...(report.written ?? [])] };
  });
});

function captured(store: ObjectStore.ObjectStore, host: string): Effect.Effect<Directory, BstError> {
  const found = lstatSync(host, { throwIfNoEntry: false });
  if (found?.isDirectory() === true)
    return Cas.make(store)
      .capture(host, { own: true })
      .pipe(Effect.map((capture) => capture.directory));
  return Cas.attempt(() => {
    if (found === undefined) return refuse(`There is nothing at ${host}`);
    return Tree.make([[basename(host), Tree.file(Intake.putFile(store, host), (found.mode & 0o100) !== 0)]]);
  });
}
