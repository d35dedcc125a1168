import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { assert, describe, it } from "@effect/vitest";
import * as ArtifactName from "@millrace/core/artifact/ArtifactName";
import { BstError } from "@millrace/core/error/BstError";
import type { Event } from "@millrace/core/event/Event";
import type { Graph } from "@millrace/core/graph/Graph";
import * as Load from "@millrace/core/graph/Load";
import * as Effect from "effect/Effect";
import * as Layer from "effect/Layer";
import * as Result from "effect/Result";
import { ArtifactCache } from "../../src/artifacts/ArtifactCache.ts";
import { Cas } from "../../src/cas/Cas.ts";
import { Locations } from "../../src/cas/Locations.ts";
import * as DirectoryFiles from "../../src/files/DirectoryFiles.ts";
import { Builder } from "../../src/session/Builder.ts";
import { none as noRemotes, Remotes, type RemotesShape } from "../../src/session/Remotes.ts";
import * as Session from "../../src/session/Session.ts";
import type { Settings } from "../../src/session/Settings.ts";
import { ElementSources } from "../../src/sources/ElementSources.ts";
import { SourceCache } from "../../src/sources/SourceCache.ts";
import * as ArtifactOf from "../artifacts/ArtifactOf.ts";

/** As many as are looked at on threads. */
const many = Array.from({ length: 200 }, (_, at) => `many/${at}.bst`);

const project: Readonly<Record<string, string>> = {
  "project.conf": "name: test\nmin-version: 2.0\nelement-path: elements\n",
  "files/a": "a\n",
  "elements/a.bst": "kind: import\nsources: [{kind: local, path: files/a}]\n",
  "elements/bad.bst": "kind: import\nsources: [{kind: local, path: files/a}]\nbuild-depends: [a.bst]\n",
  "elements/after.bst": "kind: import\nsources: [{kind: local, path: files/a}]\nbuild-depends: [bad.bst]\n",
  "elements/good.bst": "kind: import\nsources: [{kind: local, path: files/a}]\nbuild-depends: [a.bst]\n",
  "elements/all.bst": "kind: stack\ndepends: [after.bst, good.bst]\n",
  "elements/fine.bst": "kind: stack\ndepends: [good.bst]\n",
  "elements/loose.bst": "kind: import\nsources: [{kind: remote, url: 'https://nowhere.invalid/x'}]\n",
  ...Object.fromEntries(many.map((name) => [`elements/${name}`, "kind: stack\n"])),
};

/** A project in a directory of its own, and its services with a builder that stores empty artifacts, and fails for elements called bad. */
const rig = Effect.acquireRelease(
  Effect.sync(() => {
    const root = fs.mkdtempSync(path.join(os.tmpdir(), "session-test-"));
    for (const [name, text] of Object.entries(project)) {
      fs.mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
      fs.writeFileSync(path.join(root, name), text);
    }
    return root;
  }),
  (root) => Effect.sync(() => fs.rmSync(root, { recursive: true, force: true })),
);

function services(root: string, built: string[], broken: ReadonlySet<string>) {
  const locations = Locations.layer({ cachedir: path.join(root, "cache"), sourcedir: path.join(root, "sources") });
  const store = Layer.provideMerge(Cas.layer, locations);
  const caches = Layer.provideMerge(Layer.mergeAll(ArtifactCache.layer, SourceCache.layer), store);
  const sources = Layer.provideMerge(ElementSources.layer, caches);
  const builder = Layer.effect(
    Builder,
    Effect.gen(function* () {
      const cache = yield* ArtifactCache;
      const cas = yield* Cas;
      return {
        build: Effect.fnUntraced(function* ({ element, keys, voice, view, artifactOf }) {
          for (const id of view.buildScope(element.id)) assert.isTrue(artifactOf(id).buildSuccess);
          built.push(element.name);
          yield* voice.activity("Running commands", Effect.void, {
            speaker: { name: element.fullName, key: null, keyIsStrict: false },
          });
          if (broken.has(element.name)) throw new Error("a mistake in the program");
          const fails = element.name.startsWith("bad");
          const meta = yield* cas.putBytes(Buffer.from("{}\n"));
          const log = yield* cas.putBytes(Buffer.from(`log of ${element.name}\n`));
          const artifact = ArtifactOf.artifactOf(meta, {
            buildSuccess: !fails,
            buildError: fails ? "Command failed" : "succeeded",
            strongKey: keys.strong,
            strictKey: keys.strict,
            weakKey: keys.weak,
            files: yield* cas.putBytes(new Uint8Array()),
            logs: [{ name: "x.log", digest: log }],
          });
          yield* cache.store(artifact, element.project.name, element.name);
          const error = new BstError({ domain: "SANDBOX", reason: "command-failed", message: "Command failed" });
          return { artifact, error: fails ? error : undefined };
        }),
      };
    }),
  );
  return Layer.provideMerge(builder, sources);
}

const load = Effect.fnUntraced(function* (
  root: string,
  targets: readonly string[],
): Effect.fn.Return<Graph, never, Cas> {
  const { store } = yield* Cas;
  const loaded = Load.load(
    {
      targets,
      options: [],
      host: { os: "Linux", machine: "x86_64", cpus: 2 },
      maxJobs: 0,
      strict: true,
      overrides: () => ({}),
      fetchPolicy: "all",
      trackPolicy: "all",
      environment: new Map(),
      workspaces: new Map(),
    },
    {
      files: DirectoryFiles.make(root, store),
      junction: () => undefined,
      directory: (directory) => DirectoryFiles.make(directory, store),
    },
  );
  if (Result.isFailure(loaded)) return yield* Effect.die(loaded.failure);
  return loaded.success;
});

function settings(root: string, more: Partial<Settings> = {}): Settings {
  return {
    strict: true,
    fetchers: 2,
    builders: 2,
    pushers: 2,
    networkRetries: 0,
    retryFailed: false,
    logDirectory: path.join(root, "logs"),
    keyLength: 8,
    version: "2.8.1",
    fetchPolicy: "all",
    trackPolicy: "all",
    ...more,
  };
}

type Message = Extract<Event, { type: "message" }>;

interface Done {
  readonly outcome: Session.Outcome;
  readonly events: readonly Event[];
  readonly built: readonly string[];
  readonly root: string;
}

interface Asked {
  readonly targets: readonly string[];
  readonly settings?: Partial<Settings>;
  readonly onError?: "continue" | "quit" | "terminate";
  readonly broken?: readonly string[];
  readonly remotes?: Partial<RemotesShape>;
  /** What happens to the place of project and cache before. */
  readonly before?: (root: string) => void;
}

/** Builds one after another in the same cache. */
const builds = Effect.fnUntraced(function* (asked: readonly Asked[]) {
  const root = yield* rig;
  const done: Done[] = [];
  for (const { targets, settings: more, onError = "quit", broken = [], remotes = {}, before } of asked) {
    before?.(root);
    const events: Event[] = [];
    const built: string[] = [];
    const outcome = yield* Effect.gen(function* () {
      const graph = yield* load(root, targets);
      return yield* Session.build(graph, "run", {
        settings: settings(root, more),
        conduct: { onError, person: undefined, asksAboutFailures: false },
        report: (event) => void events.push(event),
      });
    }).pipe(
      Effect.provide(services(root, built, new Set(broken))),
      Effect.provideService(Remotes, { ...noRemotes, ...remotes }),
    );
    done.push({ outcome, events, built, root });
  }
  return done;
});

function messages(done: Done, kind: Message["kind"]): readonly string[] {
  return done.events.flatMap((event) => (event.type === "message" && event.kind === kind ? [event.text] : []));
}

function states(done: Done): Readonly<Record<string, string>> {
  const announce = done.events.find((event) => event.type === "announce");
  return Object.fromEntries(announce?.elements.map((element) => [element.name, element.state]) ?? []);
}

function counts(done: Done): readonly string[] {
  return done.outcome.queues.map((queue) => `${queue.name} ${queue.processed} ${queue.skipped} ${queue.failed.join()}`);
}

describe("Session", () => {
  it.effect("builds what is needed, and nothing again", () =>
    Effect.gen(function* () {
      const [first, second] = yield* builds([{ targets: ["fine.bst"] }, { targets: ["fine.bst"] }]);
      assert.deepStrictEqual(first!.built, ["a.bst", "good.bst", "fine.bst"]);
      assert.deepStrictEqual(states(first!), { "a.bst": "buildable", "good.bst": "waiting", "fine.bst": "waiting" });
      assert.strictEqual(first!.outcome.status, "success");
      assert.deepStrictEqual(counts(first!), ["Fetch 3 0 ", "Build 3 0 "]);
      assert.deepStrictEqual(second!.built, []);
      assert.deepStrictEqual(states(second!), { "a.bst": "cached", "good.bst": "cached", "fine.bst": "cached" });
      // The dependency of a cached element is not even looked at.
      assert.deepStrictEqual(counts(second!), ["Fetch 0 2 ", "Build 0 2 "]);
    }),
  );

  it.effect("looks at many on threads, and builds what is not there whole", () =>
    Effect.gen(function* () {
      const forget = (root: string) =>
        fs.rmSync(path.join(root, "cache/artifacts/refs/test/many-7"), { recursive: true });
      const [first, second, third] = yield* builds([
        { targets: many },
        { targets: many },
        { targets: many, before: forget },
      ]);
      assert.strictEqual(first!.built.length, 200);
      assert.deepStrictEqual(second!.built, []);
      assert.deepStrictEqual(third!.built, ["many/7.bst"]);
    }),
  );

  it.effect("fails as it failed before, without building", () =>
    Effect.gen(function* () {
      const [first, second, third] = yield* builds([
        { targets: ["all.bst"] },
        { targets: ["all.bst"], onError: "continue" },
        { targets: ["all.bst"], settings: { retryFailed: true } },
      ]);
      assert.strictEqual(first!.outcome.status, "error");
      assert.include(first!.built, "bad.bst");
      assert.notInclude(first!.built, "after.bst");
      assert.strictEqual(states(second!)["bad.bst"], "failed");
      assert.notInclude(second!.built, "bad.bst");
      assert.deepStrictEqual(messages(second!, "failure"), ["Command failed"]);
      const failed = second!.events.find((event) => event.type === "message" && event.kind === "failure") as Message;
      const log = fs.readFileSync(failed.log!, "utf8");
      // Both sessions are within one second of the test's clock, and so in one file.
      const again = log.slice(log.indexOf("BuildStream", 1));
      assert.match(
        again,
        /^BuildStream 2\.8\.1 - \w+, [\d-]+ at [\d:]+\n\[--:--:--\] START {3}\[[0-9a-f]{8}\] bad\.bst: Build\nlog of bad\.bst\n/,
      );
      assert.strictEqual(
        path.relative(second!.root, failed.log!).replace(/[0-9a-f]{8}-|\.\d{8}-\d{6}/g, ""),
        "logs/test/bad/build.log",
      );
      assert.deepStrictEqual(messages(third!, "info"), ["Discarded failed build"]);
      assert.include(third!.built, "bad.bst");
    }),
  );

  it.effect("goes on with the rest, or stops, as configured", () =>
    Effect.gen(function* () {
      const one = { builders: 1, fetchers: 1 };
      const [going] = yield* builds([{ targets: ["all.bst"], onError: "continue", settings: one }]);
      assert.include(going!.built, "good.bst");
      assert.deepStrictEqual(going!.outcome.queues[1]!.failed, ["bad.bst"]);
      const failure = Session.failureOf(going!.outcome)!;
      assert.deepStrictEqual([failure.domain, failure.reason, failure.message], ["STREAM", null, ""]);
      assert.deepStrictEqual(failure.task, { domain: "SANDBOX", reason: "command-failed" });
      const [stopping] = yield* builds([{ targets: ["all.bst"], onError: "terminate", settings: one }]);
      assert.notInclude(stopping!.built, "after.bst");
      assert.strictEqual(stopping!.outcome.status, "error");
    }),
  );

  it.effect("tells what it learned about keys when it is not strict", () =>
    Effect.gen(function* () {
      const loose = { strict: false };
      const [first, second] = yield* builds([
        { targets: ["fine.bst"], settings: loose },
        { targets: ["fine.bst"], settings: loose },
      ]);
      for (const done of [first!, second!]) {
        const announce = done.events.find((event) => event.type === "announce")!;
        for (const element of announce.elements) assert.match(element.fullKey, /^[0-9a-f]{64}$/);
      }
      assert.deepStrictEqual(second!.built, []);
    }),
  );

  it.effect("asks what servers have already beside its jobs, which end without an answer", () =>
    Effect.gen(function* () {
      const asked: string[] = [];
      let asking = 0;
      const pushed: string[] = [];
      const remotes: Partial<RemotesShape> = {
        pushes: true,
        canPush: () => true,
        settled: (wanted) =>
          Effect.suspend(() => {
            asking++;
            asked.push(...wanted.map(({ element, artifact }) => `${element.name} ${artifact?.buildSuccess}`));
            return Effect.never;
          }).pipe(Effect.ensuring(Effect.sync(() => asking--))),
        push: (element) =>
          Effect.sync(() => {
            assert.strictEqual(asking, 1);
            return pushed.push(element.name) > 0;
          }),
      };
      const [, done] = yield* builds([{ targets: ["a.bst"] }, { targets: ["fine.bst", "a.bst"], remotes }]);
      assert.deepStrictEqual(asked, ["a.bst true"]);
      assert.deepStrictEqual(done!.built, ["good.bst", "fine.bst"]);
      assert.sameMembers(pushed, ["a.bst", "good.bst", "fine.bst"]);
      assert.strictEqual(done!.outcome.status, "success");
      assert.strictEqual(asking, 0);
    }),
  );

  it.effect("says that the program is at fault where it is", () =>
    Effect.gen(function* () {
      const [done] = yield* builds([{ targets: ["fine.bst"], broken: ["good.bst"] }]);
      assert.deepStrictEqual(messages(done!, "bug"), ["Build"]);
      assert.strictEqual(done!.outcome.status, "error");
    }),
  );

  it.effect("does not begin with sources that have no ref", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(builds([{ targets: ["loose.bst"] }]));
      assert.deepStrictEqual([error.domain, error.reason], ["PIPELINE", "inconsistent-pipeline"]);
      assert.include(error.detail, "loose.bst");
    }),
  );

  it.effect("tells of every job how it began and ended", () =>
    Effect.gen(function* () {
      const [done] = yield* builds([{ targets: ["all.bst"], onError: "continue" }]);
      const running = new Set<number>();
      for (const event of done!.events) {
        if (event.type === "job-start") running.add(event.job);
        if (event.type === "job-end") assert.isTrue(running.delete(event.job));
      }
      assert.strictEqual(running.size, 0);
      assert.strictEqual(done!.events[done!.events.length - 1]!.type, "summary");
    }),
  );

  it.effect("keeps artifacts under the names that the next session looks for", () =>
    Effect.gen(function* () {
      const [done] = yield* builds([{ targets: ["a.bst"] }]);
      const announce = done!.events.find((event) => event.type === "announce")!;
      const name = ArtifactName.format(ArtifactName.make("test", "a.bst", announce.elements[0]!.fullKey));
      assert.isTrue(fs.existsSync(path.join(done!.root, "cache/artifacts/refs", name)));
    }),
  );
});
