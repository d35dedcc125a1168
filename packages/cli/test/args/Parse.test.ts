import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as Parse from "../../src/args/Parse.ts";
import { bst } from "../../src/args/Table.ts";
import * as Values from "../../src/args/Values.ts";

function run(...words: readonly string[]) {
  const outcome = Parse.parse(bst, words);
  if (outcome.type !== "run") throw new Error(`expected a command, got ${JSON.stringify(outcome)}`);
  return outcome;
}

function mistake(...words: readonly string[]): string {
  const outcome = Parse.parse(bst, words);
  return outcome.type === "misuse" ? outcome.error.message : `no mistake but ${outcome.type}`;
}

describe("Parse", () => {
  it("reads main options before the command and the command's own after it", () => {
    const outcome = run("--no-colors", "-o", "arch", "arm", "source", "fetch", "a.bst", "--deps", "all", "b.bst");
    expect(outcome.command).toEqual(["source", "fetch"]);
    expect(Values.flag(outcome.main, "colors")).toBe(false);
    expect(Values.pairs(outcome.main, "option")).toEqual([["arch", "arm"]]);
    expect(Values.text(outcome.values, "deps")).toBe("all");
    expect(Values.list(outcome.values, "elements")).toEqual(["a.bst", "b.bst"]);
  });

  it("takes a name that is too long for the file system as one that is not there", () => {
    const name = `${"a".repeat(300)}.bst`;
    expect(Values.list(run("show", name).values, "elements")).toEqual([name]);
  });

  it("takes a value attached, after an equals sign or as the next word", () => {
    for (const words of [["-dall"], ["-d", "all"], ["--deps=all"], ["--deps", "all"]]) {
      expect(Values.text(run("build", ...words).values, "deps")).toBe("all");
    }
    expect(mistake("build", "-d=all")).toContain("'=all' is not one of");
  });

  it("bundles flags, and lets the last of several values count", () => {
    const outcome = run("artifact", "checkout", "-fdall", "--deps", "run", "x.bst");
    expect(Values.isSet(outcome.values, "force")).toBe(true);
    expect(Values.text(outcome.values, "deps")).toBe("run");
    expect(Values.text(outcome.values, "target")).toBe("x.bst");
  });

  it("leaves everything behind -- alone", () => {
    const outcome = run("shell", "-b", "x.bst", "--", "ls", "-b", "--", "--help");
    expect(Values.text(outcome.values, "target")).toBe("x.bst");
    expect(Values.list(outcome.values, "command")).toEqual(["ls", "-b", "--", "--help"]);
  });

  it("takes a value whatever it looks like", () => {
    expect(Values.text(run("show", "--format", "--deps").values, "format")).toBe("--deps");
  });

  it("answers --help before it checks values, and --version before the command", () => {
    expect(Parse.parse(bst, ["build", "--deps", "nonsense", "--help"]).type).toBe("help");
    expect(Parse.parse(bst, ["--version", "nonsense"]).type).toBe("version");
    expect(mistake("build", "--nonsense", "--help")).toContain("No such option");
  });

  it("asks for a command where there is none", () => {
    expect(Parse.parse(bst, []).type).toBe("incomplete");
    expect(Parse.parse(bst, ["artifact"]).type).toBe("incomplete");
    expect(mistake("--no-colors")).toBe("Missing command.");
  });

  it.each([
    [
      ["build", "--deps", "foo"],
      "Invalid value for '--deps' / '-d': 'foo' is not one of 'none', 'build', 'run', 'all'.",
    ],
    [["--fetchers", "x", "build"], "Invalid value for '--fetchers': 'x' is not a valid integer."],
    [
      ["--config", "/no/such/file", "build"],
      "Invalid value for '--config' / '-c': File '/no/such/file' does not exist.",
    ],
    [["--config"], "Option '--config' requires an argument."],
    [["-o", "a"], "Option '-o' requires 2 arguments."],
    [["build", "--retry-failed=1"], "Option '--retry-failed' does not take a value."],
    [["buil"], "No such command 'buil'. Did you mean 'build'?"],
    [["--conf", "x", "build"], "No such option '--conf'. Did you mean '--config'?"],
    [["-Z"], "No such option '-Z'."],
    [["init", "a", "b", "c"], "Got unexpected extra arguments (b c)"],
    [["workspace", "open"], "Missing argument 'ELEMENTS...'."],
    [
      ["build", "--artifact-remote", "url=x,push=maybe"],
      "Invalid value for '--artifact-remote': 'push' is either 'True' or 'False', not 'maybe'.",
    ],
    [
      ["artifact", "pull", "--artifact-remote", "url=x,push=True"],
      "Invalid value for '--artifact-remote': 'push' has no place here: this remote is used to pull anyway.",
    ],
  ])("refuses %j", (words, message) => {
    expect(mistake(...words)).toBe(message);
  });

  it("accepts --pull on artifact checkout, which older scripts use, without listing it", () => {
    expect(Values.isSet(run("artifact", "checkout", "--pull", "x.bst").values, "pull")).toBe(true);
  });

  it("gives a result, whatever the words are", () => {
    const word = fc.oneof(
      fc.string(),
      fc.constantFrom(
        "--",
        "-",
        "-d",
        "--deps",
        "--deps=all",
        "build",
        "source",
        "fetch",
        "-o",
        "--help",
        "all",
        "-fr",
      ),
    );
    fc.assert(
      fc.property(fc.array(word), (words) => {
        expect(["run", "help", "version", "misuse", "incomplete"]).toContain(Parse.parse(bst, words).type);
      }),
    );
  });

  it("does not care where a command's options stand", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(["a.bst", "--deps=all", "-r", "b.bst"], { minLength: 4 }), (words) => {
        const { values } = run("build", ...words);
        expect([...Values.list(values, "elements")].sort()).toEqual(["a.bst", "b.bst"]);
        expect(Values.text(values, "deps")).toBe("all");
        expect(Values.isSet(values, "retry-failed")).toBe(true);
      }),
    );
  });
});
