import { describe, expect, it } from "vitest";
import * as Help from "../../src/args/Help.ts";
import type { Command } from "../../src/args/Specification.ts";
import { bst } from "../../src/args/Table.ts";
import * as Dispatch from "../../src/commands/Dispatch.ts";

function all(path: readonly Command[]): readonly (readonly Command[])[] {
  const last = path[path.length - 1] as Command;
  return [path, ...last.commands.flatMap((command) => all([...path, command]))];
}

const paths = all([bst]);

describe("Help", () => {
  it("has a page for each command that has code", () => {
    const leaves = paths.filter((path) => (path[path.length - 1] as Command).commands.length === 0);
    const names = leaves.map((path) =>
      path
        .slice(1)
        .map(({ name }) => name)
        .join(" "),
    );
    expect(names.sort()).toEqual([...Dispatch.names].sort());
  });

  it.each(paths.map((path) => [path.map((command) => command.name).join(" "), path] as const))(
    "keeps the page of `%s` within 78 columns",
    (name, path) => {
      const page = Help.page(path, 200);
      expect(page.startsWith(`Usage: ${name} [OPTIONS]`)).toBe(true);
      expect(Math.max(...page.split("\n").map((line) => line.length))).toBeLessThanOrEqual(78);
    },
  );

  it("puts short names first and shows what is used by default", () => {
    const page = Help.page([bst, bst.commands.find((command) => command.name === "show") as Command], 80);
    expect(page).toContain("  -d, --deps [none|run|build|all]\n");
    expect(page).toContain("[default: all]");
  });

  it("says nothing of hidden options", () => {
    for (const path of paths) expect(Help.page(path, 80)).not.toMatch(/--pull\b(?!-)/);
  });

  it("wraps words, and never loses one", () => {
    expect(Help.wrap("one two three", 8, "> ", "  ")).toBe("> one\n  two\n  three");
    expect(Help.wrap("", 8, "> ", "  ")).toBe("> ");
  });
});
