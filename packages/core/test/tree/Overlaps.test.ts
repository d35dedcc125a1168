import { describe, expect, test } from "vitest";
import * as Sample from "../../conformance/Sample.ts";
import type { Directory } from "../../src/tree/Directory.ts";
import * as Draft from "../../src/tree/Draft.ts";
import * as Import from "../../src/tree/Import.ts";
import * as Overlaps from "../../src/tree/Overlaps.ts";
import * as Paths from "../../src/tree/Paths.ts";
import * as SplitRules from "../../src/tree/SplitRules.ts";
import * as Tree from "../../src/tree/Tree.ts";

const texts: Sample.Texts = new Map();
const names = ["a.bst", "b.bst", "c.bst", "sub.bst:d.bst"];

interface Staging {
  readonly element: number;
  readonly files: Sample.Sample;
  readonly filter?: Import.Filter;
}

function session(
  root: Draft.Draft,
  location: string,
  action: Overlaps.Action,
  ...all: readonly Staging[]
): Overlaps.Session {
  const into = Paths.openDraft(root, location);
  const staged = all.map(({ element, files, filter }) => {
    const source: Directory = Sample.toDirectory(files, texts);
    return { element, source, filter, report: Import.intoDraft(into, source, { filter }) };
  });
  return { location, action, staged };
}

function view(whitelists: Record<number, readonly string[]> = {}): Overlaps.View {
  return {
    name: (element) => names[element]!,
    whitelisted: (element, path) => SplitRules.whitelist(whitelists[element] ?? [])(path),
    reader: Tree.noReader,
  };
}

const etc = (text: string): Sample.Sample => ({ etc: { conf: ["file", text], [text]: ["file", text] } });

describe("within a session", () => {
  const three = [0, 1, 2].map((element) => ({ element, files: etc(`${element}`) }));

  test("each element above the lowest needs the path in its whitelist", () => {
    const staged = session(Draft.create(), "/", "warning", ...three);
    const { warnings, error } = Overlaps.check(staged, [], view());
    expect(error).toBeUndefined();
    expect(warnings).toHaveLength(1);
    expect(warnings[0]!.token).toBe("overlaps");
    expect(warnings[0]!.detail).toContain("/etc/conf: b.bst and c.bst");
    expect(warnings[0]!.detail).toContain("c.bst above b.bst above a.bst");
    expect(Overlaps.check(staged, [], view({ 1: ["/etc/*"] })).warnings[0]!.detail).toContain("/etc/conf: c.bst does");
    expect(Overlaps.check(staged, [], view({ 1: ["/etc/*"], 2: ["/etc/conf"] })).warnings).toEqual([]);
  });

  test("whitelists are asked about the path inside the location", () => {
    const staged = session(Draft.create(), "/opt/root", "warning", ...three);
    expect(Overlaps.check(staged, [], view({ 1: ["/etc/*"], 2: ["/etc/*"] })).warnings).toEqual([]);
    const [warning] = Overlaps.check(staged, [], view({ 1: ["/opt/root/**"], 2: ["/opt/root/**"] })).warnings;
    expect(warning!.detail).toContain("/opt/root/etc/conf");
  });

  test("what a filter left out was not written", () => {
    const staged = session(
      Draft.create(),
      "/",
      "warning",
      { element: 0, files: etc("0"), filter: (path) => path !== "etc/conf" },
      { element: 1, files: etc("1") },
      { element: 2, files: etc("2") },
    );
    expect(Overlaps.check(staged, [], view()).warnings[0]!.detail).toContain("order c.bst above b.bst");
  });

  test("files that gave way to full directories are listed", () => {
    const staged = session(
      Draft.create(),
      "/",
      "warning",
      { element: 0, files: { opt: { x: ["file", ""] } } },
      { element: 3, files: { opt: ["link", "usr/opt"], y: ["file", ""] } },
    );
    const { warnings } = Overlaps.check(staged, [], view());
    expect(warnings.map(({ token }) => token)).toEqual(["unstaged-files"]);
    expect(warnings[0]!.detail.split("\n")).toEqual(["From sub.bst:d.bst:", "  /opt"]);
  });
});

describe("between sessions", () => {
  const make = (action: Overlaps.Action): readonly [Overlaps.Session, Overlaps.Session] => {
    const root = Draft.create();
    const first = session(root, "/opt", "warning", { element: 0, files: etc("0") });
    return [session(root, "/", action, { element: 1, files: { opt: etc("1") } }), first];
  };

  test("the action decides, and whitelists do not count", () => {
    const [warn, first] = make("warning");
    const all = view({ 1: ["**"] });
    const verdict = Overlaps.check(warn, [first], all);
    expect(verdict.warnings.map(({ token }) => token)).toEqual(["overlaps"]);
    expect(verdict.warnings[0]!.detail).toBe("/opt/etc/conf: b.bst replaces a file of a.bst staged at /opt");
    const [fail, before] = make("error");
    const failed = Overlaps.check(fail, [before], all);
    expect([failed.error?.domain, failed.error?.reason]).toEqual(["ELEMENT", "overlaps"]);
    const [quiet, earlier] = make("ignore");
    expect(Overlaps.check(quiet, [earlier], all)).toEqual({ warnings: [], error: undefined });
  });

  test("an empty directory of an earlier session may be replaced", () => {
    const root = Draft.create();
    const first = session(root, "/", "error", { element: 0, files: { d: {} } });
    const second = session(root, "/", "error", { element: 1, files: { d: ["file", "x"] } });
    expect(Overlaps.check(second, [first], view())).toEqual({ warnings: [], error: undefined });
  });

  test("the latest session that wrote the file is named", () => {
    const root = Draft.create();
    const sessions = [0, 1].map((element) => session(root, "/", "ignore", { element, files: etc("x") }));
    const third = session(root, "/", "warning", { element: 2, files: etc("y") });
    expect(Overlaps.check(third, sessions, view()).warnings[0]!.detail).toContain("of b.bst");
  });
});
