import { spawn } from "node:child_process";
import { closeSync, lstatSync, openSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Directory } from "@millrace/core/tree/Directory";
import * as Paths from "@millrace/core/tree/Paths";
import * as Tree from "@millrace/core/tree/Tree";
import * as Effect from "effect/Effect";
import * as Fiber from "effect/Fiber";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as FileHash from "../../src/cas/FileHash.ts";
import * as ObjectStore from "../../src/cas/ObjectStore.ts";
import * as Sandbox from "../../src/sandbox/Sandbox.ts";
import * as Roots from "../../src/staging/Roots.ts";
import * as HostRoot from "./HostRoot.ts";
import { processes, waitFor } from "./Watch.ts";

describe("Sandbox", () => {
  let world: HostRoot.World;
  let roots: Roots.RootsShape;
  beforeAll(async () => {
    world = HostRoot.make();
    roots = await Effect.runPromise(Roots.make(world.store));
  });
  afterAll(() => HostRoot.remove(world));

  const reader = () => ObjectStore.reader(world.store);
  const text = (tree: Directory, path: string) => {
    const entry = Paths.lookup(tree, path, { reader: reader() });
    if (entry?.type !== "file") throw new Error(`${path} is no file`);
    return Buffer.from(ObjectStore.read(world.store, entry.digest)).toString();
  };

  interface Ran extends Sandbox.Result {
    readonly output: string;
  }

  const effect = (
    script: string,
    options: Partial<Sandbox.Request> = {},
    tree = world.root,
  ): Effect.Effect<Ran, unknown> =>
    Effect.gen(function* () {
      const log = join(world.directory, `log-${Math.random()}`);
      const output = openSync(log, "a");
      const request: Sandbox.Request = {
        argv: ["sh", "-c", script],
        cwd: "/build/here",
        environment: { PATH: "/usr/bin", KEPT: "a b'c" },
        marked: ["/build/here", "/install"],
        readOnlyRoot: true,
        uid: 0,
        gid: 0,
        output,
        capture: true,
        ...options,
      };
      const result = yield* Sandbox.run(roots, world.store, tree, world.root, request).pipe(
        Effect.ensuring(Effect.sync(() => closeSync(output))),
      );
      return { ...result, output: readFileSync(log, "utf8") };
    });
  const run = (...args: Parameters<typeof effect>) => Effect.runPromise(effect(...args));

  it("gives the exact environment, working directory and identity", async () => {
    const { output, exitCode } = await run(
      "env; id -u; id -g; stat -c %a.%Y.%u /usr /usr/bin/cat; ls -A /tmp /dev/pts",
    );
    expect(exitCode).toBe(0);
    const lines = output.split("\n");
    expect(lines.filter((line) => line.includes("=")).sort()).toEqual([
      "KEPT=a b'c",
      "PATH=/usr/bin",
      "PWD=/build/here",
    ]);
    expect(lines.filter((line) => !line.includes("=") && line !== "")).toEqual([
      "0",
      "0",
      "755.1321009871.0",
      "755.1321009871.0",
      "/dev/pts:",
      "ptmx",
      "/tmp:",
    ]);
  });

  it("takes the configured user", async () => {
    expect((await run("id -u; id -g", { uid: 17, gid: 23 })).output).toBe("17\n23\n");
  });

  it("has no network and a name of its own", async () => {
    const { output } = await run("cat /proc/net/dev /proc/sys/kernel/hostname");
    expect(output).not.toMatch(/eth|ens|enp|wlan/);
    expect(output).toMatch(/buildbox\n$/);
  });

  it("captures what was written, one file system for all writable directories", async () => {
    const { tree, exitCode } = await run(
      "echo one > a; ln a /install/linked && mv a /install/moved && ln -s /etc /install/link && mkdir -p /install/empty/deep",
    );
    expect(exitCode).toBe(0);
    expect(Paths.listPaths(Paths.openDirectory(tree, "install", { reader: reader() }), reader())).toEqual([
      "link",
      "linked",
      "moved",
      "empty",
      "empty/deep",
    ]);
    expect(text(tree, "install/linked")).toBe("one\n");
  });

  it("keeps of special files and modes what a tree can say", async () => {
    const { tree } = await run(
      "cd /install; mkfifo pipe; echo x > closed; chmod 0 closed; mkdir shut; echo y > shut/in; chmod 0 shut; echo s > suid; chmod 4755 suid; echo g > group; chmod 010 group",
    );
    const install = Paths.openDirectory(tree, "install", { reader: reader() });
    expect(Paths.listPaths(install, reader())).toEqual(["closed", "group", "suid", "shut", "shut/in"]);
    expect(
      [...install.entries].map(([name, entry]) => [name, entry.type === "file" && entry.executable]).sort(),
    ).toEqual([
      ["closed", false],
      ["group", false],
      ["shut", false],
      ["suid", true],
    ]);
  });

  it("passes the exit code on", async () => {
    expect((await run("exit 7")).exitCode).toBe(7);
    expect((await run("kill -9 $$")).exitCode).toBe(137);
  });

  it("writes a whole root: removal, replacement, new directories over removed ones", async () => {
    const first = await run("mkdir /etc/d; echo 1 > /etc/d/one; echo 2 > /etc/d/two; echo x > /etc/x", {
      readOnlyRoot: false,
    });
    const second = await run(
      "rm -r /etc/d; mkdir /etc/d; echo 3 > /etc/d/three; rm /etc/x; mkdir /etc/x; echo more >> /usr/share/doc/new; rm /usr/bin/rmdir",
      { readOnlyRoot: false },
      first.tree,
    );
    expect(second.exitCode).toBe(0);
    const etc = Paths.openDirectory(second.tree, "etc", { reader: reader() });
    expect(Paths.listPaths(etc, reader())).toEqual(["d", "d/three", "x"]);
    expect(Paths.exists(second.tree, "usr/bin/rmdir", { reader: reader() })).toBe(false);
    expect(Paths.exists(second.tree, "usr/bin/cat", { reader: reader() })).toBe(true);
  });

  it("leaves a tree that nothing was done to as it is", async () => {
    const before = Sandbox.prepare(world.store, world.root, {
      argv: ["sh"],
      cwd: "/",
      environment: { PATH: "/usr/bin" },
      marked: [],
      readOnlyRoot: false,
      uid: 0,
      gid: 0,
      output: 1,
      capture: true,
    });
    const { tree } = await run(
      "touch /etc; chmod 700 /etc; chmod 755 /etc",
      { readOnlyRoot: false, cwd: "/", marked: [] },
      before,
    );
    expect(ObjectStore.putTree(world.store, tree)).toEqual(ObjectStore.putTree(world.store, before));
  });

  it("says which command the staged tree lacks", async () => {
    await expect(run("true", { argv: ["gcc"] })).rejects.toMatchObject({
      domain: "SANDBOX",
      reason: "missing-command",
      message: "Staged artifacts do not provide command 'gcc'",
    });
  });

  it("finds a program through links inside the tree", async () => {
    const tree = Paths.insert(world.root, "bin", Tree.symlink("usr/bin"), reader());
    const result = await run("true", { argv: ["/bin/sh", "-c", "exit 3"] }, tree);
    expect(result.exitCode).toBe(3);
  });

  /** Every file below a directory with its content, mode and modification time. */
  const photograph = (directory: string, prefix = ""): readonly string[] =>
    readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
      const path = join(directory, entry.name);
      const { mode, mtimeMs, size } = lstatSync(path);
      const line = `${prefix}${entry.name} ${mode} ${mtimeMs} ${size}`;
      if (entry.isDirectory())
        return [`${prefix}${entry.name} ${mode}`, ...photograph(path, `${prefix}${entry.name}/`)];
      return [entry.isFile() ? `${line} ${FileHash.hashFile(path).hash}` : line];
    });

  it("holds a hostile build: nothing outside its directories changes, not a byte of store or roots", async () => {
    await run("true");
    const before = photograph(join(world.store.directory, "objects"));
    // Only the time of last use of a root may change.
    const extracted = () =>
      ["roots", "files"]
        .flatMap((name) => photograph(join(world.store.privateDirectory, name)))
        .filter((line) => !line.includes("/entry.json "));
    const rootsBefore = extracted();
    const secret = join(world.directory, "secret");
    writeFileSync(secret, "mine");
    const { tree, output } = await run(
      `
      for f in /usr/bin/* /etc/* /lib/* /lib64/*; do echo bad > "$f"; chmod 777 "$f"; rm -f "$f"; mv "$f" /install/; ln "$f" /install/hard; done
      ln -s / /install/root; echo bad > /install/root/usr/bin/cat; ln -s ../../../../../.. up; echo bad > up/usr/bin/cat
      echo bad > /proc/self/root/usr/bin/cat; echo bad > /proc/1/root/usr/bin/cat; echo bad > /proc/self/cwd/../../usr/bin/cat
      chmod u+w / /build /usr; rm -rf /usr /lib; mkdir /new; echo bad > /build/beside; touch -d 1970-01-01 /usr/bin/cat
      echo 1 > /proc/sys/kernel/hostname; echo bad > ${secret}; ls ${secret}
      (while :; do echo more >> /install/late; done) &
      echo done > /install/result
      `,
    );
    expect(output).toMatch(/Read-only file system/);
    expect(readFileSync(secret, "utf8")).toBe("mine");
    expect(extracted()).toEqual(rootsBefore);
    const after = photograph(join(world.store.directory, "objects"));
    expect(before.filter((line) => !after.includes(line))).toEqual([]);
    // What the build stored is what its name says, although a process was still writing when the command ended.
    for (const directory of readdirSync(join(world.store.directory, "objects")))
      for (const name of readdirSync(join(world.store.directory, "objects", directory)))
        expect(FileHash.hashFile(join(world.store.directory, "objects", directory, name)).hash).toBe(directory + name);
    const base = Sandbox.prepare(world.store, world.root, {
      argv: ["sh"],
      cwd: "/build/here",
      environment: { PATH: "/usr/bin" },
      marked: ["/install"],
      readOnlyRoot: true,
      uid: 0,
      gid: 0,
      output: 1,
      capture: true,
    });
    for (const [name, entry] of base.entries) {
      if (name === "build" || name === "install") continue;
      expect(tree.entries.get(name)).toEqual(entry);
    }
    expect([...tree.entries.keys()].sort()).toEqual([...base.entries.keys()].sort());
  });

  it("leaves no run, mount or process behind when interrupted", async () => {
    const marker = `${50000 + Math.floor(Math.random() * 10000)}`;
    const fiber = Effect.runFork(effect(`sleep ${marker} & sleep ${marker}`));
    await waitFor(() => processes(marker).length >= 2);
    await Effect.runPromise(Fiber.interrupt(fiber));
    await waitFor(() => processes(marker).length === 0);
    expect(readdirSync(join(world.store.privateDirectory, "runs"))).toEqual([]);
    expect(readFileSync("/proc/self/mountinfo", "utf8")).not.toContain(world.directory);
  });

  it("leaves no process behind when killed, and the next start cleans up", async () => {
    const marker = `${60000 + Math.floor(Math.random() * 10000)}`;
    const runs = join(world.store.privateDirectory, "runs");
    const child = spawn(
      process.execPath,
      ["--conditions=@millrace/source", join(import.meta.dirname, "Victim.ts"), world.store.directory, marker],
      { stdio: "inherit" },
    );
    const gone = new Promise((resolve) => child.once("exit", resolve));
    await waitFor(() => processes(marker).length >= 2);
    child.kill("SIGKILL");
    await gone;
    await waitFor(() => processes(marker).length === 0);
    expect(readdirSync(runs)).toHaveLength(1);
    await Effect.runPromise(Roots.make(world.store));
    expect(readdirSync(runs)).toEqual([]);
  });
});
