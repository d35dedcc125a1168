/** Actions carried out from the local store, in real sandboxes. */

import { readlinkSync } from "node:fs";
import type { Digest } from "@millrace/core/tree/Digest";
import type { Directory } from "@millrace/core/tree/Directory";
import * as DirectoryCodec from "@millrace/core/tree/DirectoryCodec";
import * as Paths from "@millrace/core/tree/Paths";
import * as Tree from "@millrace/core/tree/Tree";
import * as Effect from "effect/Effect";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as ObjectStore from "../../src/cas/ObjectStore.ts";
import * as ActionMessages from "../../src/remote/ActionMessages.ts";
import * as Roots from "../../src/staging/Roots.ts";
import * as Perform from "../../src/worker/Perform.ts";
import type { Refused } from "../../src/worker/Refused.ts";
import * as HostRoot from "../sandbox/HostRoot.ts";
import { processes, waitFor } from "../sandbox/Watch.ts";

describe("an action", () => {
  let world: HostRoot.World;
  let setting: Perform.Setting;
  /** Digests of which no copy is to be had. */
  const lost = new Set<string>();
  let sent: readonly Digest[] = [];
  beforeAll(async () => {
    world = HostRoot.make();
    ObjectStore.putTree(world.store, world.root);
    const found = (digests: readonly Digest[]) => Effect.sync(() => digests.filter(({ hash }) => lost.has(hash)));
    setting = {
      store: world.store,
      roots: await Effect.runPromise(Roots.make(world.store)),
      contents: {
        bring: found,
        bringTree: (root) => found([root]),
        send: (digests) =>
          Effect.sync(() => {
            sent = digests;
          }),
      },
      offered: [["network", "on"]],
      worker: "tester",
    };
  });
  afterAll(() => HostRoot.remove(world));

  const reader = () => ObjectStore.reader(world.store);
  const text = (digest: Digest | undefined) =>
    digest === undefined ? "" : Buffer.from(ObjectStore.read(world.store, digest)).toString();

  interface Given {
    readonly root?: Directory;
    readonly argv?: readonly string[];
    readonly command?: Partial<ActionMessages.Command>;
    readonly action?: Partial<ActionMessages.Action>;
  }

  const action = (script: string, given: Given = {}): ActionMessages.Action => {
    const command = ActionMessages.encodeCommand({
      argv: given.argv ?? ["sh", "-c", "-e", script],
      environment: [["PATH", "/usr/bin"]],
      platform: [],
      workingDirectory: "work/here",
      outputPaths: ["."],
      outputProperties: [],
      outputFormat: ActionMessages.format.directory,
      ...given.command,
    });
    return {
      command: ObjectStore.putBytes(world.store, command),
      inputRoot: ObjectStore.putTree(world.store, given.root ?? world.root),
      platform: [],
      ...given.action,
    };
  };
  const perform = (script: string, given: Given = {}) =>
    Effect.runPromise(Perform.perform(setting, action(script, given)));
  const refused = (script: string, given: Given = {}): Promise<Refused> =>
    Effect.runPromise(Effect.flip(Perform.perform(setting, action(script, given))));
  const directory = (result: ActionMessages.ActionResult, path: string) => {
    const root = result.directories.find((one) => one.path === path)?.root;
    return root === undefined ? undefined : ObjectStore.readDirectory(world.store, root);
  };
  /** The root as a build has it: read-only but for two directories. */
  const build = () => {
    const read = reader();
    let tree = Paths.makeDirectory(world.root, "work/here", read);
    for (const path of ["dev", "proc", "tmp", "install"]) tree = Paths.makeDirectory(tree, path, read);
    tree = Paths.setReadOnly(tree, "", true, read);
    for (const path of ["dev", "proc", "tmp", "install", "work/here"])
      tree = Paths.setReadOnly(tree, path, false, read);
    return tree;
  };

  it("gives what was printed, the exit code, and directories without properties", async () => {
    const result = await perform("echo said; echo wrong >&2; echo x > made; exit 3", { root: build() });
    expect(result.exitCode).toBe(3);
    expect([text(result.stdout.digest), text(result.stderr.digest)]).toEqual(["said\n", "wrong\n"]);
    const made = directory(result, ".");
    expect([...(made?.entries.keys() ?? [])]).toEqual(["made"]);
    expect(made?.readOnly).toBeUndefined();
    expect(sent.map(({ hash }) => hash)).toContain(result.stdout.digest?.hash);
    expect(result.moments?.worker).toBe("tester");
  });

  it("cannot change what its root says is read-only, and can what it says is not", async () => {
    const script = "for d in / /usr /etc /work /dev/.. /install . /tmp; do (: > $d/new) 2>&- && echo $d; done; true";
    const outputPaths = [".", "../../install"];
    const result = await perform(script, { root: build(), command: { outputPaths } });
    expect(text(result.stdout.digest)).toBe("/install\n.\n/tmp\n");
    for (const path of outputPaths) expect([...(directory(result, path)?.entries.keys() ?? [])]).toEqual(["new"]);
  });

  it("can change a root that says nothing, but for the directories that it calls read-only", async () => {
    const root = Paths.setReadOnly(world.root, "usr/share", true, reader());
    const result = await perform("for d in / /etc /usr /usr/share; do (: > $d/new) 2>&- && echo $d; done; true", {
      root,
      command: { outputPaths: ["../../etc"] },
    });
    expect(text(result.stdout.digest)).toBe("/\n/etc\n/usr\n");
    expect(directory(result, "../../etc")?.entries.has("new")).toBe(true);
  });

  it("has the user and group that it asks for, and a network only where it asks", async () => {
    const script = "id -u; id -g; ls -l /proc/self/ns/net";
    const platform: ActionMessages.Platform = [
      ["unixUID", "17"],
      ["unixGID", "23"],
    ];
    const network = readlinkSync("/proc/self/ns/net");
    const asked = text((await perform(script, { action: { platform } })).stdout.digest);
    expect(asked.startsWith("17\n23\n")).toBe(true);
    expect(asked).not.toContain(network);
    const open = await perform(script, { action: { platform: [...platform, ["network", "on"]] } });
    expect(text(open.stdout.digest)).toContain(network);
    const closed = { ...setting, offered: [] };
    const wanting = action("true", { action: { platform: [["network", "on"]] } });
    expect((await Effect.runPromise(Effect.flip(Perform.perform(closed, wanting)))).code).toBe(9);
  });

  it("finds the remote APIs socket where it asks for it, and does not return it", async () => {
    const platform: ActionMessages.Platform = [["remoteApisSocketPath", "work/here/apis.sock"]];
    const result = await perform("test -S /work/here/apis.sock; echo yes > said", { action: { platform } });
    expect(result.exitCode).toBe(0);
    expect([...(directory(result, ".")?.entries.keys() ?? [])]).toEqual(["said"]);
  });

  it("gives files, links and trees in the forms that are asked for, and nothing for what is not there", async () => {
    const command = {
      outputPaths: ["d", "file", "link", "absent", "deep/er/file"],
      outputFormat: ActionMessages.format.both,
    };
    const script = "mkdir -p d/e; echo 1 > d/e/f; echo 2 > file; chmod +x file; ln -s file link; echo 3 > deep/er/file";
    const result = await perform(script, { command });
    expect(result.files.map(({ path, executable }) => [path, executable])).toEqual([
      ["file", true],
      ["deep/er/file", false],
    ]);
    expect(result.symlinks).toEqual([{ path: "link", target: "file" }]);
    expect(result.directories.map(({ path }) => path)).toEqual(["d"]);
    const { tree, root } = result.directories[0] as ActionMessages.OutputDirectory;
    const message = ActionMessages.decodeTree(ObjectStore.read(world.store, tree as Digest));
    expect(DirectoryCodec.digestOf(DirectoryCodec.decode(message.root))).toEqual(root);
    expect(message.children).toHaveLength(1);
    for (const blob of [tree, root]) expect(sent).toContainEqual(blob);
  });

  it("whose program is not there ends as a shell would say it", async () => {
    const result = await perform("", { argv: ["absent", "word"] });
    expect([result.exitCode, text(result.stderr.digest)]).toEqual([127, "absent: not found in the input root\n"]);
  });

  it("runs a program named by a path from its working directory", async () => {
    const result = await perform("", { argv: ["../../usr/bin/sh", "-c", "echo here"] });
    expect(text(result.stdout.digest)).toBe("here\n");
  });

  it("that takes too long is ended", async () => {
    const failure = await refused("sleep 86411", { action: { timeout: 300 } });
    expect(failure.code).toBe(4);
    await waitFor(() => processes("86411").length === 0);
  });

  it("without its inputs is refused with what is missing", async () => {
    const absent = action("true");
    for (const digest of [absent.command, absent.inputRoot]) {
      lost.add(digest.hash);
      const failure = await Effect.runPromise(Effect.flip(Perform.perform(setting, absent)));
      expect(failure.code).toBe(9);
      expect(failure.message).toContain(digest.hash);
      lost.clear();
    }
  });

  it("that asks for what no worker knows is refused", async () => {
    for (const platform of [[["gpu", "yes"]], [["ISA", "sparc-v9"]], [["OSFamily", "aix"]], [["unixUID", "me"]]])
      expect([3, 9]).toContain((await refused("true", { action: { platform: platform as [string, string][] } })).code);
  });

  it("names an empty output as the empty directory", async () => {
    const result = await perform("true", { root: build() });
    expect(directory(result, ".")).toEqual(Tree.empty);
  });
});
