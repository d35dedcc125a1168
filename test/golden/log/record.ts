/**
 * Asks the oracle (the real BuildStream) for what it prints in small sessions, and writes that beside this file.
 *
 * Run it with `node record.ts PATH-TO-BST`; a static busybox must be on the PATH. Every scenario is one command in a project made for it under a
 * temporary directory, whose name is replaced by `@ROOT@` in what is stored. Times, pids and keys are left as they were: tests mask or replay them.
 */
import { execFileSync, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

const bst = process.argv[2];
if (bst === undefined) throw new Error("usage: record.ts PATH-TO-BST");
const here = import.meta.dirname;
const root = fs.mkdtempSync(path.join(os.tmpdir(), "log-golden-"));

function write(file: string, text: string): void {
  const target = path.join(root, file);
  fs.mkdirSync(path.dirname(target), { recursive: true });
  fs.writeFileSync(target, text);
}

function makeProject(): void {
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
  write("project/payload.txt", "payload\n");
  write("data/remote.txt", "remote data\n");
  write("project/elements/remote.bst", `kind: import\nsources:\n- kind: remote\n  url: here:data/remote.txt\n  ref: ${execFileSync("sha256sum", [path.join(root, "data/remote.txt")], { encoding: "utf8" }).slice(0, 64)}\n`);
  write("project/elements/missing.bst", `kind: import\nsources:\n- kind: remote\n  url: here:data/nowhere.txt\n  ref: ${"0".repeat(64)}\n`);
  write("project/elements/track.bst", "kind: import\nsources:\n- kind: remote\n  url: here:data/remote.txt\n");
  write("project/elements/track-bad.bst", "kind: import\nsources:\n- kind: remote\n  url: here:data/nowhere.txt\n");
  write("project/elements/overlap-a.bst", manual(["base.bst"], ["mkdir -p %{install-root}/o", "echo a > %{install-root}/o/same"]));
  write("project/elements/overlap-b.bst", manual(["base.bst"], ["mkdir -p %{install-root}/o", "echo b > %{install-root}/o/same"]));
  write("project/elements/overlap.bst", "kind: compose\nbuild-depends:\n- overlap-a.bst\n- overlap-b.bst\n");
}

function configuration(extra: string): string {
  const file = path.join(root, "buildstream.conf");
  fs.writeFileSync(file, `cachedir: ${root}/cache\nlogdir: ${root}/logs\nsourcedir: ${root}/sources\nscheduler:\n  builders: 1\n  fetchers: 1\n${extra}`);
  return file;
}

interface Scenario {
  readonly name: string;
  readonly args: readonly string[];
  readonly conf?: string;
  readonly wipe?: boolean;
}

const scenarios: readonly Scenario[] = [
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
];

function keepLogs(): void {
  for (const name of fs.readdirSync(path.join(root, "logs"), { recursive: true, encoding: "utf8" })) {
    if (!name.endsWith(".log") || name.startsWith("_casd")) continue;
    const target = path.join(out, "logs", name);
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.writeFileSync(target, fs.readFileSync(path.join(root, "logs", name), "utf8").replaceAll(root, "@ROOT@"));
  }
}

makeProject();
const out = path.join(here, "sessions");
fs.rmSync(out, { recursive: true, force: true });
fs.mkdirSync(out, { recursive: true });
for (const scenario of scenarios) {
  if (scenario.wipe === true) {
    for (const name of ["cache", "logs"]) {
      execFileSync("chmod", ["-R", "u+w", path.join(root, name)]);
      fs.rmSync(path.join(root, name), { recursive: true, force: true });
    }
  }
  // Log files are named by the second and appended to: each scenario gets a second of its own.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000 - (Date.now() % 1000));
  const config = configuration(scenario.conf ?? "");
  const result = spawnSync(bst, ["--config", config, ...scenario.args], {
    cwd: path.join(root, "project"),
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, XDG_CACHE_HOME: path.join(root, "xdg") },
  });
  const master = path.join(root, "master.log");
  const clean = (text: string) => text.replaceAll(root, "@ROOT@");
  fs.writeFileSync(path.join(out, `${scenario.name}.txt`), `$ bst ${clean(scenario.args.join(" "))}\nexit ${result.status}\n--- stdout\n${clean(result.stdout)}--- stderr\n${clean(result.stderr)}${fs.existsSync(master) ? `--- log file\n${clean(fs.readFileSync(master, "utf8"))}` : ""}`);
  fs.rmSync(master, { force: true });
  keepLogs();
}
process.stdout.write(`${root}\n`);
