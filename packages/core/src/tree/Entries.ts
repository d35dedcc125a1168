/**
 * How many entries a tree has, where directories that stand at several places count at each of them: sixty small directories, each twice in the next one, are more files than
 * any disk holds.
 */
import { raise } from "../error/BstError.ts";
import * as Digest from "./Digest.ts";
import type { Directory, Reader } from "./Directory.ts";
import * as DirectoryCodec from "./DirectoryCodec.ts";

/** Entries of the largest tree that is handled. */
export const most = 50_000_000;

interface Open {
  readonly hash: string;
  /** Directories in it that are still to be counted. */
  readonly left: Digest.Digest[];
  count: number;
}

/** Entries of a tree, of which each different directory is read once. Pauses every few hundred directories. */
export function* count(root: Digest.Digest, reader: Reader): Generator<void, number> {
  const counts = new Map<string, number>();
  const path: Open[] = [begin(root, reader(root))];
  for (;;) {
    const here = path.at(-1) as Open;
    const next = here.left.pop();
    const known = next === undefined ? here.count : counts.get(next.hash);
    if (next !== undefined && known === undefined) {
      path.push(begin(next, reader(next)));
      if (counts.size % 512 === 511) yield;
    } else if (next !== undefined) here.count += known as number;
    else {
      counts.set(here.hash, here.count);
      path.pop();
      const above = path.at(-1);
      if (above === undefined) return here.count;
      above.count += here.count;
    }
  }
}

function begin({ hash }: Digest.Digest, { entries }: Directory): Open {
  const left: Digest.Digest[] = [];
  for (const entry of entries.values())
    if (entry.type === "directory") left.push(DirectoryCodec.digestOfEntry(entry.tree));
  return { hash, left, count: entries.size };
}

/** Raises when a tree has more than {@link most} entries. */
export function* check(root: Digest.Digest, reader: Reader): Generator<void, void> {
  const entries = yield* count(root, reader);
  if (entries > most)
    raise({
      domain: "VIRTUAL_FS",
      reason: "tree-too-large",
      message: `The tree ${Digest.format(root)} has more than ${most} entries, since directories in it stand at many places`,
      hint: "Whoever made it is broken or hostile. Build it yourself.",
    });
}
