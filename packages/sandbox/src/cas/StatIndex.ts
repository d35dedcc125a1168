/**
 * What was known of the files below one directory when it was last captured: (device, inode, size, mtime, ctime) → SHA-256, and the exact modification time.
 *
 * A file whose five numbers are unchanged keeps its digest without being read. The change time guards against restored modification times;
 * it cannot be set by programs. A file changed less than {@link settled} before the capture is not remembered, since another write within
 * one tick of the file system's clock would leave no trace. The index of a directory is one file, replaced as a whole by each capture, so it
 * never outgrows the directory; losing it costs only time.
 */
import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, type Stats, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Timestamp } from "@millrace/core/tree/Directory";
import * as Sha256 from "@millrace/core/tree/Sha256";

/** Milliseconds after which a file's times are trusted to show a further write. */
const settled = 1000;
const magic = Buffer.from("millrace-stat-2\n");
/** Five doubles, a hash, and the modification time as two doubles. */
const recordSize = 5 * 8 + 32 + 2 * 8;
const hashAt = 5 * 8;
const timeAt = hashAt + 32;

export interface StatIndex {
  readonly file: string;
  readonly old: Buffer;
  /** inode -> offset in `old`. */
  readonly offsets: ReadonlyMap<number, number>;
  readonly fresh: Buffer[];
  /** Whether anything differs from what is on disk. */
  changed: boolean;
}

/** Reads the index of a directory; an unreadable one is empty. */
export function load(privateDirectory: string, root: string): StatIndex {
  const file = join(privateDirectory, "captured", Sha256.hex(root).slice(0, 32));
  const offsets = new Map<number, number>();
  let old: Buffer = Buffer.alloc(0);
  try {
    old = readFileSync(file);
  } catch {
    return { file, old, offsets, fresh: [], changed: true };
  }
  if (!old.subarray(0, magic.length).equals(magic) || (old.length - magic.length) % recordSize !== 0)
    return { file, old: Buffer.alloc(0), offsets, fresh: [], changed: true };
  for (let at = magic.length; at < old.length; at += recordSize) offsets.set(old.readDoubleLE(at + 8), at);
  return { file, old, offsets, fresh: [], changed: false };
}

/** What is remembered of a file. */
export interface Known {
  readonly hash: string;
  readonly mtime: Timestamp;
}

/** What is remembered of a file that has not changed since. */
export function find(index: StatIndex, stats: Stats): Known | undefined {
  const at = index.offsets.get(stats.ino);
  if (at === undefined) return undefined;
  const { old } = index;
  if (
    old.readDoubleLE(at) !== stats.dev ||
    old.readDoubleLE(at + 16) !== stats.size ||
    old.readDoubleLE(at + 24) !== stats.mtimeMs ||
    old.readDoubleLE(at + 32) !== stats.ctimeMs
  )
    return undefined;
  index.fresh.push(old.subarray(at, at + recordSize));
  return {
    hash: old.toString("hex", at + hashAt, at + timeAt),
    mtime: { seconds: old.readDoubleLE(at + timeAt), nanos: old.readDoubleLE(at + timeAt + 8) },
  };
}

/** Remembers a file that was read after `stats` were taken, at time `now`. */
export function add(index: StatIndex, stats: Stats, { hash, mtime }: Known, now: number): void {
  index.changed = true;
  if (now - stats.ctimeMs < settled || now - stats.mtimeMs < settled) return;
  const record = Buffer.allocUnsafe(recordSize);
  record.writeDoubleLE(stats.dev, 0);
  record.writeDoubleLE(stats.ino, 8);
  record.writeDoubleLE(stats.size, 16);
  record.writeDoubleLE(stats.mtimeMs, 24);
  record.writeDoubleLE(stats.ctimeMs, 32);
  record.write(hash, hashAt, "hex");
  record.writeDoubleLE(mtime.seconds, timeAt);
  record.writeDoubleLE(mtime.nanos, timeAt + 8);
  index.fresh.push(record);
}

/** Writes what the finished capture saw. */
export function save(index: StatIndex): void {
  if (!index.changed && index.fresh.length === index.offsets.size) return;
  const name = `${index.file}.${randomBytes(6).toString("hex")}`;
  try {
    mkdirSync(dirname(index.file), { recursive: true });
    writeFileSync(name, Buffer.concat([magic, ...index.fresh]));
    renameSync(name, index.file);
  } catch {
    // Only time is lost: the next capture reads the files again.
  }
}
