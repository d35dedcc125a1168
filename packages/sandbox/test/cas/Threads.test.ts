/** Threads that hash and write: what they do is what is done on the spot, failures and accounts included. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, assert, describe, it } from "@effect/vitest";
import { BstError } from "@millrace/core/error/BstError";
import * as Digest from "@millrace/core/tree/Digest";
import * as DirectoryCodec from "@millrace/core/tree/DirectoryCodec";
import * as Tree from "@millrace/core/tree/Tree";
import * as Wire from "@millrace/core/tree/Wire";
import * as Capture from "@millrace/sandbox/cas/Capture";
import * as Cas from "@millrace/sandbox/cas/Cas";
import * as ObjectStore from "@millrace/sandbox/cas/ObjectStore";
import * as Scratch from "@millrace/sandbox/cas/Scratch";
import * as Threads from "@millrace/sandbox/cas/Threads";
import * as ThreadWire from "@millrace/sandbox/cas/ThreadWire";
import * as TreeList from "@millrace/sandbox/cas/TreeList";
import * as Trees from "@millrace/sandbox/cas/Trees";
import * as Work from "@millrace/sandbox/cas/Work";
import * as InputRoot from "@millrace/sandbox/remote/InputRoot";
import * as Effect from "effect/Effect";

const base = mkdtempSync(join(tmpdir(), "millrace-threads-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const text = (value: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(value);

/** A directory of so much that threads are worth while: many files, and a few large ones. */
function large(name: string): string {
  const directory = join(base, name);
  for (let shelf = 0; shelf < 3; shelf++) {
    mkdirSync(join(directory, `d${shelf}`, "sub"), { recursive: true });
    for (let file = 0; file < 60; file++) {
      writeFileSync(join(directory, `d${shelf}/sub/f${file}`), `${shelf} ${file}`, {
        mode: file % 7 === 0 ? 0o755 : 0o644,
      });
    }
    writeFileSync(join(directory, `d${shelf}/large`), Buffer.alloc(12 * 2 ** 20, `content ${shelf}`));
  }
  return directory;
}

describe("threads of the store", () => {
  it("capture what is captured on the spot, and account for it", async () => {
    const from = large("same");
    const here = ObjectStore.open(join(base, "here"));
    const there = ObjectStore.open(join(base, "there"));
    for (const { pace } of [here, there]) pace.budget = 2 ** 40;
    const expected = Capture.capture(here, from);
    const captured = await Effect.runPromise(Cas.takeIn(there, () => Capture.walk(there, from)));
    assert.isTrue(Threads.areRunning());
    assert.deepStrictEqual(captured.digest, expected.digest);
    assert.deepStrictEqual([captured.files, captured.bytes], [expected.files, expected.bytes]);
    assert.isTrue(Trees.has(ObjectStore.open(join(base, "there")), captured.digest));
    assert.strictEqual(there.pace.budget, here.pace.budget);
    assert.deepStrictEqual([...there.hashed].sort(), [...here.hashed].sort());
    Scratch.close(there);
    assert.deepStrictEqual(readdirSync(join(there.directory, "tmp")), []);
  });

  it("only hash where nothing is to be stored", async () => {
    const from = large("hash");
    const store = ObjectStore.open(join(base, "hash-store"));
    const options = { digestOnly: true };
    const { digest } = await Effect.runPromise(Cas.takeIn(store, () => Capture.walk(store, from, options)));
    assert.deepStrictEqual(digest, Capture.capture(store, from, options).digest);
    assert.isFalse(ObjectStore.has(store, digest));
  });

  it("keep blobs that are what they are said to be, and no others", async () => {
    const store = ObjectStore.open(join(base, "keep"));
    const right = Digest.ofBytes(text("right"));
    const other = Digest.ofBytes(text("other"));
    const unasked = Digest.ofBytes(text("unasked"));
    const answer = Wire.bytesOf(() => {
      for (const [digest, content, code] of [
        [right, "right", 0],
        [other, "wrong", 0],
        [unasked, "unasked", 0],
        [other, "", 5],
        [unasked, "", 13],
        [other, "", 8],
      ] as const) {
        Wire.message(1, () => {
          DirectoryCodec.writeDigest(1, digest);
          Wire.bytes(2, text(content));
          Wire.message(3, () => Wire.integer(1, code));
        });
      }
    });
    const task = { type: "keep", answer, wanted: TreeList.write([right, other]) } as const;
    const [taken] = await Threads.run(store, [task], [answer.buffer]);
    assert.deepStrictEqual(TreeList.read(taken!.lost), [other]);
    assert.deepStrictEqual(taken!.trouble, { digest: other, status: { code: 8, message: "" } });
    assert.deepStrictEqual(ObjectStore.read(store, right), Buffer.from("right"));
    assert.isFalse(ObjectStore.has(store, unasked));
    assert.strictEqual(answer.length, 0);
  });

  it("plant trees of which all came, and as much as came of others", async () => {
    const from = ObjectStore.open(join(base, "plant-from"));
    const { digest: root } = Capture.capture(from, large("plant"));
    const listed = Work.carryOut(from, [{ type: "list", roots: [root] }])[0]!;
    const all = TreeList.read(listed);
    const directories = all.filter((digest) => from.directories.has(digest.hash));
    const cameOf = (some: readonly Digest.Digest[]) => ({
      bytes: Buffer.concat(some.map((digest) => ObjectStore.read(from, digest))),
      hashes: some.map(({ hash }) => hash).join(""),
      sizes: Uint32Array.from(some, ({ size }) => size),
    });
    const hashes = (digests: readonly Digest.Digest[]) => digests.map(({ hash }) => hash).sort();
    const store = ObjectStore.open(join(base, "plant-to"));
    const partly = { type: "plant", root, came: cameOf(directories.filter((_, at) => at % 2 === 0)) } as const;
    assert.deepStrictEqual(await Threads.run(store, [partly]), [undefined]);
    const whole = { type: "plant", root, came: cameOf(directories) } as const;
    const [files] = await Threads.run(store, [whole]);
    const expected = all.filter((digest) => !from.directories.has(digest.hash));
    assert.deepStrictEqual(hashes(TreeList.read(files!)), hashes(expected));
    assert.deepStrictEqual(ObjectStore.missing(store, directories), []);
    const [again] = await Threads.run(store, [{ type: "plant", root, came: cameOf([]) }]);
    assert.deepStrictEqual(hashes(TreeList.read(again!)), hashes(expected));
    // What is only known has to come as well.
    const [child] = directories.filter(({ hash }) => hash !== root.hash);
    rmSync(ObjectStore.path(store, child!));
    const knowing = ObjectStore.open(join(base, "plant-to"));
    ObjectStore.remember(knowing, child!, ObjectStore.readDirectory(from, child!));
    assert.deepStrictEqual(Work.carryOut(knowing, [{ type: "plant", root, came: cameOf([]) }]), [undefined]);
  });

  it("list trees and gather contents as it is done on the spot, and look whether trees are whole", async () => {
    const store = ObjectStore.open(join(base, "reading"));
    const { digest: root } = Capture.capture(store, large("reading-from"));
    const small = Trees.blobs(store, root);
    let step = small.next();
    while (step.done !== true) step = small.next();
    const blobs = step.value.filter(({ size }) => size < 1000);
    const prefix = text("prefix");
    const list = { type: "list", roots: [root, root] } as const;
    const gather = { type: "gather", list: TreeList.write(blobs), size: 0, prefix } as const;
    const outcomes = await Threads.run<Work.ReadTask>(store, [list, gather]);
    assert.deepStrictEqual(outcomes, Work.carryOut<Work.ReadTask>(store, [list, gather]));
    const [listed, gathered] = outcomes;
    const hashes = (digests: readonly Digest.Digest[]) => digests.map(({ hash }) => hash).sort();
    assert.deepStrictEqual(hashes(TreeList.read(listed!)), hashes(step.value));
    assert.deepStrictEqual(Buffer.from(gathered!.subarray(0, 6)).toString(), "prefix");
    const look = { type: "look", root } as const;
    assert.deepStrictEqual(await Threads.run(store, [look]), [undefined]);
    const [lost] = blobs.filter(({ size }) => size < 10);
    rmSync(ObjectStore.path(store, lost!));
    assert.deepStrictEqual(await Threads.run(store, [look]), [lost]);
    // As where nothing was read yet: otherwise it is not a thread that looks.
    store.whole.clear();
    store.directories.clear();
    assert.isTrue(store.present.has(lost!.hash));
    assert.isFalse(await Effect.runPromise(Cas.make(store).hasTree(root)));
    assert.isFalse(store.present.has(lost!.hash), "what a thread does not find is not believed here either");
    writeFileSync(ObjectStore.path(store, lost!), "damaged, and longer");
    ObjectStore.noteWhole(store, [root]);
    assert.deepStrictEqual(await Threads.run(store, [look]), [lost]);
    assert.isFalse(ObjectStore.isWhole(store, root), "what a thread finds damaged is not believed here either");
    const error = await Threads.run(store, [gather]).catch((cause: unknown) => cause);
    assert.instanceOf(error, BstError);
  });

  it("list what is below a directory that is a file as well", () => {
    const store = ObjectStore.open(join(base, "twice"));
    const put = (content: string) => Tree.file(ObjectStore.putBytes(store, text(content)));
    const inner = Tree.make([["deep", put("below")]]);
    const bytes = ObjectStore.read(store, ObjectStore.putTree(store, inner));
    const file = Tree.file(ObjectStore.putBytes(store, bytes));
    // Whichever comes first, in the tree and in the walk.
    for (const names of [
      ["a", "z"],
      ["z", "a"],
    ] as const) {
      const outer = Tree.make([
        [names[0], file],
        ["m", Tree.directory(Tree.make([[names[1], Tree.directory(inner)]]))],
      ]);
      const root = ObjectStore.putTree(store, outer);
      const small = Trees.blobs(store, root);
      let step = small.next();
      while (step.done !== true) step = small.next();
      const hashes = (digests: readonly Digest.Digest[]) => digests.map(({ hash }) => hash).sort();
      assert.include(hashes(step.value), Digest.ofBytes(text("below")).hash);
      assert.deepStrictEqual(hashes(TreeList.read(TreeList.of(store, [root]))), hashes(step.value));
      const { trees, blobs } = Effect.runSync(InputRoot.unknown(store, [root], InputRoot.nothing));
      assert.deepStrictEqual([...new Set(hashes([...trees, ...blobs]))], hashes(step.value));
    }
  });

  it("tell failures as they are told on the spot", async () => {
    const store = ObjectStore.open(join(base, "failing"));
    const from = large("unreadable");
    const missing = { type: "copy", path: join(from, "nothing"), executable: false, size: 1 } as const;
    const cause = await Threads.run(store, [missing]).then(
      () => assert.fail("it is not there"),
      (error: NodeJS.ErrnoException) => error,
    );
    assert.deepStrictEqual([cause.code, cause.path], ["ENOENT", missing.path]);
    // A file that goes away between being listed and being read.
    const walk = Capture.walk(store, from);
    const next = walk.next.bind(walk);
    walk.next = () => {
      const step = next();
      if (typeof step.value === "object" && "tasks" in step.value) rmSync(step.value.tasks.at(-1)?.path as string);
      return step;
    };
    const error = await Effect.runPromise(Effect.flip(Cas.takeIn(store, () => walk)));
    assert.match(error.message, /^Cannot capture .*unreadable\/d\d.*no such file/);
  });

  it("carry error values whole", () => {
    const error = new BstError({ domain: "CAS", reason: "cache-too-full", message: "full", hint: "make room" });
    const again = ThreadWire.failureOf(structuredClone(ThreadWire.failure(error)));
    assert.instanceOf(again, BstError);
    assert.deepStrictEqual(ThreadWire.failure(again), ThreadWire.failure(error));
  });

  it("end with a quota that is used up", async () => {
    const store = ObjectStore.open(join(base, "quota"));
    store.pace.budget = 2 ** 20;
    store.pace.refill = () => ObjectStore.raiseMissing(Digest.empty);
    const from = large("quota-from");
    const error = await Effect.runPromise(Effect.flip(Cas.takeIn(store, () => Capture.walk(store, from))));
    assert.match(error.message, /is missing from the store/);
  });
});
