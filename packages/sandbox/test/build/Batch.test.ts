import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as Batch from "../../src/build/Batch.ts";

interface Case {
  readonly items: readonly Batch.Item[];
  readonly script: string;
  readonly cwd: string;
  readonly detail: string;
}

const golden = JSON.parse(
  readFileSync(join(import.meta.dirname, "../golden/build/batch.json"), "utf8"),
) as readonly Case[];

describe("Batch", () => {
  it.each(golden)("makes the oracle's script: $detail", ({ items, script, cwd, detail }) => {
    expect(Batch.make(items)).toMatchObject({ script, cwd, detail });
  });

  it("is nothing without a command", () => {
    expect(Batch.make([{ type: "clean", path: "/b" }])).toBeUndefined();
  });

  it("quotes any text as one word of a shell", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        fc.pre(!text.includes("\0"));
        expect(execFileSync("sh", ["-c", `printf %s ${Batch.quote(text)}`], { encoding: "utf8" })).toBe(text);
      }),
      { numRuns: 40 },
    );
  });

  it("stops at the first command that fails, and says which", () => {
    const command = (text: string): Batch.Item => ({
      type: "command",
      argv: ["sh", "-c", "-e", `${text}\n`],
      label: text,
      cwd: "/",
      environment: {},
    });
    const batch = Batch.make([command("echo one"), command("false; echo not here"), command("echo never")]);
    let output = "";
    try {
      execFileSync("sh", ["-c", "-e", batch?.script ?? ""], { encoding: "utf8", stdio: "pipe" });
    } catch (cause) {
      const { stdout, stderr } = cause as { readonly stdout: string; readonly stderr: string };
      output = stdout + stderr;
    }
    expect(output).toMatch(/^one\n/);
    expect(output).toContain("Command 'false; echo not here' failed with exitcode 1");
    expect(output).not.toContain("never");
  });
});
