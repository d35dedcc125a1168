/** A directory inside a project seen as a project of its own: a junction whose only source is a local directory, used in place. */
import type { ProjectFiles } from "./ProjectFiles.ts";
import * as ProjectPath from "./ProjectPath.ts";

/** The files of `files` below `prefix`; `.` or the empty prefix gives the same files. */
export function make(files: ProjectFiles, prefix: string): ProjectFiles {
  const root = ProjectPath.normalize(prefix);
  if (root === ".") return files;
  const inner = (path: string): string => ProjectPath.join(root, path);
  return {
    directory: `${files.directory}/${root}`,
    kind: (path) => files.kind(inner(path)),
    read: (path) => files.read(inner(path)),
    list: (path) => files.list(inner(path)),
    treeDigest: (path) => files.treeDigest(inner(path)),
    sha256: (path) => files.sha256(inner(path)),
    resolve: (path) => {
      const real = files.resolve(inner(path));
      const top = files.resolve(root);
      return real === undefined || top === undefined ? undefined : ProjectPath.below(top, real);
    },
  };
}
