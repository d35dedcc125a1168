/** No row of the oracle's command line is missing from ours; what ours has besides is an extension that `docs/differences.md` names. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as CommandTable from "../../../../scripts/commandTable.ts";
import type { Command, Option } from "../../src/args/Specification.ts";
import { bst } from "../../src/args/Table.ts";

interface Row {
  readonly flags: readonly string[];
  readonly negative: readonly string[];
  readonly takes: number;
  readonly multiple: boolean;
  readonly choices: readonly string[] | null;
}

interface Golden {
  readonly options: readonly Row[];
  readonly arguments: readonly { readonly argument: string; readonly many: boolean; readonly required: boolean }[];
}

const root = new URL("../../../../", import.meta.url);
const golden: Readonly<Record<string, Golden>> = JSON.parse(
  readFileSync(new URL("test/golden/cli/commands.json", root), "utf8"),
);
const differences = readFileSync(new URL("docs/differences.md", root), "utf8");

function commands(command: Command, path: string): readonly (readonly [string, Command])[] {
  return [[path, command], ...command.commands.flatMap((inner) => commands(inner, `${path} ${inner.name}`))];
}

function row(option: Option): Row {
  const [value] = option.values;
  return {
    flags: [...option.flags].sort(),
    negative: [...option.negative].sort(),
    takes: option.values.length,
    multiple: option.multiple,
    choices: value?.type === "choice" ? value.choices : null,
  };
}

const ours = new Map(commands(bst, "bst"));

describe("the command line", () => {
  for (const [path, expected] of Object.entries(golden)) {
    it(`has all of \`${path}\``, () => {
      const command = ours.get(path);
      expect(command).toBeDefined();
      const rows = (command as Command).options.map(row);
      for (const option of expected.options) {
        expect(rows.filter(({ flags }) => flags[0] === option.flags[0])).toEqual([option]);
      }
      expect((command as Command).arguments.map(({ many, required }) => ({ many, required }))).toEqual(
        expected.arguments.map(({ many, required }) => ({ many, required })),
      );
    });
  }

  it("is written out in docs/commands.md (npm run docs)", () => {
    expect(readFileSync(new URL("docs/commands.md", root), "utf8")).toBe(CommandTable.page());
  });

  it("names its extensions in docs/differences.md", () => {
    const unnamed: string[] = [];
    for (const [path, command] of ours) {
      const known = golden[path];
      if (known === undefined && !differences.includes(path)) unnamed.push(path);
      if (known === undefined) continue;
      const names = new Set([...known.options.flatMap(({ flags }) => flags), "--help", "-h", "--version"]);
      for (const { flags } of command.options) {
        if (!flags.some((flag) => names.has(flag) || differences.includes(flag)))
          unnamed.push(`${path} ${flags.join(" ")}`);
      }
    }
    expect(unnamed).toEqual([]);
  });
});
