import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Artifact } from "@millrace/core/artifact/Artifact";
import type { Element } from "@millrace/core/element/Element";
import type { Event } from "@millrace/core/event/Event";
import type { Plan } from "@millrace/core/plan/Plan";
import type { Directory } from "@millrace/core/tree/Directory";
import * as Paths from "@millrace/core/tree/Paths";
import * as Tree from "@millrace/core/tree/Tree";
import * as Read from "@millrace/core/yaml/Read";
import * as Clock from "effect/Clock";
import * as Effect from "effect/Effect";
import * as Layer from "effect/Layer";
import * as Result from "effect/Result";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as ArtifactCache from "../../src/artifacts/ArtifactCache.ts";
import { Executor } from "../../src/build/Executor.ts";
import type { Job } from "../../src/build/Job.ts";
import { Cas } from "../../src/cas/Cas.ts";
import { Locations } from "../../src/cas/Locations.ts";
import * as ObjectStore from "../../src/cas/ObjectStore.ts";
import * as SessionClock from "../../src/session/SessionClock.ts";
import * as Voice from "../../src/session/Voice.ts";
import { Roots } from "../../src/staging/Roots.ts";
import { artifactOf, weak } from "../artifacts/ArtifactOf.ts";
import * as HostRoot from "../sandbox/HostRoot.ts";

const publicText = (commands: readonly string[]) =>
  `bst:\n  split-rules:\n    devel:\n    - /usr/include/**\n    doc:\n    - /usr/share/doc/**\n${
    commands.length === 0 ? "" : `  integration-commands:\n${commands.map((command) => `  - ${command}\n`).join("")}`
  }`;

describe("Executor", () => {
  let world: HostRoot.World;
  beforeAll(() => {
    world = HostRoot.make();
  });
  afterAll(() => HostRoot.remove(world));

  const element = (name: string, changes: Partial<Element> = {}): Element =>
    ({
      id: 0,
      name,
      fullName: name,
      normalName: name.replace(".bst", ""),
      project: { name: "test", fatalWarnings: [] },
      variables: new Map([
        ["build-root", "/buildstream/build"],
        ["install-root", "/buildstream-install"],
      ]),
      environment: new Map([["PATH", "/usr/bin"]]),
      public: Read.read({ name: "public", project: null, path: null }, publicText([])),
      sandbox: { buildOs: "linux", buildArch: process.arch === "arm64" ? "aarch64" : "x86-64" },
      workspace: undefined,
      ...changes,
    }) as unknown as Element;

  const artifact = (files: Directory | undefined): Artifact =>
    artifactOf(undefined, {
      strongKey: weak,
      strictKey: weak,
      files: files === undefined ? undefined : ObjectStore.putTree(world.store, files),
    });

  /** A manual element's plan over the root, which is element 1. */
  const plan = (commands: readonly string[], changes: Partial<Plan> = {}): Plan => ({
    environment: { PATH: "/usr/bin" },
    workingDirectory: "/buildstream/build",
    markedDirectories: ["/buildstream/build", "/buildstream-install"],
    digestVariables: [],
    stage: [
      {
        type: "stage-artifacts",
        elements: [1],
        at: "/",
        overlapAction: "warning",
        label: "Staging dependencies at: /",
      },
      { type: "integrate", elements: [1], label: "Integrating sandbox" },
      { type: "stage-sources", at: "/buildstream/build" },
    ],
    assemble: [
      {
        type: "run",
        label: "Running commands",
        readOnlyRoot: true,
        commands: commands.map((command) => ({ argv: ["sh", "-c", "-e", `${command}\n`], label: command })),
      },
    ],
    collect: "/buildstream-install",
    runsCommands: true,
    buildRoot: "/buildstream/build",
    ...changes,
  });

  interface Built {
    readonly result: Result.Result<Artifact, unknown>;
    readonly stored: Artifact | undefined;
    readonly log: string;
    readonly messages: readonly string[];
  }

  let counter = 0;
  const build = (wanted: Plan, changes: Partial<Job> = {}, integration: readonly string[] = []): Promise<Built> => {
    const key = String(++counter).padStart(64, "0");
    const own = element("own.bst");
    const root = element("root.bst", {
      public: Read.read({ name: "public", project: null, path: null }, publicText(integration)),
    });
    const events: Event[] = [];
    const program = Effect.gen(function* () {
      const executor = yield* Executor;
      const cache = yield* ArtifactCache.ArtifactCache;
      const clock = SessionClock.make(yield* Clock.clockWith(Effect.succeed));
      const subject = { name: "own.bst", key, keyIsStrict: true };
      let logFile = "";
      const result = yield* Voice.withJob(
        {
          report: (event) => events.push(event),
          clock,
          job: { number: 1, action: "build", element: subject },
          keyLength: 8,
          version: "0",
          log: { directory: join(world.directory, "logs"), stem: `own-${key}` },
        },
        (voice) => {
          logFile = voice.logFile ?? "";
          return executor
            .build({
              element: own,
              plan: wanted,
              keys: { strong: key, strict: key, weak: key },
              dependency: () => ({
                element: root,
                strongKey: "b".repeat(64),
                subject: { name: "root.bst", key: "b".repeat(8), keyIsStrict: true },
                briefKey: "b".repeat(8),
                artifact: Effect.succeed(artifact(world.root)),
              }),
              buildScope: [1],
              sources: Effect.succeed(sources()),
              cacheBuildTrees: "auto",
              voice,
              ...changes,
            })
            .pipe(Effect.result);
        },
      );
      const stored = yield* cache.find({ project: "test", element: "own", key } as never);
      // Phases say for programs what the messages say for people.
      const messages = events.flatMap((event) =>
        event.type === "message"
          ? [`${event.kind} ${event.text}`]
          : event.type === "phase-start" || event.type === "phase-end"
            ? []
            : [event.type],
      );
      return { result, stored, log: readFileSync(logFile, "utf8"), messages };
    });
    return Effect.runPromise(program.pipe(Effect.provide(layer())));
  };

  const layer = () => {
    const cas = Cas.layer.pipe(
      Layer.provideMerge(
        Locations.layer({ cachedir: join(world.directory, "cache"), sourcedir: join(world.directory, "sources") }),
      ),
    );
    return Executor.layer.pipe(
      Layer.provideMerge(Layer.mergeAll(Roots.layer, ArtifactCache.ArtifactCache.layer)),
      Layer.provideMerge(cas),
    );
  };

  const sources = () =>
    Tree.make([["hello", Tree.file(ObjectStore.putBytes(world.store, Buffer.from("hello\n")), true)]]);

  const list = (store: ObjectStore.ObjectStore, digest: Artifact["files"]) =>
    digest === undefined
      ? undefined
      : Paths.listPaths(ObjectStore.readDirectory(store, digest), ObjectStore.reader(store));

  it("builds, logs and records in the oracle's order", async () => {
    const { result, stored, log, messages } = await build(
      plan(["mkdir -p /buildstream-install/bin; cat hello > /buildstream-install/bin/hello; echo said"]),
    );
    expect(Result.isSuccess(result)).toBe(true);
    expect(list(world.store, stored?.files)).toEqual(["bin", "bin/hello"]);
    expect(stored).toMatchObject({ buildSuccess: true, buildError: "succeeded", wasWorkspaced: false });
    expect([stored?.buildTree, stored?.buildRoot, stored?.sources, stored?.buildSandbox]).toEqual(
      Array(4).fill(undefined),
    );
    expect(messages).toEqual([
      "start Staging dependencies at: /",
      "success Staging dependencies at: /",
      "start Integrating sandbox",
      "success Integrating sandbox",
      "start Staging sources",
      "success Staging sources",
      "start Running commands",
      "success Running commands",
      "start Caching artifact",
      "success Caching artifact",
    ]);
    expect(log.replace(/\d\d:\d\d:\d\d/g, "T")).toContain(
      "Build environment for element own.bst\n\n    PATH: /usr/bin\n",
    );
    expect(log).toContain("STATUS  [bbbbbbbb] root.bst: Staging root.bst/bbbbbbbb\n");
    expect(log).toMatch(/START {3}own\.bst: Running commands\n\n {4}mkdir -p .*\n\+ sh -c -e mkdir -p .*\n+said\n/);
  });

  it("keeps a failed build with its log and build tree", async () => {
    const { result, stored, log } = await build(plan(["echo made > made; false"]));
    expect(Result.isFailure(result) && result.failure).toMatchObject({ domain: "SANDBOX", reason: "command-failed" });
    expect(stored).toMatchObject({ buildSuccess: false, buildError: "Command failed", files: undefined });
    expect(list(world.store, stored?.buildTree)).toEqual(["hello", "made"]);
    expect(list(world.store, stored?.sources)).toEqual(["hello"]);
    expect(stored?.buildSandbox).toMatchObject({
      workingDirectory: "/buildstream/build",
      markedDirectories: ["/buildstream/build", "/buildstream-install"],
      environment: [{ name: "PATH", value: "/usr/bin" }],
    });
    expect(log).toContain("Command 'echo made > made; false' failed with exitcode 1");
    // Kinds that only arrange files configure no sandbox.
    const bare = await build(plan(["false"], { markedDirectories: [] }));
    expect(bare.stored?.buildSandbox).toMatchObject({ environment: [], markedDirectories: [] });
  });

  it("keeps build trees of successes only when asked", async () => {
    const { stored } = await build(plan(["echo made > made"]), { cacheBuildTrees: "always" });
    expect(list(world.store, stored?.buildTree)).toEqual(["hello", "made"]);
    const never = await build(plan(["false"]), { cacheBuildTrees: "never" });
    expect(never.stored).toMatchObject({ buildSuccess: false, buildTree: undefined, buildRoot: undefined });
  });

  it("integrates once for all that stand on one root, and repeats what was printed", async () => {
    const commands = ["echo integrating; echo $$ > /etc/integrated"];
    const copy = plan(["cat /etc/integrated > /buildstream-install/seen"]);
    const first = await build(copy, {}, commands);
    const second = await build(copy, {}, commands);
    expect(second.stored?.files).toEqual(first.stored?.files);
    for (const { log } of [first, second])
      expect(log).toContain("integrating; echo $$ > /etc/integrated\nintegrating\n");
    const other = await build(copy, {}, ["echo other > /etc/integrated"]);
    expect(other.stored?.files).not.toEqual(first.stored?.files);
  });

  it("leaves no artifact when staging fails", async () => {
    const { result, stored } = await build(plan(["true"]), {}, ["false"]);
    expect(Result.isFailure(result) && result.failure).toMatchObject({ reason: "command-failed" });
    expect(stored).toBeUndefined();
  });

  it("says when there is nothing to collect, after recording the build", async () => {
    const { result, stored } = await build(plan(["true"], { collect: "/elsewhere" }));
    expect(Result.isFailure(result) && result.failure).toMatchObject({ domain: "ELEMENT" });
    expect(stored).toMatchObject({ buildSuccess: true, files: undefined });
  });

  it("composes what rules select and integration did", async () => {
    const { stored, messages } = await build(
      plan([], {
        markedDirectories: [],
        stage: [{ type: "stage-artifacts", elements: [1], at: "/", overlapAction: "warning" }],
        assemble: [
          { type: "snapshot" },
          { type: "integrate", elements: [1], label: "Integrating sandbox" },
          { type: "select", elements: [1], split: { include: ["doc"], orphans: false }, to: "/buildstream/install" },
        ],
        collect: "/buildstream/install",
      }),
      {},
      ["echo new > /etc/new"],
    );
    // The mount points that the root lacked count as added too.
    expect(list(world.store, stored?.files)).toEqual(["dev", "etc", "etc/new", "proc", "tmp"]);
    expect(messages).toContain("info Integration added 4 and removed 0 files");
    expect(messages.indexOf("start Computing split")).toBeLessThan(messages.indexOf("start Integrating sandbox"));
  });

  it("imports by moving, and refuses to import nothing", async () => {
    const steps = (from: string) =>
      plan([], {
        stage: [{ type: "stage-sources", at: "/input" }],
        assemble: [{ type: "move", from, to: "/output/usr", emptyError: "No files were found" }],
        collect: "/output",
        runsCommands: false,
      });
    expect(list(world.store, (await build(steps("/input"))).stored?.files)).toEqual(["usr", "usr/hello"]);
    const empty = await build(steps("/input"), { sources: Effect.succeed(Tree.empty) });
    expect(Result.isFailure(empty.result) && empty.result.failure).toMatchObject({ domain: "ELEMENT" });
    expect(empty.stored?.buildSuccess).toBe(false);
  });
});
