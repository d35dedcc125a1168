/** The machine itself: Node, the programs that make sandboxes, the kernel's name spaces and overlays, Python. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { release } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import * as Effect from "effect/Effect";
import * as Result from "effect/Result";
import * as Programs from "../sandbox/Programs.ts";
import { type Finding, ok, problem, warning } from "./Finding.ts";

const run = promisify(execFile);

/** The oldest Node that runs bst. */
const oldestNode = [22, 19] as const;

/** The Node that runs this. */
export function node(version: string = process.versions.node): Finding {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const fine = major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1]);
  return fine
    ? ok("Node.js", version)
    : problem("Node.js", version, `Install Node.js ${oldestNode.join(".")} or newer.`);
}

const packages = { bwrap: "bubblewrap", unshare: "util-linux", setpriv: "util-linux", mount: "mount", sh: "dash" };

/** The programs that every sandbox takes. */
export function programs(searchPath: string | undefined): readonly Finding[] {
  return Object.entries(packages).map(([name, from]) => {
    const path = Programs.find(name, searchPath);
    if (path !== undefined) return ok(name, path);
    return problem(name, "not in the PATH", `Install it; on Debian the package is ${from}.`);
  });
}

function kernelSetting(path: string): string | undefined {
  try {
    return readFileSync(join("/proc/sys", path), "utf8").trim();
  } catch {
    return undefined;
  }
}

/** Settings of the kernel that forbid user name spaces, with the command that allows them. */
const forbidding = [
  ["user/max_user_namespaces", "0", "sysctl -w user.max_user_namespaces=15000"],
  ["kernel/unprivileged_userns_clone", "0", "sysctl -w kernel.unprivileged_userns_clone=1"],
  [
    "kernel/apparmor_restrict_unprivileged_userns",
    "1",
    "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, or give bwrap an AppArmor profile that allows userns",
  ],
] as const;

/** Runs a sandbox and mounts an overlay in `scratch`, a directory on the file system of the cache. */
export const sandbox = Effect.fnUntraced(function* (
  scratch: string,
  searchPath: string | undefined,
): Effect.fn.Return<readonly Finding[]> {
  const probed = yield* Effect.result(Programs.probe(scratch, searchPath));
  if (Result.isFailure(probed)) {
    const { message, detail, hint } = probed.failure;
    const forbidden = forbidding.find(([setting, value]) => kernelSetting(setting) === value);
    const remedy = forbidden === undefined ? (hint ?? "Install bubblewrap.") : `As root: ${forbidden[2]}`;
    const found = detail === undefined ? message : `${message}: ${detail.split("\n")[0]}`;
    return [problem("user namespaces", found, remedy)];
  }
  const { overlay } = probed.success;
  const sandboxes = ok("user namespaces", `a sandbox ran (Linux ${release()})`);
  if (overlay.works) return [sandboxes, ok("overlay", "roots of sandboxes are overlays")];
  const why = `an overlay cannot be mounted (${overlay.reason.split("\n")[0]}), so that roots are copied, which is slow`;
  const remedy =
    "Put the cache directory on ext4, xfs or btrfs, not on an overlay, a network file system or tmpfs of an old kernel; unprivileged overlays take Linux 5.11 or newer.";
  return [sandboxes, warning("overlay", why, remedy)];
});

/** Python, which only projects with plugins in Python take. `wanted` is the interpreter of the user configuration. */
export const python = Effect.fnUntraced(function* (
  wanted: string | undefined,
  needed: boolean,
): Effect.fn.Return<Finding> {
  const program = wanted ?? "python3";
  const answer = yield* Effect.promise(() =>
    run(program, ["-c", "import sys; print(sys.version.split()[0])"], { timeout: 10_000 }).then(
      ({ stdout }) => stdout.trim(),
      () => undefined,
    ),
  );
  const use = needed ? "this project has plugins in Python" : "only projects with plugins in Python take it";
  if (answer !== undefined) return ok("Python", `${answer} (${use})`);
  const remedy = `Install Python 3, or name an interpreter under \`plugins: python\` of the user configuration.`;
  return needed
    ? problem("Python", `${program} does not run, and ${use}`, remedy)
    : ok("Python", `${program} is not there; ${use}`);
});
