import * as Result from "effect/Result";
import { describe, expect, test } from "vitest";
import * as Sample from "../../conformance/Sample.ts";
import * as BstError from "../../src/error/BstError.ts";
import type { Directory } from "../../src/tree/Directory.ts";
import * as Paths from "../../src/tree/Paths.ts";
import { lines } from "./golden.ts";

const texts: Sample.Texts = new Map();
const directory = (sample: Sample.Sample): Directory => Sample.toDirectory(sample, texts);
const back = (tree: Directory): Sample.Sample => Sample.fromDirectory(tree, texts);

function reasonOf(body: () => unknown): string | null | undefined {
  const result = BstError.attempt(body);
  if (Result.isSuccess(result)) return undefined;
  expect(result.failure.domain).toBe("VIRTUAL_FS");
  return result.failure.reason;
}

interface Row {
  readonly tree: Sample.Sample;
  readonly answers: readonly {
    readonly path: string;
    readonly there: boolean;
    readonly followed: boolean | "loop";
    readonly open: string | readonly string[];
    readonly openFollowed: string | readonly string[];
  }[];
}

function opened(root: Directory, path: string, follow: boolean): string | readonly string[] {
  const result = BstError.attempt(() => Paths.openDirectory(root, path, { follow }));
  if (Result.isSuccess(result)) return [...result.success.entries.keys()].sort();
  return result.failure.reason === "symlink-loop" ? "loop" : String(result.failure.reason);
}

test.each(lines<Row>("tree/resolve.jsonl").map((row, index) => [index, row] as const))(
  "tree %i resolves as BuildStream does",
  (_, { tree, answers }) => {
    const root = directory(tree);
    for (const { path, there, followed, open, openFollowed } of answers) {
      expect([path, Paths.exists(root, path)]).toEqual([path, there]);
      expect([path, Paths.exists(root, path, { follow: true })]).toEqual([path, followed === true]);
      expect([path, opened(root, path, false)]).toEqual([path, open]);
      expect([path, opened(root, path, true)]).toEqual([path, openFollowed]);
    }
  },
);

describe("resolution", () => {
  const root = directory({
    usr: { bin: { sh: ["exec", "#!"] }, sbin: ["link", "bin"] },
    bin: ["link", "/usr/bin"],
    up: ["link", "../../../../usr/bin/"],
    here: ["link", "."],
    top: ["link", "/"],
    chain: ["link", "up"],
    one: ["link", "two"],
    two: ["link", "one"],
    broken: ["link", "nowhere"],
  });

  test.each([
    "/bin/sh",
    "bin/sh",
    "up/sh",
    "chain/sh",
    "usr/sbin/sh",
    "here/here/usr/../bin/sh",
    "top/top/bin/sh",
    "../../usr//bin/./sh",
  ])("%s leads to the shell", (path) => {
    expect(Paths.find(root, path, { follow: true })).toMatchObject({ type: "entry", path: "usr/bin/sh" });
  });

  test("leaves a link's directory by .. as an operating system does", () => {
    expect(Paths.find(root, "bin/../sbin/sh", { follow: true })).toMatchObject({ path: "usr/bin/sh" });
  });

  test("tells loops, missing things and files in the way apart", () => {
    expect(Paths.find(root, "one", { follow: true }).type).toBe("loop");
    expect(Paths.find(root, "broken", { follow: true })).toEqual({ type: "missing", path: "nowhere" });
    expect(Paths.find(root, "bin/sh/x", { follow: true })).toEqual({ type: "blocked", path: "usr/bin/sh", by: "file" });
    expect(Paths.find(root, "bin/sh")).toEqual({ type: "blocked", path: "bin", by: "symlink" });
    expect(Paths.find(root, "/").type).toBe("root");
    expect(reasonOf(() => Paths.openDirectory(root, "one", { follow: true }))).toBe("symlink-loop");
  });
});

describe("changes", () => {
  const root = directory({ a: { b: ["file", "x"] }, l: ["link", "a"], e: {} });
  const entry = Paths.lookup(root, "a/b")!;

  test("insert makes parents and shares the rest", () => {
    const changed = Paths.insert(root, "/n/m/o", entry);
    expect(back(changed)).toEqual({ a: { b: ["file", "x"] }, l: ["link", "a"], e: {}, n: { m: { o: ["file", "x"] } } });
    expect(changed.entries.get("a")).toBe(root.entries.get("a"));
    expect(reasonOf(() => Paths.insert(root, "l/x", entry))).toBe("not-a-directory");
    expect(Paths.insert(root, "a/b", entry)).toBe(root);
  });

  test("remove wants to be told to take what is in a directory", () => {
    expect(back(Paths.remove(root, "e"))).toEqual({ a: { b: ["file", "x"] }, l: ["link", "a"] });
    expect(reasonOf(() => Paths.remove(root, "a"))).toBeNull();
    expect(back(Paths.remove(root, "a", { recursive: true }))).toEqual({ l: ["link", "a"], e: {} });
    expect(reasonOf(() => Paths.remove(root, "x/y"))).toBe("directory-not-found");
    expect(reasonOf(() => Paths.remove(root, "x"))).toBe("directory-not-found");
    expect(reasonOf(() => Paths.remove(root, "/"))).toBeNull();
  });

  test("move takes a directory along", () => {
    expect(back(Paths.move(root, "a", "e/a"))).toEqual({ l: ["link", "a"], e: { a: { b: ["file", "x"] } } });
    expect(reasonOf(() => Paths.move(root, "a", "no/a"))).toBe("directory-not-found");
  });

  test("setReadOnly marks one directory", () => {
    const marked = Paths.setReadOnly(root, "a", true);
    expect(Paths.openDirectory(marked, "a").readOnly).toBe(true);
    expect(Paths.setReadOnly(marked, "a", true)).toBe(marked);
    expect(Paths.openDirectory(Paths.setReadOnly(marked, "a", undefined), "a").readOnly).toBeUndefined();
  });

  test("list gives entries in the order of listPaths", () => {
    expect([...Paths.list(root)].map(({ path }) => path)).toEqual(["l", "a", "a/b", "e"]);
    expect(Paths.listPaths(root)).toEqual(["l", "a", "a/b", "e"]);
  });
});

test("what a path goes back from is made as well, as the kernel goes through it", () => {
  const root = Paths.makeDirectory(directory({}), "/build/p/../../p/x/..//../../up");
  expect(Object.keys(back(root) as object).sort()).toEqual(["build", "p", "up"]);
  expect(Paths.exists(root, "/build/p", {})).toBe(true);
  expect(Paths.exists(root, "/p/x", {})).toBe(true);
});
