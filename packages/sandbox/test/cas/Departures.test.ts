/** Content that leaves while the store loses some of it: what is not here any more is not believed to be. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, assert, it } from "@effect/vitest";
import * as DirectoryCodec from "@millrace/core/tree/DirectoryCodec";
import * as Tree from "@millrace/core/tree/Tree";
import * as Cas from "@millrace/sandbox/cas/Cas";
import * as Departures from "@millrace/sandbox/cas/Departures";
import * as ObjectStore from "@millrace/sandbox/cas/ObjectStore";
import * as TreeList from "@millrace/sandbox/cas/TreeList";
import * as Effect from "effect/Effect";

const base = mkdtempSync(join(tmpdir(), "millrace-departures-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

it.effect("a directory that vanished makes a list fail, and its tree is not whole afterwards", () =>
  Effect.gen(function* () {
    const cas = Cas.open(base);
    const inner = Tree.make([["f", Tree.file(ObjectStore.putBytes(cas.store, Buffer.from("content")))]]);
    const root = yield* cas.putTree(Tree.make([["d", Tree.directory(inner)]]));
    assert.isTrue(yield* cas.hasTree(root));
    rmSync(ObjectStore.path(cas.store, DirectoryCodec.digestOf(inner)));
    assert.strictEqual((yield* Effect.flip(Departures.list(cas.store, [root]))).domain, "CAS");
    assert.isFalse(yield* cas.hasTree(root));
  }),
);

it.effect("a directory of more bytes than there is memory is a directory that is missing", () =>
  Effect.gen(function* () {
    const { store } = Cas.open(base);
    const { hash } = ObjectStore.putTree(store, Tree.make([["link", Tree.symlink("elsewhere")]]));
    assert.strictEqual((yield* Effect.flip(Departures.list(store, [{ hash, size: 2 ** 45 }]))).domain, "CAS");
  }),
);

it.effect("a blob that turns out damaged puts every tree in doubt", () =>
  Effect.gen(function* () {
    const cas = Cas.open(base);
    const file = ObjectStore.putBytes(cas.store, Buffer.from("damaged later"));
    const root = yield* cas.putTree(Tree.make([["f", Tree.file(file)]]));
    assert.isTrue(yield* cas.hasTree(root));
    assert.isTrue(ObjectStore.isWhole(cas.store, root));
    rmSync(ObjectStore.path(cas.store, file));
    writeFileSync(ObjectStore.path(cas.store, file), "damaged LATER");
    const upload = { list: TreeList.write([file]), size: file.size, prefix: new Uint8Array(0) };
    assert.strictEqual((yield* Effect.flip(Departures.gather(cas.store, upload))).domain, "CAS");
    assert.isFalse(yield* cas.hasTree(root));
  }),
);
