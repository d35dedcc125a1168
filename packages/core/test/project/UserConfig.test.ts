import { describe, expect, test } from "vitest";
import * as UserConfig from "../../src/project/UserConfig.ts";
import * as UserPaths from "../../src/project/UserPaths.ts";
import { reasonOr } from "../yaml/Golden.ts";

const environment = { HOME: "/home/me", CACHE: "/var/c" };
const read = (content?: string) =>
  UserConfig.read(content === undefined ? undefined : { path: "/c.conf", content }, environment);

test("without a file the defaults hold", () => {
  expect(read()).toMatchObject({
    origin: undefined,
    cachedir: "/home/me/.cache/buildstream",
    sourcedir: "/home/me/.cache/buildstream/sources",
    logdir: "/home/me/.cache/buildstream/logs",
    workspacedir: ".",
    cache: {
      quota: { type: "infinity" },
      reserved: { type: "percent", percent: 5 },
      lowWatermark: 0.8,
      cacheBuildtrees: "auto",
    },
    scheduler: { fetchers: 10, builders: 4, pushers: 4, networkRetries: 2, onError: "quit" },
    build: { maxJobs: 0, retryFailed: false, dependencies: "run" },
    fetch: { source: "all" },
    track: { source: "aliases" },
    logging: {
      keyLength: 8,
      elementFormat: "%{state: >12} %{full-key} %{name} %{workspace-dirs}",
      messageFormat: "[%{elapsed}][%{key}][%{element}] %{action} %{message}",
    },
    artifacts: { servers: [], overrideProjectCaches: false },
    remoteExecution: undefined,
  });
});

test("what is given replaces the defaults", () => {
  const config = read(`
cachedir: $CACHE/x/../y
logdir: ~/logs
cache: {quota: 10G}
scheduler: {on-error: continue}
artifacts:
  servers: [{url: 'https://a', push: True, type: index}]
projects:
  p: {strict: False, options: {a: b}, default-mirror: m}
`);
  expect(config).toMatchObject({
    cachedir: "/var/c/y",
    logdir: "/home/me/logs",
    cache: { quota: { type: "bytes", bytes: 10 * 1024 ** 3 } },
    scheduler: { onError: "continue", builders: 4 },
    artifacts: { servers: [{ url: "https://a", push: true, type: "index" }] },
  });
  expect(UserConfig.overrides(config, "p")).toMatchObject({ strict: false, defaultMirror: "m" });
  expect(UserConfig.overrides(config, "q")).toMatchObject({ strict: true, options: undefined });
});

describe("refused", () => {
  test.each([
    "nope: 1",
    "builddir: /x",
    "cachedir: relative",
    "workspacedir: relative",
    "cache: {quota: 10X}",
    "cache: {quota: 1.5G}",
    "cache: {quota: 101%}",
    "cache: {reserved-disk-space: infinity}",
    "cache: {low-watermark: 120%}",
    "cache: {cache-buildtrees: sometimes}",
    "scheduler: {builders: many}",
    "build: {dependencies: build}",
    "track: {source: none}",
    "artifacts: {servers: [{url: ''}]}",
    "artifacts: {servers: [{url: x, auth: {client-key: k}}]}",
    "remote-execution: {execution-service: {url: x}}",
    "remote-execution: {storage-service: {url: x}}",
    "remote-execution: {execution-service: {url: x, push: True}, storage-service: {url: x}}",
    "projects: {p: {nope: 1}}",
  ])("%s", (text) => {
    expect(reasonOr(() => read(text))).toBe("invalid-data");
  });

  test("a list where a mapping is wanted", () => {
    expect(reasonOr(() => read("cache: [x]"))).toBe("illegal-composite");
  });
});

test("paths are normalised as Python does", () => {
  expect(["/a//b/./c/..", "//x", "///x", "a/../..", "", "/..", "./"].map(UserPaths.normalise)).toEqual([
    "/a/b",
    "//x",
    "/x",
    "..",
    ".",
    "/",
    ".",
  ]);
  expect(UserPaths.expand(`~/$NOPE/\${HOME}`, environment)).toBe("/home/me/$NOPE//home/me");
});
