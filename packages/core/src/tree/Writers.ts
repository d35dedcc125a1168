/**
 * Which of several imported trees wrote a path first, without listing what they wrote.
 *
 * Trees that are taken by address are never read by an import; a list of all their files would read them all. This index asks the other way round: it
 * walks one path through all trees at once and remembers, for each directory on the way, which trees have it. Its cost is that of the paths asked for.
 */
import type { Directory, Reader, Stored } from "./Directory.ts";
import type { Filter } from "./Import.ts";

/** A tree as it was imported. */
export interface Imported {
  readonly source: Directory;
  readonly filter?: Filter | undefined;
  /** The import's report: what it ignored it did not write. */
  readonly report: { readonly ignored: readonly string[] };
}

interface Contributor {
  readonly index: number;
  readonly directory: Directory | Stored;
}

interface Level {
  readonly contributors: readonly Contributor[];
  readonly below: Map<string, Level>;
}

export interface Writers {
  readonly imported: readonly Imported[];
  readonly reader: Reader;
  readonly root: Level;
  readonly ignored: readonly ReadonlySet<string>[];
}

/** Starts an index over trees in the order of their import. */
export function make(imported: readonly Imported[], reader: Reader): Writers {
  const contributors = imported.map(({ source }, index) => ({ index, directory: source }));
  return {
    imported,
    reader,
    root: { contributors, below: new Map() },
    ignored: imported.map(({ report }) => new Set(report.ignored)),
  };
}

/** The position of the first tree that wrote a file or link at a path; undefined when none did. */
export function first(writers: Writers, path: string): number | undefined {
  const cut = path.lastIndexOf("/");
  let level = writers.root;
  if (cut !== -1) for (const name of path.slice(0, cut).split("/")) level = descend(writers, level, name);
  const name = path.slice(cut + 1);
  for (const { index, directory } of level.contributors) {
    const entry = content(directory, writers.reader).entries.get(name);
    if (entry === undefined || entry.type === "directory") continue;
    if (writers.ignored[index]!.has(path)) continue;
    const { filter } = writers.imported[index]!;
    if (filter === undefined || filter(path)) return index;
  }
  return undefined;
}

function descend(writers: Writers, level: Level, name: string): Level {
  const known = level.below.get(name);
  if (known !== undefined) return known;
  const contributors: Contributor[] = [];
  for (const { index, directory } of level.contributors) {
    const entry = content(directory, writers.reader).entries.get(name);
    if (entry?.type === "directory") contributors.push({ index, directory: entry.tree });
  }
  const next: Level = { contributors, below: new Map() };
  level.below.set(name, next);
  return next;
}

function content(directory: Directory | Stored, reader: Reader): Directory {
  return directory.type === "tree" ? directory : reader(directory.digest);
}
