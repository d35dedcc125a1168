import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Directory, Entry } from "@millrace/core/tree/Directory";
import * as DirectoryCodec from "@millrace/core/tree/DirectoryCodec";
import * as Draft from "@millrace/core/tree/Draft";
import * as Import from "@millrace/core/tree/Import";
import * as Tree from "@millrace/core/tree/Tree";
import * as Effect from "effect/Effect";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as Capture from "../../src/cas/Capture.ts";
import * as ObjectStore from "../../src/cas/ObjectStore.ts";
import * as CaptureUpper from "../../src/staging/CaptureUpper.ts";
import * as Extract from "../../src/staging/Extract.ts";
import * as FilePool from "../../src/staging/FilePool.ts";
import * as Owners from "../../src/staging/Owners.ts";
import * as RootCache from "../../src/staging/RootCache.ts";
import * as Roots from "../../src/staging/Roots.ts";

let directory: string;
let store: ObjectStore.ObjectStore;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "millrace-roots-"));
  store = ObjectStore.open(join(directory, "cache"));
});
afterAll(() => Owners.remove(directory));

const file = (text: string, executable = false): Entry =>
  Tree.file(ObjectStore.putBytes(store, Buffer.from(text)), executable);

function drain<A>(steps: Generator<void, A>): A {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

type Shape = string | { readonly link: string } | { readonly [name: string]: Shape };

function tree(shape: { readonly [name: string]: Shape }): Directory {
  return Tree.make(
    Object.entries(shape).map(([name, value]): readonly [string, Entry] => {
      if (typeof value === "string") return [name, file(value, value.startsWith("#!"))];
      if (typeof value["link"] === "string") return [name, Tree.symlink(value["link"])];
      return [name, Tree.directory(tree(value as { readonly [name: string]: Shape }))];
    }),
  );
}

const leaf = fc.oneof(
  fc.constantFrom("", "one", "two", "#!x"),
  fc.constantFrom<{ link: string }>({ link: "/abs" }, { link: "../up" }),
);
const level = (below: fc.Arbitrary<Shape>): fc.Arbitrary<{ [name: string]: Shape }> =>
  fc.dictionary(fc.constantFrom("a", "b", "c", "d"), fc.oneof(leaf, below), { maxKeys: 3, noNullPrototype: true });
const shapes = level(level(level(fc.constant({}))));

let counter = 0;
const fresh = () => {
  const path = join(directory, `tree-${counter++}`);
  mkdirSync(path);
  return path;
};

describe("Extract", () => {
  it("writes what a capture reads back", () => {
    fc.assert(
      fc.property(shapes, fc.boolean(), (shape, pool) => {
        const wanted = tree(shape);
        const path = fresh();
        drain(Extract.whole(store, wanted, path, pool));
        expect(Capture.capture(store, path).digest).toEqual(DirectoryCodec.digestOf(wanted));
      }),
      { numRuns: 60 },
    );
  });

  it("shows modes, times and inodes as a sandbox should see them", () => {
    const path = fresh();
    drain(
      Extract.whole(
        store,
        tree({ one: "same", two: "same", run: "#!same", d: { three: "same" }, l: { link: "x" } }),
        path,
        true,
      ),
    );
    const inodes = ["one", "two", "run", "d/three"].map((name) => lstatSync(join(path, name)).ino);
    expect(new Set(inodes).size).toBe(4);
    for (const name of ["one", "run", "d", "l", "."])
      expect(lstatSync(join(path, name)).mtimeMs).toBe(FilePool.stagedTime * 1000);
    expect(["one", "run", "d"].map((name) => lstatSync(join(path, name)).mode & 0o7777)).toEqual([0o644, 0o755, 0o755]);
    const again = fresh();
    drain(Extract.whole(store, tree({ two: "same" }), again, true));
    expect(lstatSync(join(again, "two")).ino).toBe(inodes[1]);
    // The store's own files are nobody's twins.
    const object = ObjectStore.path(store, ObjectStore.putBytes(store, Buffer.from("same")));
    expect(inodes).not.toContain(lstatSync(object).ino);
    expect(lstatSync(object).mode & 0o777).toBe(0o444);
  });

  it("refuses a file that is not what its name says, small or large, and takes it out of the store", () => {
    for (const size of [10, 200_000]) {
      const text = `damaged ${"x".repeat(size)}`;
      const wanted = tree({ f: text });
      const object = ObjectStore.path(store, ObjectStore.putBytes(store, Buffer.from(text)));
      const later = ObjectStore.open(join(directory, "cache"));
      rmSync(object);
      writeFileSync(object, text.replace("d", "D"));
      for (const pool of [true, false])
        expect(() => drain(Extract.whole(later, wanted, fresh(), pool))).toThrow(/missing from the store or damaged/);
      expect(existsSync(object)).toBe(false);
    }
  });

  it("writes beyond a base exactly what an import adds, and refuses what would need a removal", () => {
    fc.assert(
      fc.property(shapes, shapes, (below, above) => {
        const base = tree(below);
        const draft = Draft.open(base);
        try {
          Import.intoDraft(draft, tree(above), { reader: ObjectStore.reader(store) });
        } catch {
          return;
        }
        const wanted = Draft.freeze(draft);
        const needed = Extract.difference(base, wanted, ObjectStore.reader(store), 1000);
        expect(needed).toBeDefined();
        // A directory that became a file hides what is below it: nothing needs to be removed.
        const upper = fresh();
        drain(Extract.beyond(store, base, wanted, upper, () => {}));
        const merged = drain(
          CaptureUpper.capture(
            { upper, merged: mergedView(base, upper), staged: base },
            { store, keepMtimes: false, known: new Map() },
          ),
        );
        expect(DirectoryCodec.digestOf(merged)).toEqual(DirectoryCodec.digestOf(wanted));
        const names = Object.keys(below);
        if (names.length === 0) return;
        const { [names[0]!]: _, ...rest } = below;
        expect(Extract.difference(base, tree(rest), ObjectStore.reader(store), 1000)).toBeUndefined();
      }),
      { numRuns: 60 },
    );
  });
});

/** What an overlay of a tree below and a directory above would show: the slow twin of the kernel's. */
function mergedView(base: Directory, upper: string): string {
  const path = fresh();
  drain(Extract.whole(store, base, path, false));
  const lay = (from: string, to: string): void => {
    for (const entry of readdirSync(from, { withFileTypes: true })) {
      const target = join(to, entry.name);
      const there = lstatSync(target, { throwIfNoEntry: false });
      if (entry.isDirectory() && there?.isDirectory() === true) lay(join(from, entry.name), target);
      else {
        rmSync(target, { recursive: true, force: true });
        if (entry.isDirectory()) {
          mkdirSync(target);
          lay(join(from, entry.name), target);
        } else writeFileSync(target, "");
      }
    }
  };
  lay(upper, path);
  return path;
}

describe("RootCache", () => {
  const open = (limits: RootCache.Limits = {}) => {
    const other = ObjectStore.open(join(directory, `cache-${counter++}`));
    store = other;
    return RootCache.open(other, limits);
  };

  it("finds the nearest root that nothing must be taken from", () => {
    const cache = open();
    const small = tree({ a: "1" });
    const large = tree({ a: "1", b: { c: "2", d: "3" } });
    const other = tree({ x: "1" });
    for (const root of [small, large, other]) drain(RootCache.extract(cache, root));
    const wanted = tree({ a: "1", b: { c: "2", d: "3" }, e: "4" });
    expect(RootCache.nearest(cache, wanted, 100)?.tree).toBe(large);
    expect(RootCache.nearest(cache, tree({ a: "1", f: "2" }), 100)?.tree).toBe(small);
    expect(RootCache.nearest(cache, tree({ z: "1" }), 100)).toBeUndefined();
    expect(RootCache.nearest(cache, wanted, 0)).toBeUndefined();
  });

  it("evicts what was used least recently, never what is in use, and then what no root links to", () => {
    const cache = open({ maximumRoots: 2 });
    const roots = ["a", "b", "c"].map((name) => tree({ [name]: name }));
    const hashes = roots.slice(0, 2).map((root) => drain(RootCache.extract(cache, root)));
    expect(RootCache.use(cache, hashes[0]!)).toBe(true);
    hashes.push(drain(RootCache.extract(cache, roots[2]!)));
    expect(hashes.map((hash) => existsSync(join(cache.directory, hash)))).toEqual([true, false, true]);
    const kept = readdirSync(join(store.privateDirectory, "files")).flatMap((shelf) =>
      readdirSync(join(store.privateDirectory, "files", shelf)),
    );
    expect(kept).toHaveLength(2);
    RootCache.release(cache, hashes[0]!);
    utimesSync(join(cache.directory, hashes[0]!, "entry.json"), 1000, 1000);
    drain(RootCache.extract(cache, roots[1]!));
    expect(existsSync(join(cache.directory, hashes[0]!))).toBe(false);
  });

  it("cleans what killed processes left, and leaves alone what living ones have", () => {
    const cache = open();
    const runs = join(store.privateDirectory, "runs");
    const dead = `${process.pid}-1-0`;
    for (const place of [join(cache.directory, "tmp"), runs])
      for (const name of [dead, Owners.name()]) {
        mkdirSync(join(place, name, "deep"), { recursive: true });
        writeFileSync(join(place, name, "deep", "file"), "");
      }
    Effect.runSync(Roots.make(store));
    expect(readdirSync(runs)).toHaveLength(1);
    expect(readdirSync(join(cache.directory, "tmp"))).toHaveLength(1);
    expect(readdirSync(runs)).not.toContain(dead);
  });

  it("lays a root that differs little over the other one, and keeps what lies below", () => {
    const cache = open({ maximumRoots: 2 });
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`f${index}`, `content ${index % 7}`]));
    const below = drain(RootCache.extract(cache, tree({ d: many })));
    const above = drain(RootCache.extract(cache, tree({ d: many, e: { new: "content 1" } })));
    const paths = RootCache.layers(cache, above);
    expect(paths).toHaveLength(2);
    expect(readdirSync(paths[0]!)).toEqual(["e"]);
    // One root never shows one inode under two names.
    const inodes = [
      ...readdirSync(join(paths[1]!, "d")).map((name) => join(paths[1]!, "d", name)),
      join(paths[0]!, "e/new"),
    ];
    expect(new Set(inodes.map((path) => lstatSync(path).ino)).size).toBe(41);
    expect(RootCache.use(cache, above)).toBe(true);
    drain(RootCache.extract(cache, tree({ other: "1" })));
    expect([below, above].map((hash) => existsSync(join(cache.directory, hash)))).toEqual([true, true]);
  });

  it("throws a layer away that lost what it lies over", () => {
    const cache = open();
    const many = Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`f${index}`, `${index}`]));
    const below = drain(RootCache.extract(cache, tree({ d: many })));
    const wanted = tree({ d: many, e: "1" });
    const above = drain(RootCache.extract(cache, wanted));
    Owners.remove(join(cache.directory, below));
    expect(RootCache.use(cache, above)).toBe(false);
    cache.recent.clear();
    expect(RootCache.use(cache, drain(RootCache.extract(cache, wanted)))).toBe(true);
    expect(RootCache.layers(cache, above)).toHaveLength(1);
  });

  it("knows extracted roots again in a later process", () => {
    const cache = open();
    const root = tree({ a: "1" });
    const hash = drain(RootCache.extract(cache, root));
    const later = RootCache.open(ObjectStore.open(join(store.privateDirectory, "..")));
    expect(RootCache.nearest(later, tree({ a: "1", b: "2" }), 10)?.hash).toBe(hash);
    expect(readFileSync(join(RootCache.layers(later, hash)[0]!, "a"), "utf8")).toBe("1");
  });
});
