import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Element } from "@millrace/core/element/Element";
import type { Project } from "@millrace/core/project/Project";
import type { ProjectFiles } from "@millrace/core/project/ProjectFiles";
import type { Source } from "@millrace/core/source/Source";
import * as Access from "@millrace/core/yaml/Access";
import type { Mapping, Sequence } from "@millrace/core/yaml/Node";
import * as Read from "@millrace/core/yaml/Read";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import * as RefSaver from "../../src/app/RefSaver.ts";

const text = `# A comment that stays
kind: import
sources:
- kind: remote   # first
  url: http://example.com/a
- kind: tar
  url: 'http://example.com/b'
  ref: old   # second
`;

let directory: string;
let files: ProjectFiles;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "refs-"));
  mkdirSync(join(directory, "elements"));
  writeFileSync(join(directory, "elements/app.bst"), text);
  files = { directory } as ProjectFiles;
});

afterEach(() => rmSync(directory, { recursive: true }));

function subject(refStorage: Project["refStorage"], index: number, owner: ProjectFiles = files, kind = "import") {
  const project = { name: "test", files: owner, refStorage } as Project;
  const path = "elements/app.bst";
  const top = Read.read({ name: path, project: owner, path }, text);
  const node = (top.entries.get("sources") as Sequence).items[index] as Mapping;
  const element = { project, name: "app.bst", fullName: "app.bst", kind: { name: kind } } as Element;
  return { project, element, source: { kind: { name: "tar" }, index, node } as unknown as Source };
}

describe("RefSaver", () => {
  it("replaces a ref where it stands, and adds one that was missing", () => {
    const second = subject("inline", 1);
    expect(RefSaver.save(second.project, second.element, second.source, "new")).toBe("saved");
    expect(readFileSync(join(directory, "elements/app.bst"), "utf8")).toBe(text.replace("ref: old", "ref: new"));
    writeFileSync(join(directory, "elements/app.bst"), text);
    const first = subject("inline", 0);
    RefSaver.save(first.project, first.element, first.source, "abc");
    expect(readFileSync(join(directory, "elements/app.bst"), "utf8")).toBe(
      text.replace("example.com/a\n", "example.com/a\n  ref: abc\n"),
    );
  });

  it("keeps refs in project.refs, and those of junctions in junction.refs", () => {
    const second = subject("project.refs", 1);
    RefSaver.save(second.project, second.element, second.source, "new");
    expect(readFileSync(join(directory, "project.refs"), "utf8")).toBe(
      "projects:\n  test:\n    app.bst:\n    - {}\n    - ref: new\n",
    );
    const first = subject("project.refs", 0);
    RefSaver.save(first.project, first.element, first.source, "one");
    const refs = Read.read({ name: "refs", project: null, path: null }, readFileSync(join(directory, "project.refs")));
    expect(JSON.stringify([...refs.entries.keys()])).toBe('["projects"]');
    expect(readFileSync(join(directory, "project.refs"), "utf8")).toContain("ref: one");
    const junction = subject("project.refs", 0, files, "junction");
    RefSaver.save(junction.project, junction.element, junction.source, "j");
    expect(readFileSync(join(directory, "junction.refs"), "utf8")).toContain("ref: j");
  });

  it("writes a ref of project.refs under the condition under which it stands", () => {
    const refs = `projects:
  test:
    (?):
    - wide:
        app.bst:
        - ref: ''
    - not wide:
        app.bst:
        - ref: 'b' # stays
`;
    writeFileSync(join(directory, "project.refs"), refs);
    const { project: owner, element, source } = subject("project.refs", 0);
    const top = Read.read({ name: "project.refs", project: null, path: "project.refs" }, refs);
    const mine = (node: Mapping) => (node.entries.get("app.bst") as Sequence).items[0] as Mapping;
    const project = Access.getMapping(Access.getMapping(top, "projects"), "test");
    const branch = Access.getSequence(project, "(?)").items[0] as Mapping;
    const stored = mine(Access.getMapping(branch, "wide"));
    RefSaver.save(owner, element, { ...source, stored }, "new");
    RefSaver.save(owner, element, { ...source, stored }, "newer");
    expect(readFileSync(join(directory, "project.refs"), "utf8")).toBe(refs.replace("ref: ''", "ref: 'newer'"));
  });

  it("writes one ref after the other into one file", () => {
    const [first, second] = [subject("inline", 0), subject("inline", 1)];
    RefSaver.save(first.project, first.element, first.source, "one");
    RefSaver.save(second.project, second.element, second.source, "two");
    expect(readFileSync(join(directory, "elements/app.bst"), "utf8")).toBe(
      text.replace("example.com/a\n", "example.com/a\n  ref: one\n").replace("ref: old", "ref: two"),
    );
  });

  it("does not write into a file in which the source is no longer there", () => {
    const second = subject("inline", 1);
    writeFileSync(join(directory, "elements/app.bst"), "kind: import\nsources:\n- kind: tar\n");
    expect(() => RefSaver.save(second.project, second.element, second.source, "new")).toThrow(
      expect.objectContaining({ domain: "SOURCE", reason: "save-ref-error" }),
    );
  });

  it("leaves subprojects alone", () => {
    const other = subject("inline", 1, { directory: "/elsewhere" } as ProjectFiles);
    const top = { ...other.project, files };
    expect(RefSaver.save(top, other.element, other.source, "new")).toBe("not-ours");
    const fragment = { ...other.element, project: { ...other.project, files } };
    expect(() => RefSaver.save(top, fragment, other.source, "new")).toThrow(
      expect.objectContaining({ reason: "tracking-junction-fragment" }),
    );
  });
});
