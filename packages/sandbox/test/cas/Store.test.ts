/** The store: laws of capture and checkout, damage, sharing, and what a crash leaves. */
import {
  appendFileSync,
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, assert, beforeEach, describe, it } from "@effect/vitest";
import { BstError } from "@millrace/core/error/BstError";
import * as Digest from "@millrace/core/tree/Digest";
import * as DirectoryCodec from "@millrace/core/tree/DirectoryCodec";
import * as Tree from "@millrace/core/tree/Tree";
import * as Capture from "@millrace/sandbox/cas/Capture";
import * as Checkout from "@millrace/sandbox/cas/Checkout";
import * as FileHash from "@millrace/sandbox/cas/FileHash";
import * as Intake from "@millrace/sandbox/cas/Intake";
import * as ObjectStore from "@millrace/sandbox/cas/ObjectStore";
import * as Scratch from "@millrace/sandbox/cas/Scratch";
import * as Trees from "@millrace/sandbox/cas/Trees";
import * as FilePool from "@millrace/sandbox/staging/FilePool";
import * as Effect from "effect/Effect";
import * as fc from "fast-check";

const base = mkdtempSync(join(tmpdir(), "millrace-store-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

let warnings: string[] = [];
let store: ObjectStore.ObjectStore;
let scratch: string;
let cachedir: string;
let count = 0;

/** The store again, as another process sees it. */
function reopen(): ObjectStore.ObjectStore {
  return ObjectStore.open(cachedir, (message) => void warnings.push(message));
}

beforeEach(() => {
  scratch = join(base, String(count++));
  mkdirSync(scratch);
  cachedir = join(scratch, "cache");
  warnings = [];
  store = reopen();
});

/** Checks out to the end. */
function checkout(...args: Parameters<typeof Checkout.checkout>): Promise<number> {
  return Effect.runPromise(Checkout.checkout(...args));
}

/** The error of a checkout that must fail. */
function refused(...args: Parameters<typeof Checkout.checkout>): Promise<BstError> {
  return Effect.runPromise(Effect.flip(Checkout.checkout(...args)));
}

function text(value: string): Uint8Array {
  return Buffer.from(value);
}

function raised(body: () => unknown): BstError {
  try {
    body();
  } catch (cause) {
    if (cause instanceof BstError) return cause;
    throw cause;
  }
  return assert.fail("nothing was raised");
}

/** A directory: sub-directories are objects, files and links arrays. */
type Spec = { readonly [name: string]: Spec | readonly ["file", string, boolean] | readonly ["link", string] };

function lay(directory: string, spec: Spec): void {
  mkdirSync(directory, { recursive: true });
  for (const [name, value] of Object.entries(spec)) {
    const path = join(directory, name);
    if (!isLeaf(value)) lay(path, value);
    else if (value[0] === "file") writeFileSync(path, value[1], { mode: value[2] ? 0o755 : 0o644 });
    else symlinkSync(value[1], path);
  }
}

function isLeaf(value: Spec[string]): value is Exclude<Spec[string], Spec> {
  return Array.isArray(value);
}

function look(directory: string): Spec {
  const spec: Record<string, Spec[string]> = {};
  for (const name of readdirSync(directory)) {
    const path = join(directory, name);
    const stats = lstatSync(path);
    if (stats.isDirectory()) spec[name] = look(path);
    else if (stats.isSymbolicLink()) spec[name] = ["link", readlinkSync(path)];
    else spec[name] = ["file", readFileSync(path, "utf8"), (stats.mode & 0o100) !== 0];
  }
  return spec;
}

const name = fc.stringMatching(/^[a-zé€𝄞_.-]{1,6}$/u).filter((value) => value !== "." && value !== "..");
const { spec } = fc.letrec<{ spec: Spec }>((tie) => ({
  spec: fc.dictionary(
    name,
    fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.tuple(fc.constant("file" as const), fc.string({ maxLength: 20 }), fc.boolean()),
      fc.tuple(fc.constant("link" as const), fc.stringMatching(/^[a-z/.]{1,8}$/)),
      tie("spec"),
    ),
    { maxKeys: 5, noNullPrototype: true },
  ) as fc.Arbitrary<Spec>,
}));

describe("objects", () => {
  it("have casd's place and mode, and come back as they went in", () => {
    const digest = ObjectStore.putBytes(store, text("hello\n"));
    const path = join(cachedir, "cas", "objects", digest.hash.slice(0, 2), digest.hash.slice(2));
    assert.strictEqual(statSync(path).mode & 0o777, 0o444);
    assert.strictEqual(Buffer.from(ObjectStore.read(reopen(), digest)).toString(), "hello\n");
    Scratch.close(reopen());
    assert.deepStrictEqual(readdirSync(join(cachedir, "cas", "tmp")), []);
  });

  it("that are larger than one read are stored in one pass", () => {
    const bytes = Buffer.alloc(3 * (1 << 20) + 17, "abcdefg");
    const file = join(scratch, "big");
    writeFileSync(file, bytes);
    const digest = Intake.putFile(store, file);
    assert.deepStrictEqual(digest, Digest.ofBytes(bytes));
    assert.deepStrictEqual(FileHash.hashFile(file), digest);
    assert.isTrue(ObjectStore.verify(reopen(), digest));
    assert.deepStrictEqual(Intake.putFile(reopen(), file), digest);
    Scratch.close(reopen());
    assert.deepStrictEqual(readdirSync(join(cachedir, "cas", "tmp")), []);
  });

  it("that were cut off count as missing, with a warning, and are replaced", () => {
    const digest = ObjectStore.putBytes(store, text("some content"));
    const path = ObjectStore.path(store, digest);
    chmodSync(path, 0o644);
    truncateSync(path, 3);
    assert.isFalse(ObjectStore.has(reopen(), digest));
    assert.match(warnings.join(), new RegExp(digest.hash));
    ObjectStore.putBytes(reopen(), text("some content"));
    assert.isTrue(ObjectStore.has(reopen(), digest));
  });

  it("whose bytes changed are never handed out, and go away", () => {
    const digest = ObjectStore.putBytes(store, text("right"));
    const path = ObjectStore.path(store, digest);
    chmodSync(path, 0o644);
    writeFileSync(path, "wrong");
    const error = raised(() => ObjectStore.read(reopen(), digest));
    assert.strictEqual(error.domain, "CAS");
    assert.isFalse(existsSync(path));
  });

  it("that are used are renewed for the daemon's expiry", () => {
    const digest = ObjectStore.putBytes(store, text("old"));
    utimesSync(ObjectStore.path(store, digest), 1000, 1000);
    assert.isTrue(ObjectStore.has(reopen(), digest));
    assert.isAbove(statSync(ObjectStore.path(store, digest)).mtimeMs, Date.now() - 60_000);
  });

  it("of sparse files stay sparse, and are what their names say", async () => {
    const file = join(scratch, "sparse");
    writeFileSync(file, "begin");
    truncateSync(file, 9_000_000);
    appendFileSync(file, "end");
    truncateSync(file, 20_000_000);
    const digest = Intake.putFile(store, file);
    assert.deepStrictEqual(digest, FileHash.hashFile(file));
    const object = ObjectStore.path(store, digest);
    assert.deepStrictEqual(FileHash.hashFile(object), digest);
    assert.isBelow(statSync(object).blocks * 512, 3_000_000);
    // And so do what is checked out and what is staged.
    const entry = Tree.file(digest);
    await checkout(store, Tree.make([["sparse", entry]]), join(scratch, "out"));
    FilePool.write(store, entry, join(scratch, "staged"));
    for (const copy of [join(scratch, "out", "sparse"), join(scratch, "staged")]) {
      assert.deepStrictEqual(FileHash.hashFile(copy), digest);
      assert.isBelow(statSync(copy).blocks * 512, 3_000_000);
    }
  });

  it("given away become objects without a copy", () => {
    const file = join(scratch, "mine");
    writeFileSync(file, "given");
    const { ino } = statSync(file);
    const digest = Intake.takeFile(store, file);
    assert.strictEqual(statSync(ObjectStore.path(store, digest)).ino, ino);
  });

  it("in a batch: each missing one is named once", () => {
    const there = ObjectStore.putBytes(store, text("a"));
    const gone = Digest.ofBytes(text("b"));
    assert.deepStrictEqual(ObjectStore.missing(store, [there, gone, gone]), [gone]);
  });
});

describe("capture and checkout", () => {
  it("are inverse to each other, by copy and by link", async () => {
    await fc.assert(
      fc.asyncProperty(spec, async (tree) => {
        const run = mkdtempSync(join(scratch, "run-"));
        lay(join(run, "in"), tree);
        const captured = Capture.capture(store, join(run, "in"));
        assert.isTrue(Trees.has(reopen(), captured.digest));
        assert.deepStrictEqual(Capture.capture(store, join(run, "in"), { digestOnly: true }).digest, captured.digest);
        for (const link of [false, true]) {
          const out = join(run, `out-${link}`);
          await checkout(reopen(), captured.digest, out, { link });
          assert.deepStrictEqual(look(out), look(join(run, "in")));
          assert.deepStrictEqual(Capture.capture(store, out).digest, captured.digest);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("notice every change, although unchanged files are not read again", () => {
    const tree = join(scratch, "tree");
    lay(tree, { a: ["file", "1", false], d: { b: ["file", "2", false] } });
    // Files that have just been written are not trusted: age them.
    for (const file of ["a", "d/b"]) utimesSync(join(tree, file), 1_000_000, 1_000_000);
    const first = Capture.capture(store, tree, { remember: true });
    assert.deepStrictEqual(Capture.capture(reopen(), tree, { remember: true }).digest, first.digest);
    writeFileSync(join(tree, "d/b"), "3");
    utimesSync(join(tree, "d/b"), 1_000_000, 1_000_000);
    const second = Capture.capture(reopen(), tree, { remember: true });
    assert.notStrictEqual(second.digest.hash, first.digest.hash);
    assert.deepStrictEqual(Capture.capture(reopen(), tree).digest, second.digest);
  });

  it("put an expired object back although its file is remembered", () => {
    const tree = join(scratch, "tree");
    lay(tree, { a: ["file", "content", false] });
    const first = Capture.capture(store, tree, { remember: true });
    rmSync(ObjectStore.path(store, Digest.ofBytes(text("content"))));
    assert.isFalse(Trees.has(reopen(), first.digest));
    Capture.capture(reopen(), tree, { remember: true });
    assert.isTrue(Trees.has(reopen(), first.digest));
  });

  it("keep times for workspaces only, in microseconds, not of the root", async () => {
    const tree = join(scratch, "tree");
    lay(tree, { d: { a: ["file", "1", false] } });
    utimesSync(join(tree, "d/a"), 1234.000567, 1234.000567);
    utimesSync(join(tree, "d"), 99, 99);
    const { directory, digest } = Capture.capture(store, tree, { keepMtimes: true });
    assert.isUndefined(directory.mtime);
    const d = directory.entries.get("d");
    const inner = d?.type === "directory" ? Tree.open(d, ObjectStore.reader(store)) : Tree.empty;
    assert.deepStrictEqual(inner.mtime, { seconds: 99, nanos: 0 });
    const file = inner.entries.get("a");
    assert.deepStrictEqual(file?.type === "file" ? file.mtime : undefined, { seconds: 1234, nanos: 567_000 });
    await checkout(store, digest, join(scratch, "out"), { link: true });
    assert.strictEqual(Math.round(statSync(join(scratch, "out/d/a")).mtimeMs), 1234_001);
    assert.strictEqual(statSync(join(scratch, "out/d")).mtimeMs, 99_000);
    assert.strictEqual(statSync(join(scratch, "out/d/a")).nlink, 1);
  });

  it("tell a name that is not UTF-8 from one with a replacement character", () => {
    const tree = join(scratch, "tree");
    lay(tree, { "\uFFFD": ["file", "", false] });
    Capture.capture(store, tree);
    writeFileSync(Buffer.concat([Buffer.from(`${tree}/`), Buffer.from([0xff, 0x62])]), "");
    assert.match(raised(() => Capture.capture(store, tree)).message, /UTF-8/);
  });

  it("share objects only where the mode is the same", async () => {
    const tree = Tree.make([
      ["plain", Tree.file(ObjectStore.putBytes(store, text("same")))],
      ["run", Tree.file(ObjectStore.putBytes(store, text("same")), true)],
    ]);
    await checkout(store, tree, join(scratch, "out"), { link: true });
    assert.strictEqual(statSync(join(scratch, "out/plain")).mode & 0o777, 0o444);
    assert.strictEqual(statSync(join(scratch, "out/run")).mode & 0o777, 0o555);
    assert.strictEqual(statSync(ObjectStore.path(store, Digest.ofBytes(text("same")))).mode & 0o777, 0o444);
  });

  it("link executables without a copy, and plain files never to an executable object", async () => {
    const tree = join(scratch, "tree");
    lay(tree, { run: ["file", "program", true] });
    const object = ObjectStore.path(store, Digest.ofBytes(text("program")));
    for (const own of [false, true]) {
      rmSync(object, { force: true });
      const { digest } = Capture.capture(reopen(), tree, { own });
      const out = join(scratch, `out-${own}`);
      await checkout(reopen(), digest, out, { link: true });
      assert.strictEqual(statSync(join(out, "run")).ino, statSync(object).ino);
      assert.strictEqual(statSync(object).mode & 0o777, 0o555);
    }
    const plain = Tree.make([["plain", Tree.file(Digest.ofBytes(text("program")))]]);
    await checkout(store, plain, join(scratch, "plain"), { link: true });
    assert.strictEqual(statSync(join(scratch, "plain/plain")).mode & 0o111, 0);
  });

  it("look again whether an object is executable that was written anew", async () => {
    const digest = ObjectStore.putBytes(store, text("program"), undefined, true);
    const tree = Tree.make([["run", Tree.file(digest, true)]]);
    await checkout(store, tree, join(scratch, "before"), { link: true });
    assert.strictEqual(statSync(join(scratch, "before/run")).mode & 0o777, 0o555);
    // As one that comes from a server, which does not say what it is.
    ObjectStore.writeBytes(store, text("program"), digest);
    await checkout(store, tree, join(scratch, "after"), { link: true });
    assert.strictEqual(statSync(join(scratch, "after/run")).mode & 0o777, 0o555);
    ObjectStore.forget(store, digest, "for the test");
    ObjectStore.putBytes(reopen(), text("program"));
    await checkout(store, tree, join(scratch, "last"), { link: true });
    assert.strictEqual(statSync(join(scratch, "last/run")).mode & 0o777, 0o555);
  });

  it("leave a directory empty that cannot be filled, however far they came", async () => {
    const file = Tree.file(ObjectStore.putBytes(store, text("whole")));
    const gone = Tree.file(Digest.ofBytes(text("never stored")));
    const names = Array.from({ length: 400 }, (_, index) => [`f${index}`, file] as const);
    const tree = Tree.make([
      ["a", Tree.directory(Tree.make(names))],
      ["z", Tree.directory(Tree.make([["gone", gone]]))],
    ]);
    for (const link of [false, true]) {
      await refused(store, tree, join(scratch, "out"), { link });
      assert.deepStrictEqual(readdirSync(join(scratch, "out")), []);
    }
  });

  it("fail on a missing object without leaving its file", async () => {
    const tree = Tree.make([["gone", Tree.file(Digest.ofBytes(text("never stored")))]]);
    assert.match((await refused(store, tree, join(scratch, "out"))).message, /missing/);
    assert.deepStrictEqual(readdirSync(join(scratch, "out")), []);
  });

  it("never write outside, whatever a tree says", async () => {
    const file = Tree.file(ObjectStore.putBytes(store, text("evil")));
    for (const evil of ["..", "a/b", "../x", "", "."])
      await refused(store, Tree.make([[evil, file]]), join(scratch, "out"));
    assert.deepStrictEqual(readdirSync(scratch).sort(), ["cache", "out"]);
  });

  it("replace files only when told to, and never through links", async () => {
    const tree = Tree.make([["a", Tree.file(ObjectStore.putBytes(store, text("new")))]]);
    const out = join(scratch, "out");
    lay(out, { a: ["link", "../victim"] });
    writeFileSync(join(scratch, "victim"), "safe");
    await refused(store, tree, out);
    await checkout(store, tree, out, { force: true });
    assert.strictEqual(readFileSync(join(out, "a"), "utf8"), "new");
    assert.strictEqual(readFileSync(join(scratch, "victim"), "utf8"), "safe");
  });

  it("of files given away copy what has a second name", () => {
    const tree = join(scratch, "tree");
    lay(tree, { a: ["file", "linked", false] });
    linkSync(join(tree, "a"), join(tree, "b"));
    Capture.capture(store, tree, { own: true });
    assert.notStrictEqual(statSync(join(tree, "a")).mode & 0o777, 0o444);
  });
});

describe("trees", () => {
  it("are stored children first and complete only with every file", () => {
    const digest = ObjectStore.putBytes(store, text("deep"));
    const tree = Tree.make([["d", Tree.directory(Tree.make([["f", Tree.file(digest)]]))]]);
    const root = ObjectStore.putTree(store, tree);
    assert.deepStrictEqual(root, DirectoryCodec.digestOf(tree));
    assert.isTrue(Trees.has(reopen(), root));
    rmSync(ObjectStore.path(store, digest));
    assert.isFalse(Trees.has(reopen(), root));
  });
});
