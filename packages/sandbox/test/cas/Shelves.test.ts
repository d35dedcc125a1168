import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as Digest from "@millrace/core/tree/Digest";
import * as ObjectStore from "@millrace/sandbox/cas/ObjectStore";
import * as Shelves from "@millrace/sandbox/cas/Shelves";
import * as TreeList from "@millrace/sandbox/cas/TreeList";
import { afterAll, expect, it } from "vitest";

const base = mkdtempSync(join(tmpdir(), "millrace-shelves-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const bytes = (index: number): Uint8Array => new TextEncoder().encode(`object ${index}`);
/** So many that every shelf is listed. */
const count = 6000;
const digests = Array.from({ length: count }, (_, index) => Digest.ofBytes(bytes(index)));

const missing = (store: ObjectStore.ObjectStore, asked: readonly Digest.Digest[]): readonly Digest.Digest[] =>
  TreeList.read(Shelves.missing(store, TreeList.write(asked)));

it("misses what is missing, before shelves are listed and after, and sees what this store adds and loses", () => {
  const store = ObjectStore.open(join(base, "store"));
  const put = (index: number) => ObjectStore.putBytes(store, bytes(index));
  for (let index = 0; index < 400; index++) put(index);
  // A value of its own: it knows nothing of what the other stored.
  const other = ObjectStore.open(join(base, "store"));
  for (let from = 0; from < count; from += 300) {
    const asked = [...digests.slice(from, from + 300), ...digests.slice(0, 50)];
    expect(missing(other, asked)).toEqual(digests.slice(Math.max(400, from), Math.max(400, from + 300)));
  }
  for (let index = 5000; index < 5100; index++) ObjectStore.putBytes(other, bytes(index));
  expect(missing(other, digests)).toEqual([...digests.slice(400, 5000), ...digests.slice(5100)]);
  // Somebody else's is only brought once more.
  put(5200);
  expect(missing(other, [digests[5200]!])).toEqual([digests[5200]]);
  const third = ObjectStore.open(join(base, "store"));
  rmSync(ObjectStore.path(store, digests[0]!));
  expect(missing(third, digests.slice(0, 3))).toEqual([digests[0]]);
});

it("looks into no shelf that is not there", () => {
  const store = ObjectStore.open(join(base, "empty"));
  expect(missing(store, [...digests, ...digests])).toEqual(digests);
});
