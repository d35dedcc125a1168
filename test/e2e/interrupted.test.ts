/** Ctrl-C, a request to end and a terminal that hangs up while a server says nothing: the command ends at once, and not when the server's time is up; nothing half done stays. */
import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as Buildbox from "../support/Buildbox.ts";
import * as GrpcProxy from "../support/GrpcProxy.ts";
import { openSession, type Session, tool } from "../support/session.ts";
import { writeConfiguration } from "../support/tools.ts";

/** Far below the minute for which a silent server is waited for, and far above what a busy machine needs for a second's work. */
const bound = 20_000;

describe("Ctrl-C during a call that is not answered", () => {
  let session: Session;
  let casd: Buildbox.Casd;
  let proxy: GrpcProxy.GrpcProxy;
  /** The method that is not answered, and who waits for such a call. */
  let stalled: { readonly method: string; readonly reached: () => void } | undefined;

  beforeAll(async () => {
    casd = await Buildbox.start({ executes: true });
    proxy = await GrpcProxy.start({
      port: casd.port,
      fault: (method) => {
        if (stalled === undefined || !method.endsWith(`/${stalled.method}`)) return undefined;
        stalled.reached();
        return { type: "silent" };
      },
    });
    const install = "config:\n  install-commands:\n  - mkdir -p %{install-root}; echo hi > %{install-root}/hi\n";
    session = openSession({ "app.bst": `kind: manual\nbuild-depends:\n- base.bst\n${install}` });
    const full = writeConfiguration(session.home, caches(casd.url));
    const built = await session.bst("-c", full, "build", "app.bst");
    expect({ status: built.status, stderr: built.stderr }).toMatchObject({ status: 0 });
  });
  afterAll(async () => {
    session?.close();
    await proxy?.close();
    await casd?.stop();
  });

  const caches = (url: string) => `artifacts:\n  servers:\n  - url: ${url}\n    push: true\n`;
  const farm = (url: string) =>
    `remote-execution:\n  execution-service:\n    url: ${url}\n  storage-service:\n    url: ${url}\n`;

  /** Runs a command on a machine of its own until a call hangs, interrupts it, and gives its exit code and the milliseconds that it took to end. */
  async function interrupt(
    place: string,
    user: string,
    method: string,
    words: readonly string[],
    signal: NodeJS.Signals,
  ) {
    const configuration = writeConfiguration(place, user);
    const reached = new Promise<void>((resolve) => {
      stalled = { method, reached: resolve };
    });
    const [command, ...first] = tool.argv as [string, ...string[]];
    const options = ["--no-colors", "--no-interactive", "-c", configuration];
    const child = spawn(command, [...first, ...options, ...words], { cwd: session.project, stdio: "ignore" });
    const ended = new Promise<number>((resolve) => child.once("exit", (code) => resolve(code ?? -1)));
    try {
      const early = await Promise.race([reached, ended]);
      expect(early, `${method} was never called`).toBeUndefined();
      const start = performance.now();
      child.kill(signal);
      const status = await ended;
      const milliseconds = performance.now() - start;
      return { status, milliseconds };
    } finally {
      stalled = undefined;
      child.kill("SIGKILL");
    }
  }

  const all = ["--deps", "all", "app.bst"];
  const cases: readonly (readonly [string, string, (url: string) => string, readonly string[]])[] = [
    ["connecting", "GetCapabilities", caches, ["artifact", "pull", ...all]],
    ["asking for artifacts", "FetchBlob", caches, ["build", "app.bst"]],
    ["a pull", "BatchReadBlobs", caches, ["artifact", "pull", ...all]],
    ["the directories of a pull", "GetTree", caches, ["artifact", "pull", ...all]],
    ["a push", "BatchUpdateBlobs", caches, ["artifact", "push", ...all]],
    ["asking what a push has to send", "FindMissingBlobs", caches, ["artifact", "push", ...all]],
    ["asking whether what is built needs a push", "FetchBlob", caches, ["build", "app.bst"]],
    ["an execution", "Execute", farm, ["build", "app.bst"]],
    ["sending what an execution needs", "FindMissingBlobs", farm, ["build", "app.bst"]],
  ];
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  /** Files that are being made, and records that are not yet what they will be. */
  const unfinished = (place: string) =>
    readdirSync(place, { recursive: true })
      .map(String)
      .filter((path) => /(^|\/)(cas\/tmp\/.*\/\d+|artifacts\/refs\/.*\/tmp[0-9a-f]{12})$/.test(path));

  it.each(cases)("%s (%s)", async (what, method, user, words) => {
    const signal = signals[cases.findIndex(([name]) => name === what) % signals.length] as NodeJS.Signals;
    const pushing = words.includes("push") || what.includes("is built");
    // A push is of what this machine has built, to a server that has nothing.
    const empty = method === "BatchUpdateBlobs" ? await emptied() : undefined;
    try {
      const url = empty?.proxy.url ?? proxy.url;
      const place = pushing ? session.home : join(session.home, what.replaceAll(" ", "-"));
      const { status, milliseconds } = await interrupt(place, user(url), method, words, signal);
      expect(status).not.toBe(0);
      expect(milliseconds).toBeLessThan(bound);
      const cache = join(place, "cache");
      expect(existsSync(cache) ? unfinished(cache) : []).toEqual([]);
    } finally {
      await empty?.close();
    }
  });

  /** A server that has nothing, behind a proxy that answers no uploads. */
  async function emptied() {
    const server = await Buildbox.start();
    const before = await GrpcProxy.start({
      port: server.port,
      fault: (method) => {
        if (!method.endsWith("/BatchUpdateBlobs")) return undefined;
        stalled?.reached();
        return { type: "silent" };
      },
    });
    const close = async () => {
      await before.close();
      await server.stop();
    };
    return { proxy: before, close };
  }
});
