/**
 * An immutable Merkle directory: what one REAPI `Directory` message says, with children by name.
 *
 * A tree in memory may be partial: a sub-directory is a digest and, when it was read or made here, its content. Whoever needs the content of
 * one that is only a digest asks a {@link Reader}. Equal directories may be the same object, so that merges share what they do not touch.
 */
import type { Digest } from "./Digest.ts";
export interface FileEntry {
  readonly type: "file";
  readonly digest: Digest;
  readonly executable: boolean;
  /** Modification time kept by workspaces only. */
  readonly mtime?: Timestamp | undefined;
}
export interface SymlinkEntry {
  readonly type: "symlink";
  /** Stored verbatim, absolute or not. */
  readonly target: string;
}
export interface DirectoryEntry {
  readonly type: "directory";
  /** Its content where it was read or made here, else only its address. */
  readonly tree: Directory | Stored;
}
/** A directory known by address only; a {@link Reader} turns it into its content. */
export interface Stored {
  readonly type: "stored";
  readonly digest: Digest;
}
export type Entry = FileEntry | SymlinkEntry | DirectoryEntry;
export interface Timestamp {
  readonly seconds: number;
  readonly nanos: number;
}
export interface Directory {
  readonly type: "tree";
  /** Children by name; iteration order is construction order, never meaningful. */
  readonly entries: ReadonlyMap<string, Entry>;
  /** Workspace directories carry a modification time. */
  readonly mtime?: Timestamp | undefined;
  /** `SubtreeReadOnly` node property of a staged root, when set. */
  readonly readOnly?: boolean | undefined;
}
/** Reads a directory by address; raises a CAS error when it is missing or damaged. */
export type Reader = (digest: Digest) => Directory;
