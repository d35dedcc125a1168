import { BstError } from "@millrace/core/error/BstError";
import * as Catalogue from "@millrace/core/error/Catalogue";
import { describe, expect, it } from "vitest";
import * as Destination from "../../src/app/Destination.ts";
import * as ErrorReport from "../../src/app/ErrorReport.ts";

const error = new BstError({
  domain: "LOAD",
  reason: "invalid-data",
  message: "Unknown key 'flavour'",
  detail: "one\n\ntwo\n",
  place: { file: "app.bst", line: 3, column: 2 },
  hint: "Remove it.",
});

describe("ErrorReport", () => {
  it("says where, what, details and what to do", () => {
    expect(ErrorReport.render(error, Catalogue.explain(error), "Error loading project")).toBe(
      "\nError loading project: app.bst [line 3 column 2]: Unknown key 'flavour'\n\n    one\n\n    two\n\n    Hint: Remove it.\n",
    );
  });

  it("ends a session's failure, of which all was said, with two line breaks", () => {
    const empty = new BstError({ domain: "STREAM", reason: null, message: "" });
    expect(ErrorReport.render(empty, Catalogue.explain(empty))).toBe("\n\n");
  });

  it("takes the next step from the catalogue where the error has none", () => {
    const bare = new BstError({ domain: "APP", reason: "unspecified-project-name", message: "No name" });
    expect(ErrorReport.render(bare, Catalogue.explain(bare))).toBe("\nNo name\n\n    Hint: Give `--project-name`.\n");
  });

  it("writes BuildStream's names into the error file", () => {
    const task = { domain: "SOURCE", reason: null } as const;
    const failed = new BstError({ domain: "STREAM", reason: null, message: "", task });
    expect(JSON.parse(ErrorReport.record(error, Catalogue.explain(error)))).toMatchObject({
      domain: "LOAD",
      reason: "invalid-data",
      message: "app.bst [line 3 column 2]: Unknown key 'flavour'",
      task: null,
      owner: "project",
      next: "Remove it.",
    });
    expect(JSON.parse(ErrorReport.record(failed, Catalogue.explain(failed)))).toMatchObject({
      domain: "STREAM",
      reason: null,
      task,
    });
  });
});

describe("Destination", () => {
  it.each([
    ["a.tar", "none"],
    ["a.tar.gz", "gz"],
    ["a.tgz", "gz"],
    ["a.xz", "xz"],
    ["a.tar.bz2", "bz2"],
    ["a.tar.foo", "unknown"],
    ["unconventional", "none"],
    ["a.foo", "none"],
    ["-", "none"],
  ])("takes the compression from the name %s", (name, expected) => {
    expect(Destination.compressionOf(name)).toBe(expected);
  });
});
