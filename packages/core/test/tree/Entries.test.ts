/** Counting entries agrees with listing them, and ends where listing would not. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as Digest from "../../src/tree/Digest.ts";
import type { Directory, Entry } from "../../src/tree/Directory.ts";
import * as DirectoryCodec from "../../src/tree/DirectoryCodec.ts";
import * as Entries from "../../src/tree/Entries.ts";
import * as Paths from "../../src/tree/Paths.ts";
import * as Tree from "../../src/tree/Tree.ts";

/** Directories by what they are made of, with a reader that knows them. */
function shelf() {
  const known = new Map<string, Directory>();
  const keep = (tree: Directory): Digest.Digest => {
    const digest = DirectoryCodec.digestOf(tree);
    known.set(digest.hash, tree);
    return digest;
  };
  const reader = ({ hash }: Digest.Digest): Directory => known.get(hash) ?? Tree.empty;
  return { keep, reader };
}

function count(root: Digest.Digest, reader: (digest: Digest.Digest) => Directory): number {
  const counting = Entries.count(root, reader);
  for (;;) {
    const step = counting.next();
    if (step.done === true) return step.value;
  }
}

const leaf = Tree.file(Digest.ofBytes(new Uint8Array(1)));

describe("Entries", () => {
  it("counts what a listing lists, however directories are shared", () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.nat({ max: 6 }), { maxLength: 4 }), { minLength: 1, maxLength: 7 }),
        (levels) => {
          const { keep, reader } = shelf();
          const made: Digest.Digest[] = [];
          for (const children of levels) {
            const entries = children.map((child, at): [string, Entry] => {
              const digest = made[child];
              return [`e${at}`, digest === undefined ? leaf : Tree.directory({ type: "stored", digest })];
            });
            made.push(keep(Tree.make(entries)));
          }
          const root = made.at(-1) as Digest.Digest;
          expect(count(root, reader)).toBe([...Paths.list(reader(root), reader)].length);
        },
      ),
    );
  });

  it("refuses a tree of sixty directories, each twice in the next one", () => {
    const { keep, reader } = shelf();
    let root = keep(Tree.make([["f", leaf]]));
    for (let level = 0; level < 60; level++) {
      const inner = Tree.directory({ type: "stored", digest: root });
      root = keep(
        Tree.make([
          ["a", inner],
          ["b", inner],
        ]),
      );
    }
    expect(count(root, reader)).toBe(3 * 2 ** 60 - 2);
    expect(() => [...Entries.check(root, reader)]).toThrow(/more than 50000000 entries/);
  });
});
