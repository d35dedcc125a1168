/** What BuildStream's own storage tests try, on trees of the store and on real directories: `test/golden/tree/storage.py` has BuildStream's answers. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, assert, describe, it } from "@effect/vitest";
import * as Command from "@millrace/core/conformance/Command";
import * as Sample from "@millrace/core/conformance/Sample";
import type { BstError } from "@millrace/core/error/BstError";
import * as Diff from "@millrace/core/tree/Diff";
import * as Digest from "@millrace/core/tree/Digest";
import type { Directory, Entry } from "@millrace/core/tree/Directory";
import * as DirectoryCodec from "@millrace/core/tree/DirectoryCodec";
import * as Import from "@millrace/core/tree/Import";
import * as Paths from "@millrace/core/tree/Paths";
import * as Tree from "@millrace/core/tree/Tree";
import * as Capture from "@millrace/sandbox/cas/Capture";
import * as Checkout from "@millrace/sandbox/cas/Checkout";
import * as ObjectStore from "@millrace/sandbox/cas/ObjectStore";
import * as TreeQuestions from "@millrace/sandbox/plugins/TreeQuestions";
import type * as Wire from "@millrace/sandbox/plugins/Wire";
import * as Effect from "effect/Effect";
import * as Result from "effect/Result";

type Step = readonly [operation: string, ...rest: unknown[]];
type Timed = { readonly [name: string]: Timed | readonly [kind: string, text: string, seconds: number] };
type Row =
  | { readonly tree: Sample.Sample; readonly steps: readonly Step[]; readonly end: Sample.Sample }
  | { readonly destination: Sample.Sample; readonly source: Sample.Sample; readonly answer: Imported }
  | { readonly destination: Timed; readonly before: Timed; readonly after: Timed; readonly end: Timed };
interface Imported {
  readonly digest: string;
  readonly list: readonly string[];
}

const rows = readFileSync(new URL("../../../../test/golden/tree/storage.jsonl", import.meta.url), "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line) as Row);

const base = mkdtempSync(join(tmpdir(), "millrace-storage-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));
const store = ObjectStore.open(join(base, "cache"));
const reader = ObjectStore.reader(store);
let count = 0;

/** A sample as a tree whose files are in the store. */
function stored(sample: Sample.Sample, texts: Sample.Texts): Directory {
  const tree = Sample.toDirectory(sample, texts);
  for (const text of texts.values()) ObjectStore.putBytes(store, Buffer.from(text));
  return tree;
}

/** A tree written as a directory, and that captured. */
async function onDisk(tree: Directory): Promise<Digest.Digest> {
  const place = join(base, String(count++));
  await Effect.runPromise(Checkout.checkout(store, ObjectStore.putTree(store, tree), place));
  const { digest } = Capture.capture(store, place);
  rmSync(place, { recursive: true });
  return digest;
}

/** How a plugin's directory asks for each operation, and what it makes of the answer. */
const questions: Readonly<
  Record<
    string,
    (...rest: never[]) => readonly [question: string, args: Wire.Arguments, made?: (data: never) => unknown]
  >
> = {
  paths: () => ["tree-paths", { path: "" }],
  names: (path: string) => ["tree-list", { path }, (names: string[]) => names.sort()],
  look: (path: string, follow: boolean) => [
    "tree-stat",
    { path, follow },
    ({ type, executable, size }: { type: string; executable?: boolean; size?: number }) => [
      type,
      executable ?? false,
      size ?? 0,
    ],
  ],
  target: (path: string) => ["tree-readlink", { path }],
  digest: (path: string) => ["tree-digest", { path }],
  read: (path: string) => ["tree-read", { path }, (file: string) => readFileSync(file, "utf8")],
  write: (path: string, text: string) => {
    const file = join(base, "written");
    writeFileSync(file, text);
    return ["tree-write", { path, file }];
  },
  remove: (path: string, recursive: boolean) => ["tree-remove", { path, recursive }],
  rename: (path: string, to: string) => ["tree-rename", { path, to }],
};

/** Answers a step as a plugin would hear it. */
async function carryOut(root: { tree: Directory }, [operation, ...given]: Step): Promise<unknown> {
  const roots: TreeQuestions.Roots = {
    get: () => root.tree,
    set: (_, tree) => {
      root.tree = tree;
    },
    bring: () => Effect.void,
  };
  const ask = async (question: string, args: Wire.Arguments): Promise<unknown> => {
    const asked = await Effect.runPromise(
      Effect.result(TreeQuestions.answer(store, roots, question, { root: 0, ...args })),
    );
    return Result.isSuccess(asked) ? asked.success : { error: (asked.failure as BstError).reason };
  };
  if (operation === "open" || operation === "create") {
    const opened = await ask("tree-open", {
      path: given[0] as string,
      follow: given[1] === true,
      create: operation === "create",
    });
    if (typeof opened !== "string") return opened;
    return ((await ask("tree-list", { path: opened })) as string[]).sort();
  }
  if (operation === "write") {
    const there = await ask("tree-place", { path: given[0] as string });
    if (there !== null && there !== "file") return typeof there === "string" ? { error: null } : there;
  }
  const [question, args, made] = (questions[operation] as (typeof questions)[string])(...(given as never[]));
  const answer = await ask(question, args);
  return made === undefined || (answer as { error?: unknown } | null)?.error !== undefined
    ? answer
    : made(answer as never);
}

function timed(sample: Timed): Directory {
  return Tree.make(
    Object.entries(sample).map(([name, node]): [string, Entry] => {
      if (!Array.isArray(node)) return [name, Tree.directory(timed(node as Timed))];
      const [kind, text, seconds] = node as [string, string, number];
      const file = Tree.file(ObjectStore.putBytes(store, Buffer.from(text)), kind === "exec");
      return [name, { ...file, mtime: { seconds, nanos: 0 } }];
    }),
  );
}

describe("BuildStream's storage tests", () => {
  it("looking, writing, removing, renaming and opening", async () => {
    let steps = 0;
    for (const row of rows) {
      if (!("steps" in row)) continue;
      const texts: Sample.Texts = new Map();
      const root = { tree: stored(row.tree, texts) };
      for (const step of row.steps) {
        const answer = await carryOut(root, step.slice(0, -1) as unknown as Step);
        assert.deepStrictEqual({ tree: row.tree, step, answer }, { tree: row.tree, step, answer: step.at(-1) });
        steps++;
      }
      const end = stored(row.end, texts);
      assert.deepStrictEqual(DirectoryCodec.digestOf(root.tree), DirectoryCodec.digestOf(end));
      if (steps % 7 === 0) assert.deepStrictEqual(await onDisk(root.tree), DirectoryCodec.digestOf(end));
    }
    assert.isAbove(steps, 1500);
  });

  it("large trees imported over each other", async () => {
    const large = rows.filter((row) => "answer" in row);
    for (const { destination, source, answer } of large) {
      const texts: Sample.Texts = new Map();
      const inMemory = [stored(destination, texts), stored(source, texts)] as const;
      const places = [join(base, String(count++)), join(base, String(count++))] as const;
      Command.write(destination, places[0], 1_600_000_000);
      Command.write(source, places[1], 1_700_000_000);
      const captured = places.map((place) => Capture.capture(store, place).directory);
      for (const [into, from] of [inMemory, captured] as (readonly [Directory, Directory])[]) {
        const { tree } = Import.into(into, from, { reader });
        assert.strictEqual(Digest.format(DirectoryCodec.digestOf(tree)), answer.digest);
        assert.deepStrictEqual(Paths.listPaths(tree, reader), answer.list);
        if (into !== inMemory[0]) assert.strictEqual(Digest.format(await onDisk(tree)), answer.digest);
      }
    }
    assert.strictEqual(large.length, 16);
  });

  it("changes of modes and times carried over to a build tree", () => {
    const carried = rows.filter((row) => "before" in row);
    for (const row of carried) {
      const made = Diff.carryOver(timed(row.destination), timed(row.before), timed(row.after));
      assert.deepStrictEqual(DirectoryCodec.digestOf(made), DirectoryCodec.digestOf(timed(row.end)));
    }
    assert.strictEqual(carried.length, 5);
  });
});
