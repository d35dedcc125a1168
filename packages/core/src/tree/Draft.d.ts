/**
 * A tree while it is being changed: the only mutable thing of the algebra.
 *
 * A draft is opened from an immutable directory, changed by any number of operations, and frozen into an immutable directory again. A directory is
 * copied when it is first written to and not before, once for a whole batch; what nobody wrote to comes out as the same object, so that its digest is
 * known and merges cost what they touch. A draft must not be used after it was frozen.
 */
import type { Directory, DirectoryEntry, Entry, Reader, Stored } from "./Directory.ts";
export interface Draft {
  readonly type: "draft";
  /** What it was opened from; undefined for a new directory. */
  readonly base: Directory | undefined;
  /** The children as they are now, except that sub-directories being changed are in `opened`. Shared with the base until the first write. */
  entries: ReadonlyMap<string, Entry>;
  /** The same map once it is this draft's own. */
  own: Map<string, Entry> | undefined;
  /** Sub-directories being changed; each has an entry too. */
  opened: Map<string, Draft> | undefined;
  /** `SubtreeReadOnly` as it is now. */
  readOnly: boolean | undefined;
}
/** Opens a directory for changing. */
export declare function open(base: Directory): Draft;
/** A new, empty directory. */
export declare function create(): Draft;
/** Puts an entry, replacing whatever has the name. */
export declare function put(draft: Draft, name: string, entry: Entry): void;
/** Takes a whole sub-directory by address where nothing has the name. */
export declare function graft(draft: Draft, name: string, entry: DirectoryEntry): void;
/** Removes an entry. */
export declare function remove(draft: Draft, name: string): void;
/** Opens the sub-directory of a directory entry for changing. */
export declare function enter(draft: Draft, name: string, entry: DirectoryEntry, reader: Reader): Draft;
/** Creates an empty sub-directory where nothing has the name, and opens it. */
export declare function mkdir(draft: Draft, name: string): Draft;
/** Sets whether the directory and all below it are to be read-only in a sandbox. */
export declare function setReadOnly(draft: Draft, readOnly: boolean | undefined): void;
/** Whether a sub-directory is empty now. */
export declare function isEmptyDirectory(draft: Draft, name: string, entry: DirectoryEntry, reader: Reader): boolean;
/** The current content of a sub-directory: a draft, a directory or an address. */
export declare function current(draft: Draft, name: string, entry: DirectoryEntry): Draft | Directory | Stored;
/** Ends changing: the directory as it is now. */
export declare function freeze(draft: Draft): Directory;
