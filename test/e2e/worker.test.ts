/** `bst worker` as a process: it joins, works, survives its scheduler, drains, and leaves nothing behind when it is killed. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as ObjectStore from "@millrace/sandbox/cas/ObjectStore";
import * as ActionMessages from "@millrace/sandbox/remote/ActionMessages";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import * as Trees from "../../packages/sandbox/src/cas/Trees.ts";
import * as FakeServer from "../../packages/sandbox/test/remote/FakeServer.ts";
import * as HostRoot from "../../packages/sandbox/test/sandbox/HostRoot.ts";
import { processes, waitFor } from "../../packages/sandbox/test/sandbox/Watch.ts";
import * as FakeScheduler from "../../packages/sandbox/test/worker/FakeScheduler.ts";
import { ours, writeConfiguration } from "../support/tools.ts";

interface Running {
  readonly child: ChildProcess;
  readonly said: () => string;
  readonly ended: Promise<number | null>;
}

describe("bst worker", () => {
  let world: HostRoot.World;
  let storage: FakeServer.FakeServer;
  let scheduler: FakeScheduler.FakeScheduler;
  let home: string;
  const started: Running[] = [];
  beforeAll(async () => {
    world = HostRoot.make();
    storage = await FakeServer.start();
    const root = ObjectStore.putTree(world.store, world.root);
    const steps = Trees.blobs(world.store, root);
    for (let step = steps.next(); ; step = steps.next()) {
      if (step.done !== true) continue;
      for (const digest of step.value) storage.blobs.set(digest.hash, ObjectStore.read(world.store, digest));
      break;
    }
  });
  afterAll(() => {
    storage.close();
    HostRoot.remove(world);
  });
  beforeEach(async () => {
    home = mkdtempSync(join(tmpdir(), "millrace-worker-"));
    scheduler = await FakeScheduler.start();
  });
  afterEach(async () => {
    for (const { child, ended } of started.splice(0)) {
      child.kill("SIGKILL");
      await ended;
    }
    scheduler.close();
    rmSync(home, { recursive: true, force: true });
  });

  const start = (...more: readonly string[]): Running => {
    const [command, ...first] = ours.argv as [string, ...string[]];
    const words = ["-c", writeConfiguration(home), "worker", "--name", "w", "--storage", storage.url, ...more];
    const child = spawn(command, [...first, "--no-colors", ...words, scheduler.url], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    let said = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
    const ended = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
    const running = { child, ended, said: () => said };
    started.push(running);
    return running;
  };
  const action = (script: string): ActionMessages.Action => {
    const bytes = ActionMessages.encodeCommand({
      argv: ["sh", "-c", "-e", script],
      environment: [["PATH", "/usr/bin"]],
      platform: [],
      workingDirectory: "work",
      outputPaths: ["."],
      outputProperties: [],
      outputFormat: ActionMessages.format.directory,
    });
    const command = ObjectStore.putBytes(world.store, bytes);
    storage.blobs.set(command.hash, bytes);
    return { command, inputRoot: ObjectStore.putTree(world.store, world.root), platform: [["OSFamily", "linux"]] };
  };
  const leftovers = () => readdirSync(join(home, "cache/millrace/runs"));

  it("does as many actions at once as it may, and uploads what they made", async () => {
    start("--jobs", "2", "--property", "network", "on");
    const results = await Promise.all([1, 2, 3].map((n) => scheduler.run(action(`echo ${n} | cat > file; cat file`))));
    for (const [at, { status, result }] of results.entries()) {
      expect(status.code).toBe(0);
      const printed = storage.blobs.get(result?.stdout.digest?.hash ?? "");
      expect(Buffer.from(printed ?? []).toString()).toBe(`${at + 1}\n`);
      expect(storage.blobs.has(result?.directories[0]?.root?.hash ?? "")).toBe(true);
    }
    expect(scheduler.bots()).toEqual(["w-0", "w-1"]);
    expect(new Set(results.map(({ bot }) => bot)).size).toBe(2);
    expect(scheduler.properties()).toContainEqual(["network", "on"]);
    // What is here already is not asked for again.
    const reads = storage.calls.filter((call) => call === "BatchReadBlobs").length;
    await scheduler.run(action("true"));
    expect(storage.calls.filter((call) => call === "BatchReadBlobs").length).toBeLessThanOrEqual(reads + 1);
  });

  it("goes on when the scheduler was away, and begins anew when it forgot everything", async () => {
    const worker = start();
    await scheduler.run(action("true"));
    scheduler.unavailable = 2;
    expect((await scheduler.run(action("echo again"))).status.code).toBe(0);
    await waitFor(() => worker.said().includes("answers again"));
    const twice = scheduler.run(action("sleep 1"));
    await waitFor(() => scheduler.active() > 0);
    scheduler.forget();
    expect((await twice).status.code).toBe(0);
  });

  it("ends an action that is taken back", async () => {
    start();
    const ended = scheduler.run(action("sleep 86412"));
    await waitFor(() => processes("86412").length > 0);
    scheduler.cancel();
    await ended;
    await waitFor(() => processes("86412").length === 0);
    expect((await scheduler.run(action("true"))).result?.exitCode).toBe(0);
  });

  it("tells of inputs that are damaged in the storage, and keeps none of them", async () => {
    start();
    const wanted = action("echo damaged");
    storage.manners.damaged = new Set([wanted.command.hash]);
    const { status } = await scheduler.run(wanted);
    storage.manners.damaged = new Set();
    expect(status.code).toBe(9);
    expect(status.message).toContain(wanted.command.hash);
    expect((await scheduler.run(wanted)).status.code).toBe(0);
  });

  it("ends what it has at SIGTERM, tells the scheduler, and goes", async () => {
    const worker = start("--jobs", "2");
    const ended = scheduler.run(action("sleep 1; echo whole"));
    await waitFor(() => scheduler.active() > 0);
    worker.child.kill("SIGTERM");
    expect((await ended).result?.exitCode).toBe(0);
    expect(await worker.ended).toBe(0);
    expect(scheduler.statuses.filter((status) => status === 4)).toHaveLength(2);
    expect(scheduler.bots()).toEqual([]);
    expect(leftovers()).toEqual([]);
  });

  it("goes at once when it is told twice", async () => {
    const worker = start();
    void scheduler.run(action("sleep 86413"));
    await waitFor(() => processes("86413").length > 0);
    worker.child.kill("SIGTERM");
    await waitFor(() => worker.said().includes("another signal"));
    worker.child.kill("SIGTERM");
    await worker.ended;
    await waitFor(() => processes("86413").length === 0);
    // It gave back what it had.
    expect([scheduler.statuses.at(-1), scheduler.active()]).toEqual([4, 0]);
    expect(leftovers()).toEqual([]);
  });

  it("leaves nothing that runs when it is killed; the next one has its name, and the work is done there", async () => {
    const worker = start();
    const ended = scheduler.run(action("echo x > marker; sleep 2"));
    await waitFor(() => scheduler.active() > 0);
    worker.child.kill("SIGKILL");
    await worker.ended;
    start();
    const { bot, result } = await ended;
    expect([bot, result?.exitCode]).toEqual(["w-0", 0]);
    await waitFor(() => leftovers().length === 0);
  });
});
