/** `bst why`: which elements changed, and what in them, since the last build. */
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import * as Schema from "effect/Schema";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as Documents from "../../packages/cli/src/json/Documents.ts";
import { openSession, type Session } from "../support/session.ts";

const leaf = (text: string) => `kind: import\nsources:\n- kind: local\n  path: files/leaf\n${text}`;
const elements = {
  "leaf.bst": leaf(""),
  "tool.bst":
    "kind: manual\nbuild-depends:\n- base.bst\nconfig:\n  install-commands:\n  - echo %{mode} > %{install-root}/tool\n",
  "lib.bst": "kind: stack\ndepends:\n- leaf.bst\n- tool.bst\n",
  "all.bst": "kind: compose\nbuild-depends:\n- lib.bst\nconfig:\n  integrate: false\n",
  "sub.bst": "kind: junction\nsources:\n- kind: local\n  path: sub\n",
  "top.bst": "kind: stack\ndepends:\n- all.bst\n- sub.bst:far.bst\n",
};
const conf =
  "variables:\n  mode: plain\n  (?):\n  - debug:\n      mode: debug\noptions:\n  debug:\n    type: bool\n    description: ''\n    default: false\n";

type Why = (typeof Documents.all)["why"]["Type"];

async function why(session: Session, ...words: readonly string[]): Promise<Why["elements"]> {
  const main = words.filter((word) => !word.endsWith(".bst"));
  const outcome = await session.bst(...main, "why", "--json", ...words.filter((word) => word.endsWith(".bst")));
  expect({ status: outcome.status, stderr: outcome.stderr }).toMatchObject({ status: 0 });
  const schema = Documents.all.why as Schema.Codec<Why>;
  return Schema.decodeUnknownSync(schema)(JSON.parse(outcome.stdout)).elements;
}

describe("bst why", () => {
  const session = openSession(elements, { conf });
  /** Gives files other content for one question. */
  const having = async <A>(files: Readonly<Record<string, string>>, ask: () => Promise<A>): Promise<A> => {
    const all: Readonly<Record<string, string>> = { ...elements, "files/leaf/file": "one\n" };
    for (const [path, text] of Object.entries(files)) session.write(path, text);
    try {
      return await ask();
    } finally {
      for (const path of Object.keys(files)) session.write(path, all[path] ?? "");
    }
  };

  beforeAll(async () => {
    session.write("files/leaf/file", "one\n");
    session.write("sub/project.conf", "name: sub\nmin-version: 2.0\n");
    session.write("sub/far.bst", "kind: import\nsources:\n- kind: local\n  path: far.txt\n");
    session.write("sub/far.txt", "far\n");
    expect(await why(session, "top.bst")).toMatchObject([{ name: "top.bst", state: "new", causes: [] }]);
    expect((await session.bst("build", "top.bst")).status).toBe(0);
  });
  afterAll(() => session.close());

  it("has nothing to say of what is cached", async () => {
    expect(await why(session, "top.bst", "leaf.bst")).toMatchObject([
      { name: "top.bst", state: "cached", causes: [], changed: [] },
      { name: "leaf.bst", state: "cached" },
    ]);
    const { status, stdout } = await session.bst("why", "top.bst");
    expect({ status, stdout }).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^top\.bst: cached as [0-9a-f]{8}, nothing has to be built\n$/),
    });
    expect(await why(session, "sub.bst")).toMatchObject([{ state: "junction" }]);
  });

  it("leads to the element whose files changed", async () => {
    await having({ "files/leaf/file": "two\n" }, async () => {
      const [found] = await why(session, "top.bst");
      expect(found).toMatchObject({ state: "changed", previous: { succeeded: true } });
      expect(found?.changed).toEqual(["all.bst"]);
      expect(found?.causes).toMatchObject([
        { element: "leaf.bst", through: ["top.bst", "all.bst"], inputs: true, recorded: true, variables: [] },
      ]);
      expect(found?.causes[0]?.changes).toMatchObject([{ path: ["sources", 0, "key"] }]);
      // Not strictly, all.bst depends on its dependencies being the same, and top.bst is cached.
      expect(await why(session, "--no-strict", "top.bst", "all.bst")).toMatchObject([
        { state: "cached" },
        { state: "changed", causes: [{ element: "leaf.bst" }] },
      ]);
    });
  });

  it("says which option's value shows in which command", async () => {
    const [found] = await why(session, "-o", "debug", "True", "lib.bst");
    expect(found?.causes).toMatchObject([
      {
        element: "tool.bst",
        changes: [
          {
            path: ["element-plugin-key", "install-commands", 0],
            before: "echo plain > /buildstream-install/tool",
            after: "echo debug > /buildstream-install/tool",
          },
        ],
        variables: [{ name: "mode", before: "plain", after: "debug" }],
      },
    ]);
    const { stdout } = await session.bst("-o", "debug", "True", "why", "top.bst");
    expect(
      stdout.replaceAll(/[0-9a-f]{8}\b/g, "KEY").replace(/\d{4}-\S+ \S+ UTC/, "TIME"),
    ).toBe(`top.bst: to be built as KEY; it was KEY, last used TIME

  tool.bst (through all.bst)
    configuration install-commands #1
      - echo plain > /buildstream-install/tool
      + echo debug > /buildstream-install/tool
    variable mode
      - plain
      + debug

  Dependencies that follow: all.bst
`);
  });

  it("tells an environment, public data, configuration, and dependencies", async () => {
    const changed = {
      "leaf.bst": leaf("public:\n  mine: 1\n"),
      "tool.bst": `${elements["tool.bst"]}environment:\n  NEW: yes\n`,
      "lib.bst": "kind: stack\ndepends:\n- tool.bst\n",
      "all.bst": "kind: compose\nbuild-depends:\n- lib.bst\nconfig:\n  integrate: false\n  include:\n  - runtime\n",
    };
    const [found] = await having(changed, () => why(session, "top.bst"));
    const causes = new Map(found?.causes.map((cause) => [cause.element, cause]));
    expect([...causes.keys()].sort()).toEqual(["all.bst", "lib.bst", "tool.bst"]);
    expect(causes.get("tool.bst")?.changes).toEqual([{ path: ["environment", "NEW"], after: "yes" }]);
    expect(causes.get("lib.bst")).toMatchObject({ inputs: false, added: [], removed: ["leaf.bst"] });
    expect(causes.get("all.bst")?.changes).toEqual([{ path: ["element-plugin-key", "include", 0], after: "runtime" }]);
    const [own] = await having({ "leaf.bst": changed["leaf.bst"] }, () => why(session, "leaf.bst"));
    expect(own?.causes[0]?.changes).toEqual([{ path: ["public", "mine"], after: "1" }]);
  });

  it("goes into other projects", async () => {
    session.write("sub/far.txt", "farther\n");
    const [found] = await why(session, "top.bst");
    session.write("sub/far.txt", "far\n");
    expect(found).toMatchObject({
      ...{ state: "changed", causes: [{ element: "sub.bst:far.bst", through: ["top.bst"] }] },
    });
  });

  it("knows sources without ref, and failed builds", async () => {
    session.write(
      "loose.bst",
      "kind: import\nsources:\n- kind: git_repo\n  url: https://example.com/x.git\n  track: main\n",
    );
    session.write("needs.bst", "kind: stack\ndepends:\n- loose.bst\n");
    session.write("fails.bst", "kind: manual\nbuild-depends:\n- base.bst\nconfig:\n  build-commands:\n  - exit 3\n");
    expect((await session.bst("build", "fails.bst")).status).toBe(255);
    expect(await why(session, "fails.bst")).toMatchObject([{ state: "failed" }]);
    const tar = "kind: import\nsources:\n- kind: remote\n  url: https://example.com/x\n";
    session.write("loose.bst", tar);
    expect(await why(session, "needs.bst")).toMatchObject([{ state: "no reference", changed: ["loose.bst"] }]);
  });

  it("does with less where nothing is on record, and says where an artifact is gone", async () => {
    const inputs = join(session.home, "cache", "millrace", "inputs");
    expect(readdirSync(inputs).length).toBeGreaterThan(3);
    rmSync(inputs, { recursive: true });
    const changed = `${elements["tool.bst"].replace("plain", "other")}environment:\n  NEW: yes\n`;
    await having({ "tool.bst": changed }, async () => {
      const [found] = await why(session, "top.bst");
      expect(found?.causes).toMatchObject([
        { element: "tool.bst", inputs: true, recorded: false, changes: [{ path: ["environment", "NEW"] }] },
      ]);
      expect((await session.bst("why", "top.bst")).stdout).toContain("is not on record");
      expect((await session.bst("artifact", "delete", "test/tool/*")).status).toBe(0);
      const [gone] = await why(session, "top.bst");
      expect(gone?.causes).toMatchObject([
        { element: "tool.bst", inputs: null, gone: true, changes: [] },
        // A kind that is built again with every change below: its weak key says nothing without theirs.
        { element: "all.bst", inputs: null, gone: false, recorded: false },
      ]);
      expect((await session.bst("why", "top.bst")).stdout).toContain("is not in the cache any more");
    });
    // A build that finds everything puts it on record again.
    expect((await session.bst("build", "top.bst")).status).toBe(0);
    expect(readdirSync(inputs).length).toBeGreaterThan(3);
  });
});
