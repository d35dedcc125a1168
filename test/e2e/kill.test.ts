/** `kill -9` at any moment of a build loses at most the running elements: the next build succeeds with the same result, and nothing is left behind. */
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, describe, expect, it } from "vitest";
import { openSession, tool } from "../support/session.ts";

const count = 6;
const elements = Object.fromEntries(
  Array.from({ length: count }, (_, index) => [
    `e${index}.bst`,
    `kind: manual\nbuild-depends:\n- base.bst\n${index > 0 ? `depends:\n- e${index - 1}.bst\n` : ""}config:\n  install-commands:\n  - |\n` +
      `    mkdir -p %{install-root}/d${index}; for k in $(seq 40); do echo $k > %{install-root}/d${index}/f$k; done\n`,
  ]),
);
const session = openSession(elements);
afterAll(() => session.close());

/** Processes of this machine whose command line, working directory or root has to do with the session. */
function leftProcesses(): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
    .flatMap((pid) => {
      try {
        const commandLine = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
        const places = [commandLine, readlinkSync(`/proc/${pid}/cwd`), readlinkSync(`/proc/${pid}/root`)];
        return places.some((text) => text.includes(session.home)) ? [`${pid} ${commandLine}`] : [];
      } catch {
        return [];
      }
    });
}

const leftMounts = (): string[] =>
  readFileSync("/proc/self/mounts", "utf8")
    .split("\n")
    .filter((line) => line.includes(session.home));

/** Pseudo-random and repeatable: a failure names its moment. */
const moments = Array.from({ length: 20 }, (_, index) => 60 + ((index * 7919) % 20) * 45);

describe("a hang-up", () => {
  it("ends a session as an asked-for end does: nothing is left, not even for the next one", async () => {
    session.write("project.conf", "name: test\nmin-version: 2.0\n");
    session.write(
      "slow.bst",
      "kind: manual\nbuild-depends:\n- base.bst\nconfig:\n  install-commands:\n  - sleep 600\n",
    );
    const [command, ...first] = tool.argv as [string, ...string[]];
    const words = [...first, "--no-interactive", "-c", session.configuration, "build", "slow.bst"];
    const child = spawn(command, words, { cwd: session.project, stdio: "ignore", detached: true });
    const ended = new Promise((resolve) => child.on("close", resolve));
    const runs = join(session.home, "cache/millrace/runs");
    const underWay = () => existsSync(runs) && readdirSync(runs).length > 0 && leftProcesses().length > 2;
    for (let waited = 0; !underWay() && waited < 600; waited++) await sleep(50);
    expect(underWay()).toBe(true);
    process.kill(child.pid as number, "SIGHUP");
    expect(await ended).toBe(255);
    expect(leftProcesses()).toEqual([]);
    for (const place of ["millrace/runs", "millrace/sessions", "cas/tmp"])
      expect(readdirSync(join(session.home, "cache", place))).toEqual([]);
  }, 60_000);
});

describe("kill -9", () => {
  it("at twenty moments of a build", async () => {
    const expected: string[] = [];
    for (const [turn, moment] of moments.entries()) {
      // Another value for one variable gives every round new keys, so that each has all elements to build.
      session.write("project.conf", `name: test\nmin-version: 2.0\nenvironment:\n  ROUND: "${turn}"\n`);
      const [command, ...first] = tool.argv as [string, ...string[]];
      const child = spawn(
        command,
        [...first, "--no-interactive", "-c", session.configuration, "build", `e${count - 1}.bst`],
        {
          cwd: session.project,
          stdio: "ignore",
          detached: true,
        },
      );
      const ended = new Promise((resolve) => child.on("close", resolve));
      await sleep(moment);
      try {
        process.kill(child.pid as number, "SIGKILL");
      } catch {
        // It was faster than this moment.
      }
      await ended;
      for (let waited = 0; leftProcesses().length > 0 && waited < 50; waited++) await sleep(100);
      expect({ moment, processes: leftProcesses() }).toEqual({ moment, processes: [] });
      expect({ moment, mounts: leftMounts() }).toEqual({ moment, mounts: [] });
      const again = await session.bst("build", `e${count - 1}.bst`);
      expect({ moment, status: again.status, stderr: again.status === 0 ? "" : again.stderr }).toEqual({
        moment,
        status: 0,
        stderr: "",
      });
      const digests = await session.bst(
        "show",
        "--deps",
        "all",
        "--format",
        "%{name} %{artifact-cas-digest}",
        `e${count - 1}.bst`,
      );
      expected.push(digests.stdout);
    }
    expect(new Set(expected).size).toBe(1);
    const temporary = ["cache/tmp", "cache/build", "cache/cas/tmp"].flatMap((name) => {
      try {
        return readdirSync(join(session.home, name));
      } catch {
        return [];
      }
    });
    expect(temporary).toEqual([]);
  }, 300_000);
});
