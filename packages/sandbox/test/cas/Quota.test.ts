/** Limits of the store: what goes, what never goes, and what is told when nothing more can go. */
import { spawn } from "node:child_process";
import {
  existsSync,
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
import * as SourceCodec from "@millrace/core/artifact/SourceCodec";
import type { BstError } from "@millrace/core/error/BstError";
import type { Digest } from "@millrace/core/tree/Digest";
import * as Tree from "@millrace/core/tree/Tree";
import * as Expiry from "@millrace/sandbox/cas/Expiry";
import * as Leftovers from "@millrace/sandbox/cas/Leftovers";
import type { Limits } from "@millrace/sandbox/cas/Locations";
import * as Maintenance from "@millrace/sandbox/cas/Maintenance";
import * as ObjectStore from "@millrace/sandbox/cas/ObjectStore";
import * as Quota from "@millrace/sandbox/cas/Quota";
import * as Records from "@millrace/sandbox/cas/Records";
import * as Scratch from "@millrace/sandbox/cas/Scratch";
import * as Usage from "@millrace/sandbox/cas/Usage";
import * as fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";

const base = mkdtempSync(join(tmpdir(), "millrace-quota-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

let counter = 0;
function fresh(): { store: ObjectStore.ObjectStore; cachedir: string; again: () => ObjectStore.ObjectStore } {
  const cachedir = join(base, String(counter++));
  return { store: ObjectStore.open(cachedir), cachedir, again: () => ObjectStore.open(cachedir) };
}

function limits(bytes: number, lowWatermark = 0.8): Limits {
  return { quota: { type: "bytes", bytes }, reserved: { type: "bytes", bytes: 0 }, lowWatermark };
}

function put(store: ObjectStore.ObjectStore, text: string, size: number): Digest {
  return ObjectStore.putBytes(store, Buffer.alloc(size, text));
}

function age(store: ObjectStore.ObjectStore, digest: Digest, seconds: number): void {
  const time = Date.now() / 1000 - seconds;
  utimesSync(ObjectStore.path(store, digest), time, time);
  store.present.delete(digest.hash);
}

function total(store: ObjectStore.ObjectStore): number {
  return [...Usage.objects(store)].reduce((sum, { stats }) => sum + stats.size, 0);
}

function drain<A>(steps: Generator<void, A>): A {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

describe("quota", () => {
  it("expires the least recently used objects down to the low watermark", () => {
    const { store, again } = fresh();
    const old = ["a", "b", "c", "d"].map((text, at) => {
      const digest = put(store, text, 2000);
      age(store, digest, 100 - at);
      return digest;
    });
    const later = again();
    const end = Quota.install(later, limits(9000, 0.5));
    expect(ObjectStore.has(later, old[0] as Digest)).toBe(true);
    const fifth = put(later, "e", 2000);
    end();
    expect(total(later)).toBeLessThanOrEqual(4500);
    expect([...old, fifth].map((digest) => existsSync(ObjectStore.path(later, digest)))).toEqual([
      true,
      false,
      false,
      false,
      true,
    ]);
  });

  it("never takes what this session used, and says so when that alone is too much", () => {
    const { store, again } = fresh();
    const first = put(store, "a", 8000);
    age(store, first, 50);
    const later = again();
    const end = Quota.install(later, limits(10_000));
    expect(ObjectStore.has(later, first)).toBe(true);
    expect(() => put(later, "b", 8000)).toThrow(/full/);
    try {
      put(later, "c", 8000);
    } catch (cause) {
      expect([(cause as BstError).domain, (cause as BstError).reason]).toEqual(["CAS", "cache-too-full"]);
    }
    end();
    expect(existsSync(ObjectStore.path(later, first))).toBe(true);
  });

  it("spares what another running process uses, and no longer once it has ended", async () => {
    const { store, cachedir, again } = fresh();
    const used = put(store, "a", 3000);
    age(store, used, 60);
    const sessions = join(store.privateDirectory, "sessions");
    mkdirSync(sessions, { recursive: true });
    const other = spawn("sleep", ["60"]);
    const stat = readFileSync(`/proc/${other.pid}/stat`, "latin1");
    const started = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
    writeFileSync(join(sessions, `${other.pid}-${started}-0`), String(Date.now() - 120_000));
    const later = again();
    const end = Quota.install(later, limits(4000));
    expect(() => put(later, "b", 2000)).toThrow(/full/);
    expect(existsSync(ObjectStore.path(store, used))).toBe(true);
    const ended = new Promise((resolve) => other.on("close", resolve));
    other.kill("SIGKILL");
    await ended;
    put(later, "c", 500);
    end();
    expect(existsSync(ObjectStore.path(store, used))).toBe(false);
    expect(readdirSync(join(cachedir, "millrace/sessions"))).toHaveLength(1);
  });

  it("costs no look at objects while there is room", () => {
    const { store, again } = fresh();
    put(store, "a", 1000);
    Usage.measure(store, Date.now());
    // What was measured is believed: an object that was put there behind the store's back is not seen.
    writeFileSync(`${store.directory}/objects/00/${"0".repeat(62)}`, Buffer.alloc(5000));
    const later = again();
    const end = Quota.install(later, limits(4000));
    put(later, "b", 1000);
    end();
    expect(Usage.bytes(later, Date.now())).toBe(2000);
    expect(Usage.bytes(later, Date.now() + 3_700_000)).toBe(7000);
  });

  it("counts what several stores add", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 12 }), (sizes) => {
        const { cachedir } = fresh();
        const stores = [0, 1, 2].map(() => ObjectStore.open(cachedir));
        const ends = stores.map((store) => Quota.install(store, limits(1e12)));
        for (const [at, size] of sizes.entries()) put(stores[at % 3] as ObjectStore.ObjectStore, `${at}`, size);
        for (const end of ends) end();
        expect(Usage.bytes(stores[0] as ObjectStore.ObjectStore, Date.now())).toBe(
          total(stores[0] as ObjectStore.ObjectStore),
        );
      }),
      { numRuns: 20 },
    );
  });

  it("reckons limits as shares and amounts, and keeps the reserved space free", () => {
    const space = { total: 1000, free: 300 };
    const none = { type: "infinity" } as const;
    const reserved = { type: "percent", percent: 5 } as const;
    const low = { lowWatermark: 0.8 };
    expect(Quota.effective({ quota: none, reserved, ...low }, 400, space)).toBeUndefined();
    expect(Quota.effective({ quota: none, reserved, ...low }, 400, { total: 1000, free: 20 })).toBe(370);
    expect(Quota.effective({ quota: { type: "percent", percent: 50 }, reserved, ...low }, 400, space)).toBe(500);
    expect(Quota.effective({ quota: { type: "bytes", bytes: 900 }, reserved, ...low }, 400, space)).toBe(650);
    expect(Quota.inBytes({ type: "bytes", bytes: 0 }, 1000)).toBeUndefined();
  });
});

describe("expiry", () => {
  it("puts an object back that is used at the very moment", () => {
    const { store } = fresh();
    const digest = put(store, "a", 10);
    const horizon = Date.now() - 50_000;
    const [found] = [...Usage.objects(store)];
    expect(Expiry.remove(store, found as Usage.Found, horizon)).toBe(false);
    age(store, digest, 100);
    expect(Expiry.remove(store, found as Usage.Found, horizon)).toBe(true);
    Scratch.close(store);
    expect(readdirSync(join(store.directory, "tmp"))).toEqual([]);
  });

  it("removes what dead processes left, and nothing else", () => {
    const { store, cachedir } = fresh();
    const tmp = join(store.directory, "tmp");
    const alive = Scratch.temporary(store);
    for (const path of [alive, join(tmp, "999999999-1-0-abc"), join(tmp, "casd-file")]) writeFileSync(path, "");
    mkdirSync(join(cachedir, "tmp", "999999999-1-0-git-x"), { recursive: true });
    Leftovers.clean(store, cachedir);
    expect(readdirSync(tmp)).toHaveLength(2);
    expect(readdirSync(join(cachedir, "tmp"))).toEqual([]);
  });
});

describe("maintenance", () => {
  function record(store: ObjectStore.ObjectStore, cachedir: string, key: string, texts: readonly string[]): Digest {
    const tree = Tree.make(texts.map((text) => [text, Tree.file(put(store, text, 100), false)] as const));
    const inner = Tree.make([["below", Tree.directory(tree)]]);
    const files = ObjectStore.putTree(store, inner);
    Records.write(join(cachedir, "elementsources", key), SourceCodec.encode({ version: 0, files }));
    return files;
  }

  it("verify finds damage, puts it aside and names what it hits", () => {
    const { store, cachedir, again } = fresh();
    record(store, cachedir, "one", ["a", "b"]);
    record(store, cachedir, "two", ["b", "c"]);
    record(store, cachedir, "three", ["d"]);
    expect(drain(Maintenance.verify(again(), cachedir))).toMatchObject({ damaged: [], hit: [] });
    const bad = put(store, "b", 100);
    const path = ObjectStore.path(store, bad);
    rmSync(path);
    writeFileSync(path, Buffer.alloc(100, "x"));
    const found = drain(Maintenance.verify(again(), cachedir));
    expect(found.damaged).toEqual([bad.hash]);
    expect([...found.hit].sort()).toEqual(["elementsources/one", "elementsources/two"]);
    expect(Maintenance.quarantined(store, bad.hash)).toEqual(Buffer.alloc(100, "x"));
    expect(drain(Maintenance.verify(again(), cachedir)).damaged).toEqual([]);
  });

  it("collection keeps what records reach, and nothing else", () => {
    const { store, cachedir, again } = fresh();
    const kept = record(store, cachedir, "kept", ["a"]);
    const broken = record(store, cachedir, "broken", ["b"]);
    put(store, "nobody's", 100);
    rmSync(ObjectStore.path(store, put(store, "b", 100)));
    for (const { path } of Usage.objects(store)) utimesSync(path, 1000, 1000);
    utimesSync(join(cachedir, "elementsources", "broken"), 1000, 1000);
    const later = again();
    expect(drain(Maintenance.collect(later, cachedir, false))).toMatchObject({ records: 1, objects: 3 });
    expect(readdirSync(join(cachedir, "elementsources"))).toEqual(["kept"]);
    expect(ObjectStore.findDirectory(again(), kept)).toBeDefined();
    expect(ObjectStore.findDirectory(again(), broken)).toBeUndefined();
    const shares = drain(Maintenance.inventory(cachedir, join(cachedir, "sources"), join(cachedir, "logs")));
    expect(shares.find(({ kind }) => kind === "objects")?.count).toBe(3);
  });
});
