import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import * as Discovery from "../../src/app/Discovery.ts";
import * as Workspaces from "../../src/app/Workspaces.ts";

let project: string;

beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), "workspaces-"));
});

afterEach(() => rmSync(project, { recursive: true }));

describe("Workspaces", () => {
  it("writes the format that BuildStream reads", () => {
    Workspaces.change(
      project,
      () =>
        new Map([
          ["app.bst", { path: "work/app", lastBuild: "0123" }],
          ["sub.bst:lib.bst", { path: "/else where/lib", lastBuild: undefined }],
        ]),
    );
    expect(readFileSync(Workspaces.recordFile(project), "utf8")).toBe(
      [
        "format-version: 4",
        "workspaces:",
        "  app.bst:",
        "    path: work/app",
        "    last_build: 0123",
        "  sub.bst:lib.bst:",
        "    path: /else where/lib",
        "",
      ].join("\n"),
    );
    Workspaces.change(project, () => new Map());
    expect(readFileSync(Workspaces.recordFile(project), "utf8")).toBe("format-version: 4\nworkspaces: {}\n");
  });

  it("reads back what it wrote", () => {
    const some = (unit: fc.Arbitrary<string>, never: RegExp): fc.Arbitrary<string> =>
      fc
        .string({ unit, minLength: 1 })
        .map((value) => value.replace(never, "").trim())
        .filter((value) => value !== "");
    const unit = fc.string({ unit: "grapheme", minLength: 1, maxLength: 1 });
    // A path with NEL (U+0085) is written as BuildStream writes it, which neither tool reads back; a name cannot hold line breaks.
    const path = some(
      fc.oneof({ weight: 9, arbitrary: unit }, fc.constantFrom("\u2028", "\u2029", "\n", "'")),
      /\x85/g,
    );
    const name = some(unit, /[\n\x85\u2028\u2029]/g);
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(name, path), { selector: ([name]) => name, maxLength: 4 }), (list) => {
        const workspaces = new Map(list.map(([name, path]) => [name, { path, lastBuild: undefined }] as const));
        Workspaces.change(project, () => workspaces);
        expect(Workspaces.read(project)).toEqual(workspaces);
      }),
      { numRuns: 50 },
    );
  });

  it("refuses versions that it does not know", () => {
    mkdirSync(join(project, ".bst2"));
    for (const version of [3, 5]) {
      writeFileSync(Workspaces.recordFile(project), `format-version: ${version}\nworkspaces: {}\n`);
      expect(() => Workspaces.read(project)).toThrow(
        expect.objectContaining({ domain: "LOAD", reason: "invalid-data" }),
      );
    }
  });

  it("records directories inside the project relative to it", () => {
    expect(Workspaces.recordedPath("/p", "/p/work/app")).toBe("work/app");
    expect(Workspaces.recordedPath("/p", "/q")).toBe("/q");
  });

  it("leads from a workspace back to its project", () => {
    const directory = join(project, "work");
    Workspaces.writeMarker(directory, { project, element: "app.bst" });
    expect(Workspaces.readMarker(directory)).toEqual({ project, element: "app.bst" });
    mkdirSync(join(directory, "below"));
    expect(Discovery.search(join(directory, "below"))).toEqual({ type: "workspace", directory });
    writeFileSync(join(directory, "project.conf"), "");
    expect(Discovery.search(directory)).toEqual({ type: "project", directory });
    Workspaces.removeMarker(directory);
    expect(Workspaces.readMarker(directory)).toBeUndefined();
  });
});
