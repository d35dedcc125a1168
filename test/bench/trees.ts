/**
 * `npm run bench:trees`: what capturing, checking out, merging and staging cost, beside what the machine can do at best (`sha256sum` on all cores, `cp -a`, `cp -al`
 * over the same files). The times are of the work alone, without the start of a process; best of `--runs N` (default 3), each on a fresh store. Processor seconds (of all
 * threads) say more where other work runs beside it. Arguments: names
 * of cases. The Debian root is the example's (`sh scripts/example-inputs.sh`).
 */
import { execFileSync } from "node:child_process";
import {
  existsSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Directory } from "@millrace/core/tree/Directory";
import * as Draft from "@millrace/core/tree/Draft";
import * as Import from "@millrace/core/tree/Import";
import * as Paths from "@millrace/core/tree/Paths";
import * as Tree from "@millrace/core/tree/Tree";
import * as Capture from "@millrace/sandbox/cas/Capture";
import * as Cas from "@millrace/sandbox/cas/Cas";
import * as Checkout from "@millrace/sandbox/cas/Checkout";
import * as ObjectStore from "@millrace/sandbox/cas/ObjectStore";
import * as CaptureUpper from "@millrace/sandbox/staging/CaptureUpper";
import * as Roots from "@millrace/sandbox/staging/Roots";
import * as Effect from "effect/Effect";
import { root } from "../support/tools.ts";

interface Span {
  readonly seconds: number;
  /** Of the processor, on all threads. */
  readonly processor: number;
}

interface Measured {
  readonly ours: Span;
  /** Seconds. */
  readonly limit?: number;
  readonly note?: string;
}

const place = mkdtempSync(join(tmpdir(), "millrace-trees-"));
let counter = 0;
const fresh = (): string => join(place, String(counter++));
const debian = join(root, "examples/hello-debian/files/debian");

function begin(): () => Span {
  const began = performance.now();
  const used = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(used);
    return { seconds: (performance.now() - began) / 1000, processor: (user + system) / 1e6 };
  };
}

function timed(body: () => unknown): Span {
  const end = begin();
  body();
  return end();
}

async function awaited(body: () => Promise<unknown>): Promise<Span> {
  const end = begin();
  await body();
  return end();
}

/** Seconds that a program takes. */
function limitOf(program: string, ...args: readonly string[]): number {
  return timed(() => execFileSync(program, args)).seconds;
}

function debianRoot(): string {
  if (!existsSync(debian)) throw new Error("The example's inputs are missing: sh scripts/example-inputs.sh makes them");
  return debian;
}

/** Captures as a session does, on threads. */
function captureWith(store: ObjectStore.ObjectStore, from: string, options?: Capture.CaptureOptions): Promise<Span> {
  return awaited(() => Effect.runPromise(Cas.takeIn(store, () => Capture.walk(store, from, options))));
}

function drain<A>(steps: Generator<void, A>): A {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** A tree of so many small files in directories of 100; `salt` makes some of them other ones. */
function wide(store: ObjectStore.ObjectStore, files: number, salt: ReadonlySet<number> = new Set()): Directory {
  const draft = Draft.create();
  for (let at = 0; at < files; at += 100) {
    const entries = Array.from({ length: 100 }, (_, index) => {
      const text = `${at + index}${salt.has(at + index) ? " changed" : ""}`;
      return [`f${index}`, Tree.file(ObjectStore.putBytes(store, Buffer.from(text)))] as const;
    });
    const group = Paths.openDraft(draft, `/usr/g${Math.floor(at / 10_000)}`, ObjectStore.reader(store));
    Draft.put(group, `d${at}`, Tree.directory(Tree.make(entries)));
  }
  const tree = Draft.freeze(draft);
  ObjectStore.putTree(store, tree);
  return tree;
}

/** Stages a tree for a run and lets it go; gives the time until it could have been run. */
function stage(roots: Roots.RootsShape, tree: Directory): Promise<Span> {
  return Effect.runPromise(
    Effect.scoped(
      Effect.gen(function* () {
        const end = begin();
        yield* roots.stage(tree, { base: tree, writable: undefined });
        return end();
      }),
    ),
  );
}

async function staging(change: ReadonlySet<number>, files: number): Promise<Measured> {
  const store = ObjectStore.open(fresh());
  const tree = wide(store, files);
  const next = wide(store, files, change);
  const { close, ...roots } = await Effect.runPromise(Roots.make(store));
  await Effect.runPromise(roots.capabilities);
  const first = await stage(roots, tree);
  const ours = await stage(roots, next);
  close();
  return { ours, note: `the first of ${files} files took ${first.seconds.toFixed(2)} s` };
}

/** Captures ten changed files of an upper layer over a root of so many. */
function captureOver(files: number): Span {
  const store = ObjectStore.open(fresh());
  const staged = wide(store, files);
  const upper = fresh();
  mkdirSync(join(upper, "usr/g0/d0"), { recursive: true });
  const merged = fresh();
  mkdirSync(merged);
  for (let index = 0; index < 10; index++) writeFileSync(join(upper, `usr/g0/d0/f${index}`), `new ${index}`);
  // What the merged view of the overlay lists in the directories that changed.
  for (const directory of ["", "usr", "usr/g0", "usr/g0/d0"]) {
    mkdirSync(join(merged, directory), { recursive: true });
    const tree = Paths.openDirectory(staged, `/${directory}`, { reader: ObjectStore.reader(store) });
    for (const [name, entry] of tree.entries) {
      const path = join(merged, directory, name);
      if (entry.type === "directory") mkdirSync(path, { recursive: true });
      else writeFileSync(path, "");
    }
  }
  const options = { store, keepMtimes: false, known: new Map() };
  return timed(() => drain(CaptureUpper.capture({ upper, merged, staged }, options)));
}

const cases: Readonly<Record<string, () => Measured | Promise<Measured>>> = {
  "import-debian": async () => {
    const from = debianRoot();
    const script = `find "$1" -type f -print0 | xargs -0 -n 200 -P ${availableParallelism()} sha256sum > /dev/null`;
    const limit = limitOf("sh", "-c", script, "sh", from);
    return { ours: await captureWith(ObjectStore.open(fresh()), from), limit, note: "limit: sha256sum" };
  },
  "hash-debian": async () => {
    const store = ObjectStore.open(fresh());
    const ours = await captureWith(store, debianRoot(), { digestOnly: true });
    const limit = timed(() => Capture.capture(store, debianRoot(), { digestOnly: true })).seconds;
    return { ours, limit, note: "nothing is stored; limit: on one thread" };
  },
  "import-debian-again": () => {
    const store = ObjectStore.open(fresh());
    Capture.capture(store, debianRoot(), { remember: true });
    return { ours: timed(() => Capture.capture(store, debianRoot(), { remember: true })), note: "nothing changed" };
  },
  checkout: async () => {
    const store = ObjectStore.open(fresh());
    const { digest } = Capture.capture(store, debianRoot());
    const limit = limitOf("cp", "-a", debianRoot(), fresh());
    const ours = await awaited(() => Effect.runPromise(Checkout.checkout(store, digest, fresh())));
    return { ours, limit, note: "limit: cp -a" };
  },
  "checkout-hardlinks": async () => {
    const store = ObjectStore.open(fresh());
    const { digest } = Capture.capture(store, debianRoot());
    const out = fresh();
    const ours = await awaited(() => Effect.runPromise(Checkout.checkout(store, digest, out, { link: true })));
    return { ours, limit: limitOf("cp", "-al", out, fresh()), note: "limit: cp -al" };
  },
  "stage-unchanged": () => staging(new Set(), 100_000),
  "stage-10-of-100000": () => staging(new Set(Array.from({ length: 10 }, (_, index) => index * 9_973)), 100_000),
  "merge-500x200": () => {
    const none = { hash: "0".repeat(64), size: 1 };
    const artifacts = Array.from({ length: 500 }, (_, artifact) => {
      const files = Array.from({ length: 200 }, (_, index) => [`f${artifact}-${index}`, Tree.file(none)] as const);
      const own = Tree.make([
        ["bin", Tree.directory(Tree.make(files.slice(0, 20)))],
        ["lib", Tree.directory(Tree.make(files.slice(20, 100)))],
        ["share", Tree.directory(Tree.make([[`p${artifact}`, Tree.directory(Tree.make(files.slice(100)))]]))],
      ]);
      return Tree.make([["usr", Tree.directory(own)]]);
    });
    const ours = timed(() => {
      const draft = Draft.create();
      for (const artifact of artifacts) Import.intoDraft(draft, artifact, { reader: () => Tree.empty });
      Draft.freeze(draft);
    });
    return { ours, note: "in memory" };
  },
  "capture-upper": () => {
    const few = captureOver(1_000).seconds;
    const ours = captureOver(100_000);
    return { ours, limit: few, note: "limit: the same ten files over a root of 1,000 instead of 100,000" };
  },
  "capture-huge": () => {
    const from = fresh();
    mkdirSync(from);
    const size = 4 * 2 ** 30;
    ftruncateSync(openSync(join(from, "sparse"), "w"), size);
    const limit = limitOf("sha256sum", join(from, "sparse"));
    const before = process.memoryUsage.rss();
    const ours = timed(() => Capture.capture(ObjectStore.open(fresh()), from, { digestOnly: true }));
    const grown = (process.memoryUsage.rss() - before) / 2 ** 20;
    return { ours, limit, note: `4 GiB hashed; memory grew by ${grown.toFixed(0)} MiB; limit: sha256sum` };
  },
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { runs: { type: "string", default: "3" } },
});
const cell = (value: number | undefined, digits: number): string =>
  (value === undefined ? "-" : value.toFixed(digits)).padStart(9);
console.log(
  `${"case".padEnd(22)}${"ours s".padStart(9)}${"cpu s".padStart(9)}${"limit s".padStart(9)}${"ratio".padStart(9)}`,
);
try {
  for (const [name, run] of Object.entries(cases)) {
    if (positionals.length > 0 && !positionals.includes(name)) continue;
    const results: Measured[] = [];
    for (let turn = 0; turn < Number(values.runs); turn++) {
      results.push(await run());
      for (const left of readdirSync(place)) rmSync(join(place, left), { recursive: true, force: true });
    }
    const ours = Math.min(...results.map((result) => result.ours.seconds));
    const processor = Math.min(...results.map((result) => result.ours.processor));
    const limits = results.flatMap(({ limit }) => (limit === undefined ? [] : [limit]));
    const limit = limits.length === 0 ? undefined : Math.min(...limits);
    const ratio = limit === undefined ? undefined : ours / limit;
    console.log(
      `${name.padEnd(22)}${cell(ours, 3)}${cell(processor, 3)}${cell(limit, 3)}${cell(ratio, 2)}  ${results.at(-1)?.note ?? ""}`,
    );
  }
} finally {
  rmSync(place, { recursive: true, force: true });
}
