/**
 * The content store on disk: `objects/ab/cdef…`, one read-only file for each blob, named by its SHA-256, as buildbox-casd keeps them.
 *
 * Several processes (this tool, BuildStream, its daemon) share the directory without locks. That is safe because an object is only ever
 * created by renaming a finished temporary file onto its name: two writers of one object rename equal bytes. An object whose size is not
 * the digest's was torn by a power cut (objects are not synced one by one; records that name them are written later and checked against
 * them) or by a full disk: it counts as missing, and the next write replaces it.
 *
 * An object's modification time is the daemon's clock for expiry (least recently used first), so looking an object up renews it.
 *
 * Everything here is synchronous, and fails by raising a `BstError` of domain CAS.
 */
import {
  closeSync,
  fchmodSync,
  readFileSync,
  renameSync,
  type Stats,
  statSync,
  unlinkSync,
  utimesSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { raise } from "@millrace/core/error/BstError";
import type { Digest } from "@millrace/core/tree/Digest";
import type { Directory, Reader } from "@millrace/core/tree/Directory";
import * as DirectoryCodec from "@millrace/core/tree/DirectoryCodec";
import * as Sha256 from "@millrace/core/tree/Sha256";
import * as MakeDirectory from "../files/MakeDirectory.ts";
import * as FileHash from "./FileHash.ts";
import * as Scratch from "./Scratch.ts";

export interface ObjectStore {
  /** `cachedir/cas`. */
  readonly directory: string;
  /** `cachedir/millrace`, what only this tool keeps. */
  readonly privateDirectory: string;
  /** Directories read so far, by hash; bounded, since Merkle trees are read again and again. */
  readonly directories: Map<string, Directory>;
  /** Objects known to be there, with the time (milliseconds) of the last look. */
  readonly present: Map<string, number>;
  /** Trees known to be there whole, with the time (milliseconds) when that was found. */
  readonly whole: Map<string, number>;
  /** Whether they are executable, of those that were looked at. */
  readonly executable: Map<string, boolean>;
  /** Objects whose content this process has hashed, by hash; bounded. */
  readonly hashed: Set<string>;
  /** Hears of damaged objects. */
  readonly warn: (message: string) => void;
  readonly pace: Pace;
}

/** What expiry asks of those who use the store; see `Quota`. */
export interface Pace {
  /** Objects last renewed before this time (milliseconds) are renewed when they are used. Undefined where nothing is near a limit: then once an hour does. */
  renewBefore: number | undefined;
  /** Bytes that may still be stored before {@link Pace.refill} is asked. */
  budget: number;
  /** Makes room, or raises `cache-too-full`, and gives a new budget. */
  refill: (() => void) | undefined;
  /** Says that this process counts on nothing that was last used before a time (milliseconds); for those that run for long. */
  release: ((since: number) => void) | undefined;
}

/** How long (milliseconds) an object may go without its modification time being renewed when it is used. */
export const renewal = 3_600_000;
/**
 * How long (milliseconds) an object that was seen is believed to be there, and a tree that was found whole, where some of it may only have been believed: twice as
 * long in all. The daemon protects what is recent for longer than that.
 */
const memory = 60_000;
/** Hashes kept of objects that were hashed. */
const hashedMemory = 200_000;
/** Directories kept decoded. */
const directoryMemory = 50_000;

/** Opens the store below a cache directory. Directories for objects are made when the first one is written. */
export function open(cachedir: string, warn: (message: string) => void = () => {}): ObjectStore {
  const directory = join(cachedir, "cas");
  const privateDirectory = join(cachedir, "millrace");
  Scratch.making(cachedir, () => {
    MakeDirectory.make(privateDirectory);
    MakeDirectory.make(directory);
    // Where casd keeps its own records: whoever empties a cache by hand removes both directories.
    MakeDirectory.make(join(cachedir, "assets"));
  });
  return at(directory, privateDirectory, warn);
}

/** A store whose directories are there, as a value of its own. */
export function at(directory: string, privateDirectory: string, warn: (message: string) => void): ObjectStore {
  return {
    directory,
    privateDirectory,
    directories: new Map(),
    present: new Map(),
    whole: new Map(),
    executable: new Map(),
    hashed: new Set(),
    warn,
    pace: { renewBefore: undefined, budget: Number.POSITIVE_INFINITY, refill: undefined, release: undefined },
  };
}

/** The path of an object, whether it is there or not. */
export function path(store: ObjectStore, digest: Digest): string {
  return `${store.directory}/objects/${digest.hash.slice(0, 2)}/${digest.hash.slice(2)}`;
}

/** Whether an object is there whole; renews it for expiry. */
export function has(store: ObjectStore, digest: Digest): boolean {
  const now = Date.now();
  const seen = store.present.get(digest.hash);
  if (seen !== undefined && now - seen < memory) return true;
  const object = path(store, digest);
  const stats = statSync(object, { throwIfNoEntry: false });
  if (stats === undefined) return false;
  if (stats.size !== digest.size) {
    store.warn(
      `Object ${digest.hash} is damaged: ${stats.size} bytes instead of ${digest.size}; treating it as missing`,
    );
    return false;
  }
  if (!renew(store, object, stats, now)) return false;
  store.present.set(digest.hash, now);
  store.executable.set(digest.hash, (stats.mode & 0o100) !== 0);
  return true;
}

/** Forgets that an object was seen, and with it every tree, since any may need it. */
export function unsee(store: ObjectStore, hash: string): void {
  store.present.delete(hash);
  store.executable.delete(hash);
  store.whole.clear();
}

/** Forgets everything that was seen. */
export function unseeAll(store: ObjectStore): void {
  store.present.clear();
  store.executable.clear();
  store.whole.clear();
}

/** Remembers of trees that all of them is there. */
export function noteWhole(store: ObjectStore, roots: readonly Digest[]): void {
  const now = Date.now();
  for (const { hash } of roots) store.whole.set(hash, now);
}

/** Whether all of a tree was found to be there a moment ago. */
export function isWhole(store: ObjectStore, root: Digest): boolean {
  const seen = store.whole.get(root.hash);
  return seen !== undefined && Date.now() - seen < memory;
}

/** Whether an object is executable itself (see {@link modeOf}); raises when it is not there whole. */
export function isExecutable(store: ObjectStore, digest: Digest): boolean {
  const known = store.executable.get(digest.hash);
  if (known !== undefined && has(store, digest)) return known;
  store.present.delete(digest.hash);
  return has(store, digest) ? (store.executable.get(digest.hash) as boolean) : raiseMissing(digest);
}

/** Says that an object is used; false when it was expired at this very moment. */
function renew(store: ObjectStore, object: string, stats: Stats, now: number): boolean {
  if (stats.mtimeMs >= (store.pace.renewBefore ?? now - renewal)) return true;
  try {
    utimesSync(object, now / 1000, now / 1000);
  } catch (cause) {
    // Another user's store that is only readable serves as well; its owner's sessions renew it.
    return (cause as NodeJS.ErrnoException).code !== "ENOENT";
  }
  return true;
}

/** Those of some objects that are not there, each once. */
export function missing(store: ObjectStore, digests: Iterable<Digest>): readonly Digest[] {
  const result = new Map<string, Digest>();
  for (const digest of digests) if (!has(store, digest)) result.set(digest.hash, digest);
  return [...result.values()];
}

/** The bytes of an object, checked against its digest; undefined when it is missing or damaged. */
export function find(store: ObjectStore, digest: Digest): Uint8Array | undefined {
  // Whoever reads an object goes on to use what it says.
  if (!store.present.has(digest.hash)) has(store, digest);
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path(store, digest));
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === "ENOENT") return undefined;
    return raise({
      domain: "CAS",
      reason: null,
      message: `Cannot read object ${digest.hash}: ${(cause as Error).message}`,
    });
  }
  // Whoever asks with a wrong size is told that there is no such object; the object itself is fine.
  if (Sha256.hex(bytes) === digest.hash) return bytes.length === digest.size ? bytes : undefined;
  forget(store, digest, "its content does not match its name");
  return undefined;
}

/** Takes a damaged object out of the store, so that whoever needs it makes or fetches it again. */
export function forget(store: ObjectStore, digest: Digest, why: string): void {
  store.warn(`Object ${digest.hash} is damaged (${why}); treating it as missing`);
  unsee(store, digest.hash);
  try {
    unlinkSync(path(store, digest));
  } catch {
    // Already gone, or not ours to remove: every reader checks it again.
  }
}

/** The bytes of an object; raises when it is missing or damaged. */
export function read(store: ObjectStore, digest: Digest): Uint8Array {
  return find(store, digest) ?? raiseMissing(digest);
}

/** The one error for an object that should be there. */
export function raiseMissing(digest: Digest): never {
  return raise({
    domain: "CAS",
    reason: null,
    message: `Object ${digest.hash}/${digest.size} is missing from the store or damaged`,
    hint: "Build or pull the artifact again; what is missing is then written anew.",
  });
}

/** Reads a directory of a tree. Undefined when it is missing or damaged. */
export function findDirectory(store: ObjectStore, digest: Digest): Directory | undefined {
  const known = store.directories.get(digest.hash);
  if (known !== undefined) return known;
  const bytes = find(store, digest);
  if (bytes === undefined) return undefined;
  const directory = DirectoryCodec.decode(bytes, digest);
  remember(store, digest, directory);
  return directory;
}

/** The same; raises when it is missing or damaged. */
export function readDirectory(store: ObjectStore, digest: Digest): Directory {
  return findDirectory(store, digest) ?? raiseMissing(digest);
}

/** The store as core's `Reader`. */
export function reader(store: ObjectStore): Reader {
  return (digest) => readDirectory(store, digest);
}

/** Keeps a directory at hand whose content is known, whether the store has it or not. */
export function remember(store: ObjectStore, digest: Digest, directory: Directory): void {
  if (store.directories.size >= directoryMemory) store.directories.clear();
  store.directories.set(digest.hash, directory);
}

/**
 * The mode of an object. That of an executable file is made executable, so that links to it are what the file was; who needs the other mode of the same
 * content makes a copy, since a mode belongs to all links.
 */
export function modeOf(executable: boolean): number {
  return executable ? 0o555 : 0o444;
}

/** Bits that the system takes from the mode of a file that is made. */
const mask = process.umask();

/** Stores bytes. `executable` says what the file was that they come from. */
export function putBytes(store: ObjectStore, bytes: Uint8Array, known?: Digest, executable = false): Digest {
  const digest = known ?? { hash: Sha256.hex(bytes), size: bytes.length };
  if (!has(store, digest)) writeBytes(store, bytes, digest, executable);
  return digest;
}

/** Stores bytes that are not there, as the caller has just seen; bytes that are, are replaced by themselves. */
export function writeBytes(store: ObjectStore, bytes: Uint8Array, digest: Digest, executable = false): void {
  place(store, bytes, digest, executable);
  adopt(store, [digest.hash], digest.size);
}

/** The same, of which the store takes no note: the caller does, of many at a time ({@link adopt}). */
export function place(store: ObjectStore, bytes: Uint8Array, digest: Digest, executable = false): void {
  const name = Scratch.fresh(store);
  writing(store, name, () => {
    const mode = modeOf(executable);
    const file = Scratch.openNew(store, name, mode);
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
      if ((mask & mode) !== 0) fchmodSync(file, mode);
    } finally {
      closeSync(file);
    }
    renameSync(name, path(store, digest));
  });
}

/** Makes a finished temporary file the object. */
export function publish(store: ObjectStore, name: string, digest: Digest): void {
  renameSync(name, path(store, digest));
  adopt(store, [digest.hash], digest.size);
}

/** Takes note of objects that were just stored, here or on another thread: their hashes, and the bytes of all of them. */
export function adopt(store: ObjectStore, hashes: Iterable<string>, bytes: number): void {
  const now = Date.now();
  for (const hash of hashes) {
    store.present.set(hash, now);
    // It may stand in the place of one that had the other mode.
    store.executable.delete(hash);
    trust(store, hash);
  }
  store.pace.budget -= bytes;
  if (store.pace.budget < 0) store.pace.refill?.();
}

/** Remembers that an object is what its name says. */
function trust(store: ObjectStore, hash: string): void {
  if (store.hashed.size >= hashedMemory) store.hashed.clear();
  store.hashed.add(hash);
}

/** Runs an operation that writes a temporary file; removes the file when it fails, and says so when the disk is full. */
export function writing(store: ObjectStore, name: string, body: () => void): void {
  try {
    body();
  } catch (cause) {
    try {
      unlinkSync(name);
    } catch {
      // It was never made.
    }
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === "ENOSPC" || code === "EDQUOT")
      raise({
        domain: "CAS",
        reason: "cache-too-full",
        message: `No space is left for the store in ${store.directory}`,
        hint: "Delete artifacts with `bst artifact delete`, or move `cachedir` to a larger disk.",
      });
    throw cause;
  }
}

/**
 * Stores the directory messages of a tree that the store is not known to have, children first, so that a message in the store never names one
 * that is not. Its files must be stored already.
 */
export function putTree(store: ObjectStore, tree: Directory): Digest {
  for (const { digest, bytes } of DirectoryCodec.collectNew(tree)) putBytes(store, bytes, digest);
  DirectoryCodec.markStored(tree);
  const digest = DirectoryCodec.digestOf(tree);
  remember(store, digest, tree);
  return digest;
}

/** Whether an object's bytes are what its name says, each object hashed once by this process; a damaged one is taken out. `bytes` where they are at hand. */
export function verify(store: ObjectStore, digest: Digest, bytes?: Uint8Array): boolean {
  if (store.hashed.has(digest.hash)) return true;
  const object = path(store, digest);
  if (statSync(object, { throwIfNoEntry: false }) === undefined) return false;
  const actual = bytes === undefined ? FileHash.hashFile(object) : { hash: Sha256.hex(bytes), size: bytes.length };
  if (actual.hash === digest.hash && actual.size === digest.size) {
    trust(store, digest.hash);
    return true;
  }
  forget(store, digest, "its content does not match its name");
  return false;
}
