/** `show` from memory says what `show` without memory says, whatever changes in between; and a damaged memory is as good as none. */
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openSession, tool } from "../support/session.ts";
import { type Outcome, run, writeConfiguration } from "../support/tools.ts";

const format =
  "%{name} %{kind} %{state} %{full-key} %{key}\n%{vars}%{env}%{public}%{deps}%{config}%{description}%{key-document}";
const session = openSession(
  {
    "one.bst": "kind: manual\nbuild-depends:\n- base.bst\nvariables:\n  (@): shared.yml\n",
    "two.bst":
      "kind: import\nsources:\n- kind: local\n  path: files/two\n- kind: tar\n  url: https://example.com/a.tar\n  ref: aa\n",
    "inner.bst": "kind: junction\nsources:\n- kind: local\n  path: inner\n",
    "all.bst": "kind: stack\ndepends:\n- one.bst\n- two.bst\n- inner.bst:thing.bst\n",
    "shared.yml": "given: first\n",
  },
  { conf: "options:\n  wide:\n    type: bool\n    description: x\n    default: False\n    variable: wide\n" },
);
const memory = join(session.home, "cache/millrace/shown");

beforeAll(() => {
  for (const directory of ["files/two", "inner"]) mkdirSync(join(session.project, directory), { recursive: true });
  session.write("files/two/a", "a");
  session.write("inner/project.conf", "name: inner\nmin-version: 2.0\n");
  session.write("inner/thing.bst", "kind: stack\n");
});
afterAll(() => session.close());

const show = (...words: readonly string[]): Promise<Outcome> =>
  run(
    tool,
    ["--no-colors", "-c", session.configuration, ...words.slice(1), "show", "--format", format, words[0] as string],
    session.project,
    { MILLRACE_STAGES: "1" },
  );

/** The same with an empty cache directory. */
async function fresh(...words: readonly string[]): Promise<Outcome> {
  const home = join(session.home, "fresh");
  rmSync(home, { recursive: true, force: true });
  const configuration = writeConfiguration(home);
  return run(
    tool,
    ["--no-colors", "-c", configuration, ...words.slice(1), "show", "--format", format, words[0] as string],
    session.project,
  );
}

const remembered = (outcome: Outcome): boolean => !/^keys /m.test(outcome.stderr);

describe("what show remembers", () => {
  it("is taken the second time, and says the same", async () => {
    const first = await show("all.bst");
    expect(first.status).toBe(0);
    expect(remembered(first)).toBe(false);
    const second = await show("all.bst");
    expect(remembered(second)).toBe(true);
    expect(second.stdout).toBe(first.stdout);
  });

  it("counts for its own question only", async () => {
    const wide = await show("all.bst", "-o", "wide", "True");
    expect(remembered(wide)).toBe(false);
    expect(wide.stdout).toContain("wide: 1");
    expect(remembered(await show("one.bst"))).toBe(false);
  });

  it.each<[string, () => void]>([
    ["an element of the same length", () => session.write("shared.yml", "given: other\n")],
    ["a source directory", () => session.write("files/two/b", "b")],
    ["a mode in a source directory", () => chmodSync(join(session.project, "files/two/a"), 0o755)],
    ["a link in a source directory", () => symlinkSync("a", join(session.project, "files/two/link"))],
    ["the subproject", () => session.write("inner/thing.bst", "kind: stack\nvariables:\n  x: y\n")],
    ["project.conf", () => session.write("project.conf", "name: test\nmin-version: 2.0\nvariables:\n  new: one\n")],
    ["an included file that goes", () => session.write("one.bst", "kind: manual\nbuild-depends:\n- base.bst\n")],
  ])("does not outlive a change of %s", async (_, change) => {
    await show("all.bst");
    change();
    const [after, truth] = [await show("all.bst"), await fresh("all.bst")];
    expect(truth.status).toBe(0);
    expect(after.stdout).toBe(truth.stdout);
    const again = await show("all.bst");
    expect(remembered(again)).toBe(true);
    expect(again.stdout).toBe(truth.stdout);
  });

  it("does not hide mistakes", async () => {
    const text = readFileSync(join(session.project, "one.bst"), "utf8");
    session.write("one.bst", `${text}nonsense: 1\n`);
    expect((await show("all.bst")).status).toBe(255);
    session.write("one.bst", text);
    expect((await show("all.bst")).status).toBe(0);
  });

  it("holds no states: what is built in between is cached afterwards", async () => {
    expect((await show("inner.bst:thing.bst")).stdout).toContain("thing.bst stack buildable");
    expect((await session.bst("build", "inner.bst:thing.bst")).status).toBe(0);
    const after = await show("inner.bst:thing.bst");
    expect(remembered(after)).toBe(true);
    expect(after.stdout).toContain("thing.bst stack cached");
  });

  it("is found anew where it is damaged", async () => {
    const truth = await show("all.bst");
    for (const name of readdirSync(memory)) {
      const bytes = readFileSync(join(memory, name));
      bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 1;
      writeFileSync(join(memory, name), bytes);
    }
    const after = await show("all.bst");
    expect(remembered(after)).toBe(false);
    expect(after.stdout).toBe(truth.stdout);
  });

  it("is done without where something else has its place", async () => {
    const truth = await show("all.bst");
    rmSync(memory, { recursive: true });
    writeFileSync(memory, "");
    expect(await show("all.bst")).toMatchObject({ status: 0, stdout: truth.stdout });
    expect(readFileSync(memory, "utf8")).toBe("");
  });
});
