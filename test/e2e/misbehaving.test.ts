/** Plugins that do wrong while they work: each is one error that says what it was, and of none anything is left. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as Watch from "../../packages/sandbox/test/sandbox/Watch.ts";
import { openSession } from "../support/session.ts";
import * as Misbehaving from "./misbehaving.ts";

const { elements, sources, tracked } = Misbehaving;
const kindOf = (name: string) => name.replaceAll("-", "_");
const names = (list: readonly Misbehaving.Misdeed[]) => list.map(({ name }) => kindOf(name)).join(", ");

const files: Record<string, string> = {};
for (const misdeed of elements) {
  files[`${misdeed.name}.bst`] = `kind: ${kindOf(misdeed.name)}\nbuild-depends:\n- base.bst\n`;
  files[`wrong/${kindOf(misdeed.name)}.py`] = Misbehaving.module(misdeed, "Element");
}
for (const misdeed of [...sources, ...tracked]) {
  const ref = tracked.includes(misdeed) ? "" : "  ref: r\n";
  files[`${misdeed.name}.bst`] = `kind: import\nsources:\n- kind: ${kindOf(misdeed.name)}\n${ref}`;
  files[`wrong/${kindOf(misdeed.name)}.py`] = Misbehaving.module(misdeed, "Source");
}

const session = openSession(files, {
  conf: `plugins:\n- origin: local\n  path: wrong\n  elements: [${names(elements)}]\n  sources: [${names([...sources, ...tracked])}]\n`,
  user: "plugins:\n  job-limit: 2\nscheduler:\n  builders: 4\n  on-error: continue\n  network-retries: 0\n",
});
afterAll(() => session.close());

const output = new Map<string, string>();

/** The failures that a session told of an element; what it shows of logs is indented. */
function failures(text: string, name: string): readonly string[] {
  const line = new RegExp(
    `^\\[[^ ]*\\]\\[[^ ]*\\]\\[ *(?:build|fetch|track):${name}\\.bst *\\] FAILURE (?!Running commands)`,
  );
  return text.split("\n").filter((told) => line.test(told));
}

beforeAll(async () => {
  const list = (misdeeds: readonly Misbehaving.Misdeed[]) => misdeeds.map(({ name }) => `${name}.bst`);
  const of = async (key: string, args: readonly string[]) => {
    const outcome = await session.bst(...args);
    output.set(key, `${outcome.stderr}${outcome.stdout}`);
  };
  await of("elements", ["build", ...list(elements)]);
  await of("sources", ["build", ...list(sources)]);
  await of("tracked", ["source", "track", ...list(tracked)]);
}, 600_000);

for (const [key, misdeeds] of Object.entries({ elements, sources, tracked }))
  describe(key, () => {
    it.each(misdeeds.map((misdeed) => [misdeed.name, misdeed.says] as const))("%s", (name, says) => {
      const told = failures(output.get(key) ?? "", name);
      if (says === undefined) {
        expect(told).toEqual([]);
        return;
      }
      expect(told).toHaveLength(1);
      const logs = logsOf(name);
      expect(`${told[0]}\n${logs}`).toContain(says);
    });
  });

function logsOf(name: string): string {
  const directory = join(session.home, "logs", "test", name);
  return readdirSync(directory)
    .map((file) => readFileSync(join(directory, file), "utf8"))
    .join("\n");
}

describe("afterwards", () => {
  it("no process is left", () => {
    const commands = Watch.running().map(([, command]) => command);
    expect(commands.filter((command) => command.includes("sleep 4711") || command.includes(session.home))).toEqual([]);
  });

  it("the output stays readable", () => {
    for (const text of output.values()) expect(text.length).toBeLessThan(2_000_000);
  });
});
