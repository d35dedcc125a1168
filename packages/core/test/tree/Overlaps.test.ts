import { describe, expect, test } from "vitest";
import * as Sample from "../../conformance/Sample.ts";
import type { Directory } from "../../src/tree/Directory.ts";
import * as Draft from "../../src/tree/Draft.ts";
import * as Import from "../../src/tree/Import.ts";
import * as Overlaps from "../../src/tree/Overlaps.ts";
import * as Paths from "../../src/tree/Paths.ts";
import * as SplitRules from "../../src/tree/SplitRules.ts";
import * as Tree from "../../src/tree/Tree.ts";
import { lines } from "./golden.ts";

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

interface Row {
  readonly whitelists: readonly (readonly string[])[];
  readonly sessions: readonly {
    readonly location: string;
    readonly action: Overlaps.Action;
    readonly staged: readonly Staging[];
    readonly warnings: readonly (readonly [token: string, facts: readonly unknown[]])[];
    readonly error: readonly unknown[] | null;
  }[];
}

/** What the lines of a warning say, in the form of the golden data. */
function facts(token: string, detail: string): readonly unknown[] {
  let owner = "";
  return detail.split("\n").flatMap((line): unknown[] => {
    if (token === "unstaged-files") {
      if (line.startsWith("From ")) owner = line.slice(5, -1);
      return line.startsWith("From ") ? [] : [[line.trim(), owner]];
    }
    const within = /^(.*?): (.*) (?:does|do) not have it in overlap-whitelist; order (.*)$/.exec(line);
    if (within) return [["within", within[1], within[2]!.split(" and "), within[3]!.split(" above ")]];
    const between = /^(.*?): (\S+) replaces a file of (\S+) staged at (.*)$/.exec(line);
    return [["between", ...between!.slice(1)]];
  });
}

test("random stagings are judged as BuildStream judges them", () => {
  for (const { whitelists, sessions } of lines<Row>("tree/overlaps.jsonl")) {
    const root = Draft.create();
    const earlier: Overlaps.Session[] = [];
    const known = { ...view(whitelists), name: (element: number) => `e${element}.bst` };
    for (const { location, action, staged, warnings, error } of sessions) {
      const ended = session(root, location, action, ...staged);
      const verdict = Overlaps.check(ended, earlier, known);
      expect(verdict.warnings.map(({ token, detail }) => [token, facts(token, detail)])).toEqual(warnings);
      expect(verdict.error === undefined ? null : facts("overlaps", verdict.error.detail!)).toEqual(error);
      earlier.push(ended);
    }
  }
});
