/** The files of a project that lies in the content store as a tree: a fetched junction, read without checking it out. */
import type { ProjectFiles } from "@millrace/core/project/ProjectFiles";
import * as CoreTreeFiles from "@millrace/core/project/TreeFiles";
import type { Digest } from "@millrace/core/tree/Digest";
import * as ObjectStore from "../cas/ObjectStore.ts";

/** The files below a tree in the store; `directory` stands for the project directory in messages and variables. */
export function make(store: ObjectStore.ObjectStore, root: Digest, directory: string): ProjectFiles {
  return CoreTreeFiles.make({
    directory,
    root: { type: "stored", digest: root },
    reader: ObjectStore.reader(store),
    blob: (digest) => ObjectStore.read(store, digest),
  });
}
