/**
 * What the loader asks of the world, synchronously: the files of one project directory.
 *
 * The loader is pure in that it sees files only through this interface; the same loader runs over a directory on disk, over a tree in the
 * content store (a junction that was never checked out) and over a record in a test. Paths are relative to the project directory, `/`-separated.
 */

/** What stands at a path; a symbolic link is not followed in the last component. */
export type FileKind = "file" | "directory" | "symlink" | "other";

export interface ProjectFiles {
  /** The absolute path of the project directory, as in `%{project-root}` and in messages; for a tree that is not on disk, a made-up but stable one. */
  readonly directory: string;
  /** lstat; undefined when nothing is there. */
  readonly kind: (path: string) => FileKind | undefined;
  /** The bytes of a file (symbolic links in the path are followed inside the project); undefined when there is none. */
  readonly read: (path: string) => Uint8Array | undefined;
  /** Names in a directory with their kinds, sorted by name; undefined when it is no directory. */
  readonly list: (path: string) => readonly { readonly name: string; readonly kind: FileKind }[] | undefined;
  /**
   * The CAS digest of a file or directory as the `local` source captures it (cachekey rules: executable bit from the owner's, no mtimes,
   * symbolic links as text; a single file becomes a directory with that one file). Raises a BstError when it cannot be captured.
   */
  readonly treeDigest: (path: string) => { readonly hash: string; readonly size: number };
  /** Hex SHA-256 of a file's content; undefined when there is none. */
  readonly sha256: (path: string) => string | undefined;
  /** Where symbolic links in `path` lead, still relative to the project directory; undefined when it leads outside. */
  readonly resolve: (path: string) => string | undefined;
}
