import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import * as LogTail from "../../src/app/LogTail.ts";

const directory = mkdtempSync(join(tmpdir(), "millrace-tail-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const tail = (content: string | Uint8Array, count: number) => {
  const file = join(directory, "log");
  writeFileSync(file, content);
  return LogTail.read(file, count);
};

describe("LogTail", () => {
  it("gives the last lines, and all of them when there are fewer", () => {
    expect(tail("a\nb\nc\n", 2)).toBe("b\nc");
    expect(tail("a\nb\nc", 9)).toBe("a\nb\nc");
    expect(tail("", 3)).toBe("");
    expect(LogTail.read(join(directory, "missing"), 3)).toBe("");
  });

  it("shows of a line of megabytes its beginning and its end", () => {
    const shown = tail(`before\nstart${"x".repeat(900_000)}end\nafter\n`, 3).split("\n");
    expect(shown[0]).toBe("before");
    expect(shown[1]).toMatch(/^startx+ \[… 8\d{5} characters …\] x+end$/);
    expect(shown[1]?.length).toBeLessThan(4100);
    expect(shown[2]).toBe("after");
  });

  it("reads only the end of a large file", () => {
    const shown = tail(Buffer.concat([Buffer.alloc(50 << 20, 120), Buffer.from("\nend\n")]), 20);
    expect(shown.startsWith("[…] x")).toBe(true);
    expect(shown.endsWith("\nend")).toBe(true);
    expect(shown.length).toBeLessThan(5000);
  });

  it("finds the last line that says something, and its last state", () => {
    const last = (content: string) => {
      writeFileSync(join(directory, "log"), content);
      return LogTail.last(join(directory, "log"));
    };
    expect(last("a\n  b\tc \n\n \n")).toBe("b\tc");
    expect(last("a\n10%\r20%\r\u001b[1m30%\u001b[0m")).toBe("30%");
    expect(last("")).toBe("");
    expect(last(`${"x".repeat(100_000)}\n`).length).toBeLessThan(10_000);
    expect(LogTail.last(join(directory, "missing"))).toBe("");
  });

  it("lets nothing through that would speak to a terminal", () => {
    expect(tail("\u001b[2J\u001b]0;title\u0007\u001b[31mred\u001b[0m\u0007\tx\u001b(B\n", 1)).toBe("red\ufffd\tx");
    expect(tail(Buffer.alloc(1000), 1)).toBe("[… 1000 unprintable characters …]");
  });
});
