/**
 * The layers of an image as one tree.
 *
 * A layer hides what is below it by whiteouts: `.wh.NAME` hides NAME (BuildStream takes that by the letter: what is below a hidden directory stays), and
 * `.wh..wh..opq` hides all that lower layers have in its directory. Devices and everything in `dev` are left out.
 */
import type { Directory } from "@millrace/core/tree/Directory";
import * as Draft from "@millrace/core/tree/Draft";
import * as Import from "@millrace/core/tree/Import";
import * as Tree from "@millrace/core/tree/Tree";
import * as ArchiveMembers from "../ArchiveMembers.ts";

/** A layer as its archive has it. */
export interface Layer {
  /** What errors call it. */
  readonly name: string;
  readonly members: readonly ArchiveMembers.Member[];
}

interface Content {
  readonly layer: Layer;
  /** By path: a member that comes twice keeps its first place. */
  readonly files: Map<string, ArchiveMembers.Member>;
}

/** The tree that layers make together, lowest first. Raises for members that lead out of it. */
export function merge(layers: readonly Layer[]): Directory {
  const contents: Content[] = [];
  for (const layer of layers) {
    const files = new Map<string, ArchiveMembers.Member>();
    const hidden: string[] = [];
    const opaque: string[] = [];
    for (const member of layer.members) {
      const path = member.name.replace(/^(?:\.?\/)+/, "");
      const base = path.slice(path.lastIndexOf("/") + 1);
      const parent = path.slice(0, path.length - base.length);
      if (base === ".wh..wh..opq") opaque.push(parent);
      else if (base.startsWith(".wh.")) hidden.push(`${parent}${base.slice(".wh.".length)}`);
      else if (!path.startsWith("dev/") && member.type !== "device") files.set(path, member);
    }
    for (const below of contents) {
      if (opaque.length > 0)
        for (const path of [...below.files.keys()])
          if (opaque.some((directory) => path.startsWith(directory))) below.files.delete(path);
      for (const path of hidden) below.files.delete(path);
    }
    contents.push({ layer, files });
  }
  const root = Draft.open(Tree.empty);
  for (const { layer, files } of contents)
    Import.intoDraft(root, ArchiveMembers.tree([...files.values()], layer.members, layer.name));
  return Draft.freeze(root);
}
