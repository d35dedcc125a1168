import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ProjectFiles } from "@millrace/core/project/ProjectFiles";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import * as ObjectStore from "../../src/cas/ObjectStore.ts";
import * as DirectoryFiles from "../../src/files/DirectoryFiles.ts";
import * as Witness from "../../src/files/Witness.ts";

describe("Witness", () => {
  let place = "";
  let module: string | undefined;
  const at = (path: string) => join(place, "project", path);
  const world = (): Witness.World => ({
    files: DirectoryFiles.make(join(place, "project"), ObjectStore.open(join(place, "cache"))),
    modules: () => module,
  });
  beforeEach(() => {
    place = mkdtempSync(join(tmpdir(), "witness-"));
    module = "text";
    mkdirSync(at("tree/below"), { recursive: true });
    writeFileSync(at("file"), "one");
    writeFileSync(at("tree/below/file"), "one");
    symlinkSync("file", at("link"));
  });
  afterEach(() => rmSync(place, { recursive: true }));

  /** Asks, changes something, and says whether the answers still hold. */
  const after = (ask: (files: ProjectFiles) => void, change: () => void): boolean => {
    const witness = Witness.make(world());
    ask(witness.world.files);
    const statements = witness.statements() ?? [];
    expect(statements.length).toBeGreaterThan(0);
    expect(Witness.holds(world(), statements)).toBe(true);
    change();
    return Witness.holds(world(), statements);
  };

  it("notices another content of the same length within the same moment", () => {
    expect(
      after(
        (files) => files.read("file"),
        () => writeFileSync(at("file"), "two"),
      ),
    ).toBe(false);
  });

  it("knows a file that has rested by its identity, whatever its time of change is set to", async () => {
    await new Promise((resolve) => setTimeout(resolve, 2700));
    const time = new Date(1_000_000_000_000);
    const ask = (files: ProjectFiles) => files.read("file");
    expect(after(ask, () => {})).toBe(true);
    const change = () => {
      writeFileSync(at("file"), "two");
      utimesSync(at("file"), time, time);
    };
    expect(after(ask, change)).toBe(false);
  });

  it.each<[string, (files: ProjectFiles) => void, () => void]>([
    ["a missing file that appears", (files) => files.read("none"), () => writeFileSync(at("none"), "")],
    ["a file that goes", (files) => files.read("file"), () => rmSync(at("file"))],
    [
      "a link that leads elsewhere",
      (files) => files.read("link"),
      () => {
        rmSync(at("link"));
        symlinkSync("tree/below/file2", at("link"));
        writeFileSync(at("tree/below/file2"), "two");
      },
    ],
    [
      "another kind",
      (files) => files.kind("file"),
      () => {
        rmSync(at("file"));
        mkdirSync(at("file"));
      },
    ],
    ["a new name in a directory", (files) => files.list("tree"), () => writeFileSync(at("tree/new"), "")],
    ["a change deep in a tree", (files) => files.treeDigest("tree"), () => writeFileSync(at("tree/below/file"), "two")],
    ["another hash", (files) => files.sha256("file"), () => writeFileSync(at("file"), "two")],
    [
      "another real path",
      (files) => files.resolve("tree/below"),
      () => {
        renameSync(at("tree/below"), at("other"));
        symlinkSync("../other", at("tree/below"));
      },
    ],
  ])("notices %s", (_, ask, change) => {
    expect(after(ask, change)).toBe(false);
  });

  it("notices another plugin package", () => {
    const witness = Witness.make(world());
    witness.world.modules("buildstream-plugins", "pip");
    const statements = witness.statements() ?? [];
    expect(Witness.holds(world(), statements)).toBe(true);
    module = "other";
    expect(Witness.holds(world(), statements)).toBe(false);
  });

  it("has nothing to say after a failure, or when it is told so", () => {
    const failing = Witness.make(world());
    expect(() => failing.world.files.treeDigest("none")).toThrow();
    expect(failing.statements()).toBeUndefined();
    const withdrawn = Witness.make(world());
    withdrawn.withdraw();
    expect(withdrawn.statements()).toBeUndefined();
  });
});
