/** A person at a terminal: the live region, questions and their answers, suspension, and signals that end everything. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, describe, expect, it } from "vitest";
import { openSession, tool } from "../support/session.ts";
import * as Terminal from "../support/Terminal.ts";

const slow = (seconds: number, salt: string) =>
  `kind: manual\nbuild-depends:\n- base.bst\nconfig:\n  build-commands:\n  - echo ${salt}; for k in $(seq ${seconds * 10}); do sleep 0.1; done\n`;
const long = `${"n".repeat(190)}.bst`;
const session = openSession({
  "fails.bst":
    "kind: manual\nbuild-depends:\n- base.bst\nconfig:\n  build-commands:\n  - echo kept > left-behind\n  - echo last words; exit 3\n",
  "short.bst": slow(3, "short"),
  "slow.bst": slow(60, "slow"),
  [long]: slow(3, "long"),
  "both.bst": "kind: stack\ndepends:\n- short.bst\n- fails.bst\n",
});
afterAll(() => session.close());

const bst = (...args: readonly string[]) => [...tool.argv, "-c", session.configuration, ...args];
const open = (args: readonly string[], options = {}) => Terminal.open(bst(...args), session.project, options);

/** Processes whose command line, working directory or root has to do with the session, by id. */
function processes(): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
    .filter((pid) => {
      try {
        const places = [readFileSync(`/proc/${pid}/cmdline`, "utf8"), readlinkSync(`/proc/${pid}/cwd`)];
        return places.some((text) => text.includes(session.home)) && !places[0]?.includes("terminal.py");
      } catch {
        return false;
      }
    })
    .map(Number);
}

const stateOf = (pid: number) => /\) (\w)/.exec(readFileSync(`/proc/${pid}/stat`, "utf8"))?.[1];
const runs = () => readdirSync(join(session.home, "cache/millrace/runs"));

describe("a failed build", () => {
  it("is asked about: its log, a shell in what it left, once more, and on", async () => {
    const terminal = await open(["build", "fails.bst"], { env: { PAGER: "cat" } });
    const question = await terminal.until(/Choice: \[continue\]: /);
    for (const choice of ["continue", "quit", "terminate", "retry", "log", "shell"])
      expect(question).toContain(`(${choice[0]})${choice.slice(1)}`);
    terminal.type("x\r");
    await terminal.until(/'x' is none of .*Choice: /s);
    terminal.type("l\r");
    expect(await terminal.until(/Choice: /)).toContain("last words");
    terminal.type("shell\r");
    await sleep(1500);
    terminal.type("cat left-behind; pwd\r");
    await terminal.until(/kept\r?\n\/buildstream\/test\/fails.bst/);
    terminal.type("exit\r");
    await terminal.until(/Choice: /);
    terminal.type("r\r");
    expect(await terminal.until(/Choice: /)).toContain("Build failed: fails.bst");
    terminal.type("\r");
    expect(await terminal.ended).toBe(255);
    expect(terminal.shown()).toMatch(/Build Queue: processed \d, skipped \d, failed 1/);
    expect(runs()).toEqual([]);
  });

  it("is not asked about where --on-error says what to do, or nobody is there", async () => {
    const terminal = await open(["--on-error", "continue", "build", "--retry-failed", "fails.bst"]);
    expect(await terminal.ended).toBe(255);
    expect(terminal.written()).not.toContain("Choice:");
    const silent = await open(["--no-interactive", "build", "fails.bst"]);
    expect(await silent.ended).toBe(255);
    expect(silent.written()).not.toContain("Choice:");
  });
});

describe("Ctrl-C", () => {
  it("asks: on with it, or no more than what runs", async () => {
    const terminal = await open(["--on-error", "continue", "build", "short.bst"]);
    await terminal.until(/build short\.bst/);
    terminal.type("\u0003");
    await terminal.until(/Interrupted\.[\s\S]*Choice: \[continue\]: /);
    terminal.type("\r");
    await terminal.until(/build short\.bst/);
    terminal.type("\u0003");
    await terminal.until(/Choice: \[continue\]: /);
    terminal.type("q\r");
    expect(await terminal.ended).toBe(0);
    expect(terminal.screen().rows().join("\n")).toContain("SUCCESS Build");
  });

  it("twice ends everything, and leaves nothing", async () => {
    const terminal = await open(["build", "slow.bst"]);
    await terminal.until(/build slow\.bst {2}Running commands/);
    terminal.type("\u0003");
    await terminal.until(/Choice: \[continue\]: /);
    terminal.type("\u0003");
    expect(await terminal.ended).not.toBe(0);
    expect(processes()).toEqual([]);
    expect(runs()).toEqual([]);
  });
});

describe("suspension", () => {
  it("stops all that runs, and its clock, until it goes on", async () => {
    const begun = performance.now();
    const terminal = await open(["build", long]);
    await terminal.until(/Running commands/);
    while (processes().length < 4) await sleep(50);
    terminal.type("\u001a");
    for (let waited = 0; stateOf(terminal.pid) !== "T" && waited < 1000; waited++) await sleep(50);
    expect(stateOf(terminal.pid)).toBe("T");
    const stopped = performance.now();
    await sleep(4000);
    const states = processes().map((pid) => stateOf(pid));
    // D: was just starting another process, which is stopped as well.
    expect(states.filter((state) => !["T", "D", "Z"].includes(state ?? ""))).toEqual([]);
    expect(states.length).toBeGreaterThan(3);
    const paused = performance.now() - stopped;
    process.kill(terminal.pid, "SIGCONT");
    await terminal.until(/Running commands/);
    expect(await terminal.ended).toBe(0);
    const awake = performance.now() - begun - paused;
    const took = /\[00:(\d\d):(\d\d)\]\[ +\]\[ +main:core activity +\] SUCCESS Build/.exec(terminal.shown());
    expect(Number(took?.[1]) * 60 + Number(took?.[2])).toBeLessThanOrEqual(awake / 1000);
  });
});

describe("signals that end", () => {
  it.each(["SIGTERM", "SIGHUP"] as const)("%s ends all, and leaves nothing", async (name) => {
    const terminal = await open(["build", "slow.bst"]);
    await terminal.until(/build slow\.bst {2}Running commands/);
    process.kill(terminal.pid, name);
    expect(await terminal.ended).not.toBe(0);
    expect(processes()).toEqual([]);
    expect(runs()).toEqual([]);
  });

  it("twice do not harm the store", async () => {
    const terminal = await open(["build", "slow.bst"]);
    await terminal.until(/build slow\.bst {2}Running commands/);
    process.kill(terminal.pid, "SIGTERM");
    await sleep(5);
    try {
      process.kill(terminal.pid, "SIGTERM");
    } catch {
      // It was gone already.
    }
    await terminal.ended;
    for (let waited = 0; processes().length > 0 && waited < 1000; waited++) await sleep(50);
    expect(processes()).toEqual([]);
    expect((await session.bst("cache", "verify")).status).toBe(0);
    expect((await session.bst("build", "base.bst")).status).toBe(0);
    expect(runs()).toEqual([]);
  });

  it("and a terminal that goes away do the same", async () => {
    const terminal = await open(["build", "slow.bst"]);
    await terminal.until(/build slow\.bst {2}Running commands/);
    terminal.hangUp();
    await terminal.ended;
    expect(processes()).toEqual([]);
    expect(runs()).toEqual([]);
  });
});

describe("the live region", () => {
  it("fits a terminal of 40 columns, also one that becomes so, and is gone at the end", async () => {
    session.write(long, slow(4, "again"));
    const terminal = await open(["build", long], { columns: 120 });
    await terminal.until(/Running commands/);
    terminal.resize(40, 20);
    const region = () =>
      terminal
        .screen()
        .rows()
        .filter((row) => /^ +\d:\d\d build n/.test(row));
    const fits = () => region().length === 1 && (region()[0]?.length ?? 40) < 40;
    for (let waited = 0; !fits() && waited < 1000; waited++) await sleep(10);
    expect(fits()).toBe(true);
    expect(await terminal.ended).toBe(0);
    const rows = terminal.screen().rows();
    expect(rows.filter((row) => /^ +\d:\d\d build/.test(row))).toEqual([]);
    expect(rows.join("\n")).toContain("Pipeline Summary");
    expect(rows.join("\n")).toMatch(/^\d built[,;] /m);
  });

  it("shows what jobs log last when a key is pressed, makes room for questions, and gives the terminal back", async () => {
    session.write(
      "noisy.bst",
      "kind: manual\nbuild-depends:\n- base.bst\nconfig:\n  build-commands:\n  - while sleep 0.1; do echo step; done\n",
    );
    const script = `trap : INT; stty -g; "$@"; stty -g; read line; echo "<$line>"`;
    const terminal = await Terminal.open(["sh", "-c", script, "sh", ...bst("build", "noisy.bst")], session.project);
    const properties = /[0-9a-f]+(:[0-9a-f]+)+(?=\r?\n)/;
    const before = properties.exec(await terminal.until(/(:[0-9a-f]+)+\r?\n/))?.[0];
    const quiet = /l: show logs\r?\n.*build noisy\.bst {2}Running commands\r?\n(?! )/;
    const talking = /l: hide logs\r?\n.*build noisy\.bst {2}Running commands\r?\n {8}step\r?\n/;
    await terminal.until(quiet);
    terminal.type("l");
    await terminal.until(talking);
    terminal.type("\u0003");
    await terminal.until(/Choice: \[continue\]: /);
    terminal.type("continue\r");
    await terminal.until(talking);
    terminal.type("l");
    await terminal.until(quiet);
    terminal.type("\u0003");
    await terminal.until(/Choice: \[continue\]: /);
    terminal.type("\u0003");
    const after = properties.exec(await terminal.until(/(:[0-9a-f]+)+\r?\n/))?.[0];
    expect(after).toBe(before);
    terminal.type("for the shell\r");
    await terminal.until(/<for the shell>/);
    await terminal.ended;
    expect(runs()).toEqual([]);
  });

  it("has no colours for NO_COLOR, and is not there on a terminal that cannot erase", async () => {
    session.write("short.bst", slow(1, "colour"));
    const uncoloured = await open(["build", "short.bst"], { env: { NO_COLOR: "1" } });
    expect(await uncoloured.ended).toBe(0);
    expect(uncoloured.written()).not.toMatch(/\u001b\[[0-9;]*m/);
    session.write("short.bst", slow(1, "dumb"));
    const dumb = await open(["build", "short.bst"], { env: { TERM: "dumb" } });
    expect(await dumb.ended).toBe(0);
    expect(dumb.written()).not.toContain("\u001b");
  });
});
