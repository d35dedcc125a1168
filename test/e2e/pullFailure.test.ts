/** Pulls that do not come to their end: a server that fails, or no room here. Asked for by themselves they fail; a build goes on without them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import * as Buildbox from "../support/Buildbox.ts";
import * as GrpcProxy from "../support/GrpcProxy.ts";
import { openSession, type Session } from "../support/session.ts";
import { ours, run, type Tool, writeConfiguration } from "../support/tools.ts";

let casd: Buildbox.Casd;
let failing: GrpcProxy.GrpcProxy;
let maker: Session;

const imported = (path: string, more = "") => `kind: import\n${more}sources:\n- kind: local\n  path: ${path}\n`;
const artifacts = (url: string, more = "") =>
  `artifacts:\n  servers:\n  - url: ${url}\n    push: True\n    connection-config:\n      retry-limit: 0\n${more}`;

/** Runs a command on the project of all with a home of its own. */
const bst = (home: string, user: string, ...args: readonly string[]) => bstAs(ours, home, user, ...args);

async function bstAs(tool: Tool, home: string, user: string, ...args: readonly string[]) {
  const place = join(maker.home, home);
  const errors = join(place, "error.json");
  const configuration = writeConfiguration(place, user);
  const words = ["--no-colors", "--no-interactive", "-c", configuration, ...args];
  const outcome = await run(tool, words, maker.project, { BST_ERROR_FILE: errors });
  return { ...outcome, error: () => JSON.parse(readFileSync(errors, "utf8")) };
}

beforeAll(async () => {
  casd = await Buildbox.start();
  failing = await GrpcProxy.start({
    port: casd.port,
    fault: (method) => (/BatchReadBlobs|ByteStream\/Read/.test(method) ? { type: "status", code: 14 } : undefined),
  });
  maker = openSession(
    { "one.bst": imported("one"), "two.bst": imported("two", "depends: [one.bst]\n") },
    { user: artifacts(casd.url) },
  );
  maker.write("one/large", "large ".repeat(800_000));
  maker.write("two/small", "small\n");
  expect((await maker.bst("build", "two.bst")).status).toBe(0);
});
afterAll(async () => {
  maker.close();
  await failing.close();
  await casd.stop();
});

it("a server that fails ends a pull with a failure, also when it is tried again while the server is left alone", async () => {
  const pulled = await bst("pull", artifacts(failing.url), "artifact", "pull", "--deps", "all", "two.bst");
  expect(pulled.status).toBe(255);
  expect(pulled.error()).toMatchObject({ domain: "STREAM", task: { domain: "ARTIFACT" } });
  expect(pulled.stderr.match(/WARNING Could not pull from remote/g)).toHaveLength(1);
});

it("a build goes on without it, and says so once", async () => {
  const built = await bst("build", artifacts(failing.url), "build", "two.bst");
  expect(built.status).toBe(0);
  expect(built.stderr.match(/WARNING Could not pull from remote/g)).toHaveLength(1);
});

it("no room here is no failure of the server: it is said at once, and nothing is tried again", async () => {
  const little = "cache:\n  quota: 2M\n  reserved-disk-space: 0\n";
  const pulled = await bst("little", artifacts(casd.url, little), "artifact", "pull", "--deps", "all", "two.bst");
  expect(pulled.status).toBe(255);
  expect(pulled.error()).toMatchObject({ task: { domain: "CAS", reason: "cache-too-full" } });
  expect(pulled.stderr).not.toMatch(/Could not pull from remote|retrying/);
});

it("a disk that is full amid a large blob is no failure of the server either", async () => {
  const argv = [
    "bwrap",
    "--dev-bind",
    "/",
    "/",
    "--size",
    "2000000",
    "--tmpfs",
    join(maker.home, "disk/cache"),
    ...ours.argv,
  ];
  const careless = "cache:\n  quota: infinity\n  reserved-disk-space: 0\n";
  const words = ["artifact", "pull", "--deps", "all", "two.bst"];
  const pulled = await bstAs({ ...ours, argv }, "disk", artifacts(casd.url, careless), ...words);
  expect(pulled.status).toBe(255);
  expect(pulled.error()).toMatchObject({ task: { domain: "CAS", reason: "cache-too-full" } });
  expect(pulled.stderr).not.toMatch(/Could not pull from remote|retrying/);
});

it("a checkout asks a server once whether it can be used, and tells it once", async () => {
  const proxy = await GrpcProxy.start({ port: casd.port, records: true });
  try {
    const words = ["artifact", "checkout", "--directory", join(maker.home, "out"), "two.bst"];
    const { status, stderr } = await bst("once", artifacts(proxy.url), ...words);
    expect(status).toBe(0);
    for (const told of ["Initializing remote caches", "Query cache"])
      expect(stderr.match(new RegExp(`START   ${told}`, "g"))).toHaveLength(1);
    expect(proxy.calls.filter(({ method }) => method.endsWith("/GetCapabilities"))).toHaveLength(1);
  } finally {
    await proxy.close();
  }
});
