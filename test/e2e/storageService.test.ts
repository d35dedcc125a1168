/** A storage service behind the local store: what is built goes there, and comes back when something here needs it. */
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as Buildbox from "../support/Buildbox.ts";
import { openSession, type Session } from "../support/session.ts";

const elements = {
  "tool.bst":
    "kind: manual\nbuild-depends:\n- base.bst\nconfig:\n  install-commands:\n  - mkdir -p %{install-root}/etc; seq 100000 > %{install-root}/etc/large; echo small > %{install-root}/etc/small\n",
  "user.bst":
    "kind: manual\nbuild-depends:\n- base.bst\n- tool.bst\nconfig:\n  install-commands:\n  - mkdir -p %{install-root}; cat /etc/small > %{install-root}/copied\n",
  "sub.bst": "kind: junction\nsources:\n- kind: local\n  path: files/sub\n",
};
const large = /^[0-9a-f]{62}$/;

let storage: Buildbox.Casd;
let farm: Buildbox.Casd;
let local: Session;
let remote: Session;

const behind = (url: string) => `cache:\n  storage-service:\n    url: ${url}\n`;

beforeAll(async () => {
  storage = await Buildbox.start();
  farm = await Buildbox.start({ executes: true });
  local = openSession(elements, { user: behind(storage.url) });
  remote = openSession(elements, {
    user: `${behind(farm.url)}remote-execution:\n  execution-service:\n    url: ${farm.url}\n`,
  });
});
afterAll(async () => {
  local.close();
  remote.close();
  await storage.stop();
  await farm.stop();
});

const objects = (cachedir: string): ReadonlyMap<string, number> => {
  const found = new Map<string, number>();
  const base = join(cachedir, "cas/objects");
  for (const first of readdirSync(base))
    for (const rest of readdirSync(join(base, first)))
      if (large.test(rest)) found.set(first + rest, statSync(join(base, first, rest)).size);
  return found;
};
/** The size of the largest file that is built. */
const largest = Array.from({ length: 100_000 }, (_, at) => `${at + 1}\n`).join("").length;
const hasLargest = (session: Session) => [...objects(join(session.home, "cache")).values()].includes(largest);
const forget = (session: Session) => {
  for (const name of ["cas", "millrace"]) rmSync(join(session.home, "cache", name), { recursive: true, force: true });
};

describe("a storage service behind the store", () => {
  it("gets everything that is built, before a record names it", async () => {
    expect((await local.bst("build", "user.bst")).stderr).toContain("Build Queue: processed 3");
    expect([...objects(storage.store).values()]).toContain(largest);
  });

  it("makes good what the local store has lost, and only what is needed", async () => {
    forget(local);
    const shown = await local.bst("show", "--deps", "all", "--format", "%{name} %{state}", "user.bst");
    expect(shown.stdout).toBe("base.bst cached\ntool.bst cached\nuser.bst cached\n");
    expect(hasLargest(local)).toBe(false);
    const out = join(local.home, "out");
    expect((await local.bst("artifact", "checkout", "--deps", "none", "--directory", out, "user.bst")).status).toBe(0);
    expect(readFileSync(join(out, "copied"), "utf8")).toBe("small\n");
    expect(hasLargest(local)).toBe(false);
    expect((await local.bst("artifact", "checkout", "--tar", join(local.home, "t.tar"), "tool.bst")).status).toBe(0);
    expect(hasLargest(local)).toBe(true);
  });

  it("is asked for what a build on this machine reads", async () => {
    forget(local);
    local.write("other.bst", elements["user.bst"].replace("small", "large"));
    const built = await local.bst("build", "other.bst");
    expect(built.stderr).toContain("Build Queue: processed 1");
    expect(hasLargest(local)).toBe(true);
  });

  it("spares pulls what it has already", async () => {
    const caches = `${behind(storage.url)}artifacts:\n  servers:\n  - url: ${storage.url}\n    push: true\n`;
    const machine = openSession(elements, { user: caches });
    const lone = openSession(elements, { user: caches.replace(behind(storage.url), "") });
    try {
      expect((await machine.bst("build", "user.bst")).status).toBe(0);
      for (const name of ["cas", "artifacts"]) rmSync(join(machine.home, "cache", name), { recursive: true });
      const pulled = await machine.bst("artifact", "pull", "--deps", "all", "user.bst");
      expect(pulled.stderr).toMatch(/Pull Queue: processed 3/);
      expect(pulled.stderr).toContain("<- the storage service");
      expect(hasLargest(machine)).toBe(false);
      expect((await machine.bst("artifact", "checkout", "--tar", join(machine.home, "t.tar"), "tool.bst")).status).toBe(
        0,
      );
      // The same server as a cache alone gives all of it.
      expect((await lone.bst("artifact", "pull", "--deps", "all", "user.bst")).stderr).toMatch(
        /Pull Queue: processed 3/,
      );
      expect(hasLargest(lone)).toBe(true);
    } finally {
      machine.close();
      lone.close();
    }
  });

  it("is told of by one error when it is away", async () => {
    await storage.stop();
    forget(local);
    const failed = await local.bst("--error-lines", "0", "build", "user.bst");
    expect(failed.status).toBe(255);
    expect(failed.stderr).toContain(`The storage service at ${storage.url} cannot be used`);
  });

  it("keeps what is built elsewhere: nothing is downloaded until something here needs it", async () => {
    const built = await remote.bst("build", "user.bst");
    expect(built.status).toBe(0);
    expect(built.stderr).toContain("Waiting for the remote build to complete");
    expect(hasLargest(remote)).toBe(false);
    expect((await remote.bst("show", "--format", "%{state}", "--deps", "none", "user.bst")).stdout).toBe("cached\n");
    expect((await remote.bst("build", "user.bst")).stderr).toMatch(/Build Queue: processed 0/);
    const shell = await remote.bst("shell", "--build", "user.bst", "--", "sh", "-c", "tail -n 1 /etc/large");
    expect(shell.stdout).toBe("100000\n");
    expect(hasLargest(remote)).toBe(true);
    expect(existsSync(join(remote.home, "cache/artifacts/refs/test/user"))).toBe(true);
  });
});
