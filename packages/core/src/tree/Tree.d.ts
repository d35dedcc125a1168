import * as Digest from "./Digest.ts";
import type { Directory, DirectoryEntry, Entry, FileEntry, Reader, Stored, SymlinkEntry } from "./Directory.ts";
/**
 * The deepest tree that is handled. A path of one-letter names as deep as this is as long as an operating system takes a path, and recursion this deep
 * is safe.
 */
export declare const maximumDepth = 2048;
/** The directory with nothing in it. */
export declare const empty: Directory;
/** A directory of these children. Names are taken as they are; see {@link Names.flaw}. */
export declare function make(entries: Iterable<readonly [string, Entry]>): Directory;
/** A file entry. */
export declare function file(digest: Digest.Digest, executable?: boolean): FileEntry;
/** A symbolic link entry. */
export declare function symlink(target: string): SymlinkEntry;
/** A directory entry. */
export declare function directory(tree: Directory | Stored): DirectoryEntry;
/** The reader of trees that are whole in memory: asking it for anything is an error of the caller that people can read. */
export declare const noReader: Reader;
/** The content of a sub-directory, read when only its address is known. */
export declare function open(entry: DirectoryEntry, reader: Reader): Directory;
/** Raises when a tree is deeper than {@link maximumDepth}. */
export declare function checkDepth(depth: number, path: string): void;
/** Whether two entries that are no directories say the same. */
export declare function sameLeaf(a: Entry, b: Entry): boolean;
/** The children in canonical order. */
export declare function ordered(tree: Directory): ReadonlyMap<string, Entry>;
