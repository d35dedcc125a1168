/**
 * What a load asked of a project's files, written down so that the same answers can be recognised later without loading again.
 *
 * A file that was read is known by device, inode, size and the times of its last changes, as taken before it was read. A file that changed within the last
 * moments could change again without any of these showing it, so such a one is known by its content. Everything else is
 * asked again: directories are listed, trees are digested (which keeps the digests of unchanged files).
 */
import { statSync } from "node:fs";
import { join } from "node:path";
import type { Package } from "@millrace/core/element/ElementKinds";
import type { FileKind, ProjectFiles } from "@millrace/core/project/ProjectFiles";
import type { Digest } from "@millrace/core/tree/Digest";
import * as Sha256 from "@millrace/core/tree/Sha256";

/** One question with its answer as text. */
export type Statement = readonly [question: Question, path: string, answer: string];

type Question = "read" | "content" | "kind" | "list" | "tree" | "hash" | "resolve" | "module";

/** Reads the module of a source kind in an installed package. */
export type Modules = (home: Package, kind: string) => string | undefined;

/** What is asked: a project's files, and plugin packages of the machine. */
export interface World {
  readonly files: ProjectFiles;
  readonly modules: Modules;
}

/** See the module's description. */
export interface Witness {
  /** The world, which is to be asked through this only. */
  readonly world: World;
  /** Says that the load asks for more than that; there are no statements then. */
  readonly withdraw: () => void;
  /** What was asked so far. */
  readonly statements: () => readonly Statement[] | undefined;
}

/** A change this many milliseconds ago may have a successor with the same times: file systems count in steps of up to some seconds. */
const settled = 2500;

const nothing = "-";

/** What tells one state of a file from another; undefined while it is too fresh to tell. */
function identity(path: string): string | undefined {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (stats === undefined) return nothing;
  if (Math.max(Number(stats.ctimeMs), Number(stats.mtimeMs)) > Date.now() - settled) return undefined;
  return [stats.dev, stats.ino, stats.size, stats.mtimeNs, stats.ctimeNs].join(" ");
}

function contentOf(bytes: Uint8Array | undefined): string {
  return bytes === undefined ? nothing : Sha256.hex(bytes);
}

/** What cannot even be looked at is not at hand under any identity. */
function quietly<A>(body: () => A): A | undefined {
  try {
    return body();
  } catch {
    return undefined;
  }
}

const formats = {
  content: contentOf,
  kind: (kind: FileKind | undefined) => kind ?? nothing,
  list: (entries: ReturnType<ProjectFiles["list"]>) =>
    entries === undefined ? nothing : Sha256.hex(JSON.stringify(entries.map(({ name, kind }) => [name, kind]))),
  tree: ({ hash, size }: Digest) => `${hash}/${size}`,
  hash: (hash: string | undefined) => hash ?? nothing,
  resolve: (path: string | undefined) => path ?? nothing,
  module: (text: string | undefined) => (text === undefined ? nothing : Sha256.hex(text)),
};

/** Answers a question anew. */
const answers: Readonly<Record<Question, (world: World, path: string) => string | undefined>> = {
  read: ({ files }, path) => identity(join(files.directory, path)),
  content: ({ files }, path) => formats.content(files.read(path)),
  kind: ({ files }, path) => formats.kind(files.kind(path)),
  list: ({ files }, path) => formats.list(files.list(path)),
  tree: ({ files }, path) => formats.tree(files.treeDigest(path)),
  hash: ({ files }, path) => formats.hash(files.sha256(path)),
  resolve: ({ files }, path) => formats.resolve(files.resolve(path)),
  module: ({ modules }, path) => {
    const [home, kind] = path.split("/") as [Package, string];
    return formats.module(modules(home, kind));
  },
};

/** Watches what is asked of the world. */
export function make({ files, modules }: World): Witness {
  const asked = new Map<string, Statement>();
  let withdrawn = false;
  const state = (question: Question, path: string, answer: string): void => {
    const name = `${question} ${path}`;
    if (!asked.has(name)) asked.set(name, [question, path, answer]);
  };
  /** Asks and writes down; a load that goes on after a failure is not one to remember. */
  const told =
    <A>(question: Question, ask: (path: string) => A, format: (answer: A) => string) =>
    (path: string): A => {
      try {
        const answer = ask(path);
        state(question, path, format(answer));
        return answer;
      } catch (cause) {
        withdrawn = true;
        throw cause;
      }
    };
  const watched: ProjectFiles = {
    directory: files.directory,
    kind: told("kind", files.kind, formats.kind),
    list: told("list", files.list, formats.list),
    treeDigest: told("tree", files.treeDigest, formats.tree),
    sha256: told("hash", files.sha256, formats.hash),
    resolve: told("resolve", files.resolve, formats.resolve),
    read: (path) => {
      const known = quietly(() => identity(join(files.directory, path)));
      const bytes = files.read(path);
      if (known === undefined) state("content", path, contentOf(bytes));
      else state("read", path, known);
      return bytes;
    },
  };
  return {
    world: {
      files: watched,
      modules: (home, kind) => told("module", () => modules(home, kind), formats.module)(`${home}/${kind}`),
    },
    withdraw: () => {
      withdrawn = true;
    },
    statements: () => (withdrawn ? undefined : [...asked.values()]),
  };
}

/** Whether all answers would be the same now. */
export function holds(world: World, statements: readonly Statement[]): boolean {
  return statements.every(([question, path, answer]) => quietly(() => answers[question](world, path)) === answer);
}
