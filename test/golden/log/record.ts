/**
 * Asks the oracle (the real BuildStream) for what it prints in small sessions, and writes that beside this file.
 *
 * Run it with `node record.ts PATH-TO-BST [SCENARIO…]`; with names only those are written, though all are run. For the rest: a static busybox must be on the PATH. Every scenario is one command in a project made for it under a
 * temporary directory, whose name is replaced by `@ROOT@` in what is stored. Times, pids and keys are left as they were: tests mask or replay them.
 */
import { execFileSync, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as Scenarios from "./scenarios.ts";

const bst = process.argv[2];
if (bst === undefined) throw new Error("usage: record.ts PATH-TO-BST");
const wanted = process.argv.slice(3);
const here = import.meta.dirname;
const root = fs.mkdtempSync(path.join(os.tmpdir(), "log-golden-"));

function keepLogs(): void {
  for (const name of fs.readdirSync(path.join(root, "logs"), { recursive: true, encoding: "utf8" })) {
    if (!name.endsWith(".log") || name.startsWith("_casd")) continue;
    const target = path.join(out, "logs", name);
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.writeFileSync(target, fs.readFileSync(path.join(root, "logs", name), "utf8").replaceAll(root, "@ROOT@"));
  }
}

Scenarios.makeProject(root);
const out = path.join(here, "sessions");
if (wanted.length === 0) fs.rmSync(out, { recursive: true, force: true });
fs.mkdirSync(out, { recursive: true });
for (const scenario of Scenarios.scenarios(root)) {
  if (scenario.wipe === true) {
    for (const name of ["cache", "logs"]) {
      execFileSync("chmod", ["-R", "u+w", path.join(root, name)]);
      fs.rmSync(path.join(root, name), { recursive: true, force: true });
    }
  }
  // Log files are named by the second and appended to: each scenario gets a second of its own.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000 - (Date.now() % 1000));
  const config = Scenarios.configuration(root, scenario.conf ?? "");
  const result = spawnSync(bst, ["--config", config, ...scenario.args], {
    cwd: path.join(root, "project"),
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, XDG_CACHE_HOME: path.join(root, "xdg") },
  });
  if (wanted.length > 0 && !wanted.includes(scenario.name)) continue;
  const master = path.join(root, "master.log");
  const clean = (text: string) => text.replaceAll(root, "@ROOT@");
  fs.writeFileSync(path.join(out, `${scenario.name}.txt`), `$ bst ${clean(scenario.args.join(" "))}\nexit ${result.status}\n--- stdout\n${clean(result.stdout)}--- stderr\n${clean(result.stderr)}${fs.existsSync(master) ? `--- log file\n${clean(fs.readFileSync(master, "utf8"))}` : ""}`);
  fs.rmSync(master, { force: true });
  keepLogs();
}
process.stdout.write(`${root}\n`);
