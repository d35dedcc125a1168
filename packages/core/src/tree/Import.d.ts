import type { Directory, Reader } from "./Directory.ts";
import * as Draft from "./Draft.ts";
/** Decides by path (relative to the import's root, no leading slash) whether an entry takes part. Must be a pure function. */
export type Filter = (path: string) => boolean;
export interface Options {
  /** Reads sub-directories known by address, of either side. */
  readonly reader?: Reader | undefined;
  readonly filter?: Filter | undefined;
  /** Whether to list every written path; reads the whole source. */
  readonly listWritten?: boolean | undefined;
  /** A directory object of the source that is passed over: the destination itself, when a tree is imported into a part of itself. */
  readonly except?: Directory | undefined;
}
/** What an import did. Paths are relative to the import's root, in canonical order of the source (see `Tree.ordered`). */
export interface Report {
  /** Files and links that were written, when asked for. Directories are never listed. */
  readonly written: readonly string[] | undefined;
  /** Files, links and empty directories that were replaced, by equal content too. */
  readonly overwritten: readonly string[];
  /** Files and links that were not written because a directory with something in it has their place. */
  readonly ignored: readonly string[];
}
export interface Result {
  readonly tree: Directory;
  readonly report: Report;
}
/**
 * Imports a tree into another.
 *
 * Raises VIRTUAL_FS when a directory of the source meets a file or link of the destination.
 */
export declare function into(destination: Directory, source: Directory, options?: Options): Result;
/** Imports into a tree that is being changed; the way to import many artifacts into one root. A failed import leaves the draft unusable. */
export declare function intoDraft(destination: Draft.Draft, source: Directory, options?: Options): Report;
