/**
 * The small sessions whose output the oracle's is compared with: the project they are in, and what is asked of it, one after the other.
 *
 * Each scenario builds on what those before it left in the cache, unless it wipes that.
 */
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";

export interface Scenario {
  readonly name: string;
  readonly args: readonly string[];
  /** Lines of the user configuration. */
  readonly conf?: string;
  /** Whether the cache and the logs are emptied before. */
  readonly wipe?: boolean;
}

/** Makes the project below `root`. */
export function makeProject(root: string): void {
  const write = (file: string, text: string): void => {
    const target = path.join(root, file);
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.writeFileSync(target, text);
  };

  write("project/project.conf", "name: golden\nmin-version: 2.0\nelement-path: elements\naliases:\n  here: file://@ROOT@/\n".replace("@ROOT@", root));
  write("project/files/base/etc/passwd", "root:x:0:0:root:/root:/bin/sh\n");
  const bin = path.join(root, "project/files/base/bin");
  fs.mkdirSync(bin, { recursive: true });
  fs.copyFileSync(execFileSync("which", ["busybox"], { encoding: "utf8" }).trim(), path.join(bin, "busybox"));
  fs.chmodSync(path.join(bin, "busybox"), 0o755);
  for (const name of ["sh", "echo", "cat", "true", "false", "mkdir", "seq"]) fs.symlinkSync("busybox", path.join(bin, name));
  write("project/elements/base.bst", "kind: import\nsources:\n- kind: local\n  path: files/base\n");
  const manual = (depends: readonly string[], commands: readonly string[]) =>
    `kind: manual\ndepends:\n${depends.map((name) => `- ${name}\n`).join("")}config:\n  install-commands:\n${commands.map((line) => `  - ${JSON.stringify(line)}\n`).join("")}`;
  write("project/elements/good.bst", manual(["base.bst"], ["mkdir -p %{install-root}/usr", "echo hello > %{install-root}/usr/hello"]));
  write("project/elements/bad.bst", manual(["base.bst"], ["seq 1 40", "echo about to fail", "false"]));
  write("project/elements/after-bad.bst", manual(["bad.bst"], ["true"]));
  write("project/elements/other/deep.bst", manual(["good.bst"], ["mkdir -p %{install-root}/d", "echo d > %{install-root}/d/d"]));
  write("project/elements/all.bst", "kind: stack\ndepends:\n- other/deep.bst\n- good.bst\n");
  write("project/elements/mixed.bst", "kind: stack\ndepends:\n- after-bad.bst\n- other/deep.bst\n");
  write("project/files/own/own.txt", "own\n");
  write("project/elements/sourced.bst", "kind: manual\nbuild-depends:\n- base.bst\nsources:\n- kind: local\n  path: files/own\nconfig:\n  install-commands:\n  - mkdir -p %{install-root}\n");
  write("project/payload.txt", "payload\n");
  write("data/remote.txt", "remote data\n");
  write("project/elements/remote.bst", `kind: import\nsources:\n- kind: remote\n  url: here:data/remote.txt\n  ref: ${execFileSync("sha256sum", [path.join(root, "data/remote.txt")], { encoding: "utf8" }).slice(0, 64)}\n`);
  write("project/elements/missing.bst", `kind: import\nsources:\n- kind: remote\n  url: here:data/nowhere.txt\n  ref: ${"0".repeat(64)}\n`);
  write("project/elements/track.bst", "kind: import\nsources:\n- kind: remote\n  url: here:data/remote.txt\n");
  write("project/elements/track-bad.bst", "kind: import\nsources:\n- kind: remote\n  url: here:data/nowhere.txt\n");
  write("project/elements/overlap-a.bst", manual(["base.bst"], ["mkdir -p %{install-root}/o", "echo a > %{install-root}/o/same"]));
  write("project/elements/overlap-b.bst", manual(["base.bst"], ["mkdir -p %{install-root}/o", "echo b > %{install-root}/o/same"]));
  write("project/sub/project.conf", "name: sub\nmin-version: 2.0\n");
  write("project/sub/inner.bst", "kind: import\nsources:\n- kind: local\n  path: inner\n");
  write("project/sub/inner/inner.txt", "inner\n");
  write("project/elements/sub.bst", `kind: junction\nsources:\n- kind: local\n  path: sub\n`);
  write("project/elements/across.bst", manual(["base.bst", "sub.bst:inner.bst"], ["mkdir -p %{install-root}/a", "cat /inner.txt > %{install-root}/a/a"]));
  write("project/elements/overlap.bst", "kind: compose\nbuild-depends:\n- overlap-a.bst\n- overlap-b.bst\n");
}

/** Writes the user configuration, and returns its path. */
export function configuration(root: string, extra: string): string {
  const file = path.join(root, "buildstream.conf");
  fs.writeFileSync(file, `cachedir: ${root}/cache\nlogdir: ${root}/logs\nsourcedir: ${root}/sources\nscheduler:\n  builders: 1\n  fetchers: 1\n${extra}`);
  return file;
}

/** The scenarios, in their order. */
export const scenarios = (root: string): readonly Scenario[] => [
  { name: "build-success", args: ["build", "all.bst"] },
  { name: "build-noop", args: ["build", "all.bst"] },
  { name: "build-failure-quit", args: ["build", "mixed.bst"] },
  { name: "build-cached-failure", args: ["build", "mixed.bst"] },
  { name: "build-retry-failed-continue", args: ["--on-error", "continue", "build", "--retry-failed", "mixed.bst"] },
  { name: "build-failure-terse", args: ["--no-verbose", "build", "mixed.bst"] },
  { name: "build-failure-lines", args: ["--error-lines", "3", "--message-lines", "2", "build", "mixed.bst"] },
  { name: "build-overlap", args: ["build", "overlap.bst"] },
  { name: "fetch", args: ["source", "fetch", "remote.bst"] },
  { name: "fetch-noop", args: ["source", "fetch", "remote.bst"] },
  { name: "fetch-failure", args: ["--network-retries", "1", "source", "fetch", "missing.bst"] },
  { name: "fetch-two", args: ["--on-error", "continue", "--network-retries", "0", "source", "fetch", "missing.bst", "remote.bst"] },
  { name: "track", args: ["source", "track", "track.bst"] },
  { name: "track-failure", args: ["--network-retries", "0", "source", "track", "track-bad.bst", "good.bst"] },
  { name: "show", args: ["show", "all.bst"] },
  { name: "load-error", args: ["build", "nothing.bst"] },
  { name: "inconsistent", args: ["build", "track-bad.bst"] },
  { name: "debug", args: ["--debug", "build", "remote.bst"] },
  { name: "colors", args: ["--colors", "build", "mixed.bst"] },
  { name: "colors-success", args: ["--colors", "build", "all.bst"], wipe: true },
  { name: "non-strict", args: ["--no-strict", "build", "all.bst"], wipe: true },
  { name: "non-strict-again", args: ["--no-strict", "build", "all.bst"] },
  { name: "log-file", args: ["--log-file", path.join(root, "master.log"), "--colors", "build", "all.bst"] },
  { name: "key-length", args: ["build", "all.bst"], conf: "logging:\n  key-length: 0\n", wipe: true },
  { name: "format", args: ["build", "all.bst"], conf: 'logging:\n  key-length: 12\n  message-format: "%%[%{elapsed-us}|%{wallclock}|%{wallclock-us}] %{action}/%{element}/%{key}: %{message}"\n', wipe: true },
  { name: "workspace-open", args: ["workspace", "open", "sourced.bst", "--directory", path.join(root, "ws")], wipe: true },
  { name: "workspace-build", args: ["build", "sourced.bst"] },
  { name: "workspace-reset", args: ["workspace", "reset", "--soft", "sourced.bst"] },
  { name: "workspace-close", args: ["workspace", "close", "--remove-dir", "sourced.bst"] },
  { name: "build-good", args: ["build", "good.bst"] },
  { name: "shell", args: ["shell", "good.bst", "--", "cat", "/usr/hello"] },
  { name: "artifact-checkout", args: ["artifact", "checkout", "good.bst", "--directory", path.join(root, "out")] },
  { name: "source-checkout", args: ["source", "checkout", "sourced.bst", "--directory", path.join(root, "sources-out")] },
  { name: "artifact-delete", args: ["artifact", "delete", "good.bst"] },
  { name: "pull-nowhere", args: ["artifact", "pull", "good.bst"] },
  { name: "across", args: ["build", "across.bst"] },
  { name: "across-noop", args: ["build", "--deps", "all", "across.bst"] },
  { name: "across-deps-none", args: ["build", "--deps", "none", "sub.bst:inner.bst", "across.bst"] },
  { name: "show-build", args: ["show", "--deps", "build", "--format", "%{name} %{state}", "across.bst"] },
  { name: "show-except", args: ["show", "--except", "base.bst", "--order", "alpha", "mixed.bst"] },
  { name: "artifact-show", args: ["artifact", "show", "--deps", "all", "across.bst"] },
  { name: "list-contents", args: ["artifact", "list-contents", "--long", "across.bst", "sub.bst:inner.bst"] },
  { name: "list-nothing", args: ["artifact", "list-contents", "good.bst"] },
  { name: "checkout-tar", args: ["artifact", "checkout", "--deps", "none", "--tar", path.join(root, "out.tar"), "across.bst"] },
  { name: "checkout-no-integrate", args: ["artifact", "checkout", "--no-integrate", "--hardlinks", "--directory", path.join(root, "out2"), "across.bst"] },
  { name: "checkout-again", args: ["artifact", "checkout", "--directory", path.join(root, "out2"), "across.bst"] },
  { name: "checkout-missing", args: ["artifact", "checkout", "--directory", path.join(root, "out3"), "good.bst"] },
  { name: "fetch-deps", args: ["source", "fetch", "--deps", "all", "--except", "base.bst", "across.bst", "remote.bst"] },
  { name: "track-noop", args: ["source", "track", "track.bst"] },
  { name: "track-deps", args: ["source", "track", "--deps", "all", "across.bst", "remote.bst"] },
  { name: "source-tar", args: ["source", "checkout", "--deps", "build", "--tar", path.join(root, "sources.tar"), "across.bst"] },
  { name: "source-push-nowhere", args: ["source", "push", "remote.bst"] },
  { name: "artifact-push-nowhere", args: ["artifact", "push", "across.bst"] },
  { name: "shell-build", args: ["shell", "--build", "across.bst", "--", "cat", "/inner.txt"] },
  { name: "shell-fails", args: ["shell", "across.bst", "--", "sh", "-c", "exit 7"] },
  { name: "shell-missing-program", args: ["shell", "across.bst", "--", "nothing"] },
  { name: "shell-missing-deps", args: ["shell", "other/deep.bst", "--", "true"] },
  { name: "builders", args: ["--builders", "2", "--fetchers", "3", "--max-jobs", "2", "build", "other/deep.bst"] },
  { name: "terminate", args: ["--on-error", "terminate", "build", "--retry-failed", "mixed.bst"] },
  { name: "cache-buildtrees", args: ["--cache-buildtrees", "always", "build", "sourced.bst"] },
  { name: "shell-buildtree", args: ["shell", "--use-buildtree", "sourced.bst", "--", "cat", "own.txt"] },
  { name: "shell-no-buildtree", args: ["shell", "--use-buildtree", "across.bst", "--", "true"] },
  { name: "workspace-junction", args: ["workspace", "open", "sub.bst:inner.bst", "--directory", path.join(root, "ws2")] },
  { name: "workspace-open-again", args: ["workspace", "open", "sub.bst:inner.bst", "--directory", path.join(root, "ws3")] },
  { name: "workspace-no-checkout", args: ["workspace", "open", "--no-checkout", "sourced.bst", "--directory", path.join(root, "project/files/own")] },
  { name: "workspace-no-sources", args: ["workspace", "open", "good.bst", "--directory", path.join(root, "ws4")] },
  { name: "workspaces-build", args: ["build", "across.bst", "sourced.bst"] },
  { name: "workspaces-again", args: ["build", "across.bst", "sourced.bst"] },
  { name: "workspace-list", args: ["workspace", "list"] },
  { name: "workspace-shown", args: ["show", "--format", "%{name} %{workspaced} %{workspace-dirs}", "sourced.bst"] },
  { name: "workspace-reset-hard", args: ["workspace", "reset", "sub.bst:inner.bst"] },
  { name: "workspace-close-all", args: ["workspace", "close", "--all"] },
  { name: "workspace-close-none", args: ["workspace", "close", "sourced.bst"] },
  { name: "delete-several", args: ["artifact", "delete", "across.bst", "remote.bst"] },
  { name: "artifact-log", args: ["artifact", "log", "--out", path.join(root, "logs-out"), "sourced.bst"] },
];
