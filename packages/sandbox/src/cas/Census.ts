/**
 * Who needs which object: the records of a cache directory (artifacts, staged sources, remembered integrations) and all that they name.
 *
 * A tree that several records share is walked once for each question, however many records there are; that is what makes a census of a large cache affordable.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as ArtifactCodec from "@millrace/core/artifact/ArtifactCodec";
import * as SourceCodec from "@millrace/core/artifact/SourceCodec";
import { BstError } from "@millrace/core/error/BstError";
import type { Digest } from "@millrace/core/tree/Digest";
import * as DirectoryCodec from "@millrace/core/tree/DirectoryCodec";
import * as ObjectStore from "./ObjectStore.ts";
import * as Records from "./Records.ts";

/** A record and what it names. */
export interface Holder {
  readonly kind: "artifact" | "source" | "element-sources" | "integration";
  /** As users know it: the artifact's name, or the path below the cache directory. */
  readonly name: string;
  /** Path of the record, for removal. */
  readonly path: { readonly base: string; readonly name: string };
  readonly mtime: number;
  /** Whether using the record needs all of these; undefined when the record itself is damaged. */
  readonly content: Content | undefined;
}

export interface Content {
  /** Trees and blobs without which the record is of no use. */
  readonly required: Named;
  /** What may be gone. */
  readonly optional: Named;
}

interface Named {
  readonly trees: readonly Digest[];
  readonly blobs: readonly Digest[];
}

const bases = {
  artifact: "artifacts/refs",
  source: "source_protos",
  "element-sources": "elementsources",
  integration: "millrace/integrated",
} as const;

/** All records of a cache directory. */
export function* holders(cachedir: string): Generator<Holder> {
  for (const kind of ["artifact", "source", "element-sources", "integration"] as const) {
    const base = join(cachedir, bases[kind]);
    for (const { name, mtime } of Records.list(base)) {
      // A record in the making.
      if (/(^|\/)tmp[0-9a-f]{12}$|\.part$/.test(name)) continue;
      const shown = kind === "artifact" ? name : `${bases[kind]}/${name}`;
      yield { kind, name: shown, path: { base, name }, mtime, content: contentOf(kind, join(base, name)) };
    }
  }
}

const none: Named = { trees: [], blobs: [] };

function contentOf(kind: Holder["kind"], path: string): Content | undefined {
  try {
    const bytes = readFileSync(path);
    if (kind === "artifact") return artifactContent(bytes, path);
    const tree =
      kind === "integration"
        ? (JSON.parse(bytes.toString()) as { readonly tree: Digest }).tree
        : SourceCodec.decode(bytes, path).files;
    return { required: { trees: [tree], blobs: [] }, optional: none };
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (cause instanceof BstError || cause instanceof SyntaxError || code === "ENOENT") return undefined;
    throw cause;
  }
}

function artifactContent(bytes: Uint8Array, path: string): Content | undefined {
  const artifact = ArtifactCodec.decode(bytes, path);
  if (!ArtifactCodec.isWhole(artifact)) return undefined;
  const present = (digests: readonly (Digest | undefined)[]) => digests.filter((digest) => digest !== undefined);
  const { files, publicData, lowDiversityMeta, highDiversityMeta, logs, buildTree, sources, buildRoot } = artifact;
  const subsandboxes = artifact.buildSandbox?.subsandboxDigests ?? [];
  return {
    required: {
      trees: present([files]),
      blobs: present([publicData, lowDiversityMeta, highDiversityMeta, ...logs.map(({ digest }) => digest)]),
    },
    optional: { trees: present([buildTree, sources, buildRoot, ...subsandboxes]), blobs: [] },
  };
}

/**
 * Answers for trees whether anything in them meets a condition, each tree walked once. `bad` is asked about directories and files. A directory that
 * cannot be read meets every condition.
 */
export function treeQuestion(
  store: ObjectStore.ObjectStore,
  bad: (digest: Digest) => boolean,
): (root: Digest) => boolean {
  const known = new Map<string, boolean>();
  return (root) => {
    // Children before parents, without recursion: a tree may be as deep as its names allow.
    const pending: Digest[] = [root];
    for (let next = pending.at(-1); next !== undefined; next = pending.at(-1)) {
      if (known.has(next.hash)) {
        pending.pop();
        continue;
      }
      const directory = bad(next) ? undefined : ObjectStore.findDirectory(store, next);
      if (directory === undefined) {
        known.set(next.hash, true);
        continue;
      }
      let answer = false;
      const unknown: Digest[] = [];
      for (const entry of directory.entries.values()) {
        if (entry.type === "file") answer ||= bad(entry.digest);
        else if (entry.type === "directory") {
          const digest = DirectoryCodec.digestOfEntry(entry.tree);
          const below = known.get(digest.hash);
          if (below === undefined) unknown.push(digest);
          else answer ||= below;
        }
      }
      if (unknown.length === 0) known.set(next.hash, answer);
      else pending.push(...unknown);
    }
    return known.get(root.hash) as boolean;
  };
}

/** Adds to a set the hashes of a tree: its directories and files, as far as they can be read. */
export function* reach(store: ObjectStore.ObjectStore, root: Digest, into: Set<string>): Generator<void> {
  const pending = [root];
  let looks = 0;
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (into.has(next.hash)) continue;
    into.add(next.hash);
    const directory = ObjectStore.findDirectory(store, next);
    if (directory === undefined) continue;
    for (const entry of directory.entries.values()) {
      if (entry.type === "file") into.add(entry.digest.hash);
      else if (entry.type === "directory") pending.push(DirectoryCodec.digestOfEntry(entry.tree));
    }
    if (++looks % 256 === 0) yield;
  }
}
