/**
 * The different directories of some trees, each once. What is below a directory comes after whoever walks has got it and says so ({@link enter}), since it may be in
 * the store, just have come, or still have to be brought.
 */
import type { Digest } from "@millrace/core/tree/Digest";
import type { Directory, Reader } from "@millrace/core/tree/Directory";
import * as DirectoryCodec from "@millrace/core/tree/DirectoryCodec";
import * as Entries from "@millrace/core/tree/Entries";

/** A walk under way. */
export interface Walk {
  readonly roots: readonly Digest[];
  readonly seen: Set<string>;
  readonly pending: Digest[];
  /** Whether a directory was met at more than one place. */
  isShared: boolean;
}

/** Starts a walk. */
export function begin(roots: readonly Digest[]): Walk {
  return { roots, seen: new Set(), pending: [...roots], isShared: false };
}

/** A directory that was not met before; undefined when there is none for now. */
export function next(walk: Walk): Digest | undefined {
  for (let digest = walk.pending.pop(); digest !== undefined; digest = walk.pending.pop()) {
    if (!walk.seen.has(digest.hash)) {
      walk.seen.add(digest.hash);
      return digest;
    }
    walk.isShared = true;
  }
  return undefined;
}

/** All directories that were not met before, for now. */
export function all(walk: Walk): readonly Digest[] {
  const found: Digest[] = [];
  for (let digest = next(walk); digest !== undefined; digest = next(walk)) found.push(digest);
  return found;
}

/** Goes on below a directory; gives the files in it. */
export function enter(walk: Walk, { entries }: Directory): readonly Digest[] {
  const files: Digest[] = [];
  for (const entry of entries.values()) {
    if (entry.type === "file") files.push(entry.digest);
    else if (entry.type === "directory") walk.pending.push(DirectoryCodec.digestOfEntry(entry.tree));
  }
  return files;
}

/** Ends a walk that met all: raises where a tree has more entries than any can (`Entries.check`), as only those can in which directories stand at several places. */
export function* end(walk: Walk, reader: Reader): Generator<void, void> {
  if (walk.isShared) for (const root of walk.roots) yield* Entries.check(root, reader);
}
