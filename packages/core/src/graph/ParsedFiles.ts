/**
 * Files read and parsed once, also over several attempts of one load (a load stops and starts again when a junction has to be fetched).
 *
 * Nodes are immutable, so whoever reads a file again gets the same nodes.
 */
import { raise } from "../error/BstError.ts";
import type { ProjectFiles } from "../project/ProjectFiles.ts";
import * as SubFiles from "../project/SubFiles.ts";
import type { Mapping } from "../yaml/Node.ts";
import * as Read from "../yaml/Read.ts";

/** Runs something and hands back its result; the name says what part of the work it is. */
export type Timed = <A>(stage: string, body: () => A) => A;

/** A memory of parsed files; keep one for all attempts of a load, and drop it when files may have changed. */
export interface ParsedFiles {
  /** Runs a stage of loading (`read`, `parse`, `compose`, `find`, `sort`, `resolve`); a host that measures replaces it. Stages nest. */
  readonly timed: Timed;
  readonly parsed: Map<ProjectFiles, Map<string, Mapping>>;
  readonly below: Map<ProjectFiles, Map<string, ProjectFiles>>;
}

/** An empty memory. */
export function make(timed: Timed = (_, body) => body()): ParsedFiles {
  return { timed, parsed: new Map(), below: new Map() };
}

/** The top-level mapping of a file; undefined when there is none. `name` is how messages call it. */
export function read(memory: ParsedFiles, files: ProjectFiles, path: string, name: string): Mapping | undefined {
  const known = inner(memory.parsed, files);
  let node = known.get(path);
  if (node !== undefined) return node;
  const bytes = memory.timed("read", () => files.read(path));
  if (bytes === undefined) {
    if (files.kind(path) === "directory") {
      raise({ domain: "LOAD", reason: "loading-directory", message: `${name} is a directory, a file is needed here` });
    }
    return undefined;
  }
  node = memory.timed("parse", () => Read.read({ name, project: files, path }, bytes));
  known.set(path, node);
  return node;
}

/** The files below a directory of a project; the same object on every call. */
export function below(memory: ParsedFiles, files: ProjectFiles, path: string): ProjectFiles {
  const known = inner(memory.below, files);
  let sub = known.get(path);
  if (sub === undefined) {
    sub = SubFiles.make(files, path);
    known.set(path, sub);
  }
  return sub;
}

function inner<A, B>(outer: Map<A, Map<string, B>>, key: A): Map<string, B> {
  let map = outer.get(key);
  if (map === undefined) {
    map = new Map();
    outer.set(key, map);
  }
  return map;
}
