/**
 * Trees as JSON, for talking to implementations of the import rules that know nothing of ours.
 *
 * A directory is an object from names to what has them: another object, `["file", TEXT]`, `["exec", TEXT]` (an executable file) or `["link", TARGET]`.
 */
import * as Digest from "@millrace/core/tree/Digest";
import type { Directory, Entry } from "@millrace/core/tree/Directory";
import * as Tree from "@millrace/core/tree/Tree";

export type Leaf = readonly ["file" | "exec" | "link", string];
export interface Sample {
  readonly [name: string]: Leaf | Sample;
}

export function isLeaf(node: Leaf | Sample): node is Leaf {
  return Array.isArray(node);
}

/** Finds the text of a file by the hash of its content. */
export type Texts = Map<string, string>;

const utf8 = new TextEncoder();

/** A sample as one of our trees; remembers the texts of its files for the way back. */
export function toDirectory(sample: Sample, texts: Texts): Directory {
  return Tree.make(Object.entries(sample).map(([name, node]) => [name, toEntry(node, texts)]));
}

function toEntry(node: Leaf | Sample, texts: Texts): Entry {
  if (!isLeaf(node)) return Tree.directory(toDirectory(node, texts));
  const [kind, text] = node;
  if (kind === "link") return Tree.symlink(text);
  const digest = Digest.ofBytes(utf8.encode(text));
  texts.set(digest.hash, text);
  return Tree.file(digest, kind === "exec");
}

/** One of our trees, whole in memory, as a sample with sorted names. */
export function fromDirectory(directory: Directory, texts: Texts): Sample {
  const out: Record<string, Leaf | Sample> = {};
  for (const [name, entry] of [...directory.entries].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (entry.type === "directory") out[name] = fromDirectory(Tree.open(entry, Tree.noReader), texts);
    else if (entry.type === "symlink") out[name] = ["link", entry.target];
    else
      out[name] = [entry.executable ? "exec" : "file", texts.get(entry.digest.hash) ?? `unknown ${entry.digest.hash}`];
  }
  return out;
}

/** The same sample with names sorted at every level, so that equal trees have equal JSON. */
export function sorted(sample: Sample): Sample {
  const out: Record<string, Leaf | Sample> = {};
  for (const name of Object.keys(sample).sort()) {
    const node = sample[name]!;
    out[name] = isLeaf(node) ? node : sorted(node);
  }
  return out;
}
