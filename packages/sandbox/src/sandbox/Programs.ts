/**
 * Which programs of the host make a sandbox, and whether they work here: asked at the first run after a start of the machine.
 *
 * Without bubblewrap, or where user namespaces are forbidden, every run fails with BuildStream's `unavailable-local-sandbox`, and the message says what is
 * missing. Without overlays runs still work, on roots that are copied.
 */
import { execFile } from "node:child_process";
import {
  accessSync,
  constants,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { BstError } from "@millrace/core/error/BstError";
import * as Effect from "effect/Effect";
import * as Owners from "../staging/Owners.ts";
import type * as Bubblewrap from "./Bubblewrap.ts";

export interface Capabilities {
  readonly host: Bubblewrap.Host;
  /** Whether roots can be overlays; the reason when not. */
  readonly overlay: { readonly works: true } | { readonly works: false; readonly reason: string };
}

const run = promisify(execFile);

/** Administrators' directories come last: an ordinary user's search path may lack them. */
const fallback = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/** The absolute path of a program of the host. */
export function find(name: string, searchPath: string | undefined): string | undefined {
  for (const directory of [...(searchPath ?? "").split(":"), ...fallback]) {
    if (!directory.startsWith("/")) continue;
    const path = join(directory, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // The next directory may have it.
    }
  }
  return undefined;
}

function unavailable(message: string, hint: string, detail?: string): BstError {
  return new BstError({ domain: "SANDBOX", reason: "unavailable-local-sandbox", message, hint, detail });
}

/** The instruction sets that a kernel runs, in BuildStream's names. */
const instructionSets: Readonly<Record<string, readonly string[]>> = {
  x64: ["x86-64", "x86-32"],
  ia32: ["x86-32"],
  arm64: ["aarch64", "aarch32"],
  arm: ["aarch32"],
};

/** Why this machine cannot stand for another one; undefined when it can. */
export function unsupported(machine: { readonly os: string; readonly arch: string }): BstError | undefined {
  const here = instructionSets[process.arch];
  if (machine.os !== process.platform)
    return unavailable(
      `This machine runs ${process.platform}, the element's sandbox asks for '${machine.os}'`,
      "Build it on such a machine, or remotely.",
    );
  if (here !== undefined && !here.includes(machine.arch))
    return unavailable(
      `This machine has ${here.join(" and ")}, the element's sandbox asks for '${machine.arch}'`,
      "Build it on such a machine, or remotely.",
    );
  return undefined;
}

/** Finds the programs. `scratch` is a directory on the file system where roots will be; overlays are tried there. */
export const probe = Effect.fn("Programs.probe")(function* (
  scratch: string,
  searchPath: string | undefined = process.env["PATH"],
): Effect.fn.Return<Capabilities, BstError> {
  const names = ["bwrap", "unshare", "setpriv", "mount", "sh"] as const;
  const found = new Map(names.map((name) => [name, find(name, searchPath)]));
  const missing = names.filter((name) => found.get(name) === undefined);
  if (missing.length > 0)
    return yield* unavailable(
      `Commands cannot be run in a sandbox: ${missing.join(", ")} not found`,
      missing.includes("bwrap") ? "Install bubblewrap." : "Install util-linux and a shell.",
    );
  const programs = Object.fromEntries(found) as unknown as Bubblewrap.Programs;
  const root = process.geteuid?.() === 0;
  const known = join(scratch, "..", "host.json");
  const identity = identityOf(programs, root);
  const remembered = recall(known, identity);
  if (remembered !== undefined)
    return { host: { programs, root, pid: process.pid, volatile: remembered.volatile }, overlay: { works: true } };
  yield* tryBubblewrap(programs);
  const host = { programs, root, pid: process.pid, volatile: false };
  let reason = yield* tryOverlay({ ...host, volatile: true }, scratch);
  if (reason === undefined) {
    remember(known, { identity, volatile: true });
    return { host: { ...host, volatile: true }, overlay: { works: true } };
  }
  reason = yield* tryOverlay(host, scratch);
  if (reason !== undefined) return { host, overlay: { works: false, reason } };
  remember(known, { identity, volatile: false });
  return { host, overlay: { works: true } };
});

const tryBubblewrap = (programs: Bubblewrap.Programs): Effect.Effect<unknown, BstError> => {
  const user = ["--unshare-user", "--unshare-pid", "--uid", "0", "--gid", "0", "--cap-drop", "ALL"];
  return Effect.tryPromise({
    try: () => run(programs.bwrap, [...user, "--ro-bind", "/", "/", "--proc", "/proc", programs.sh, "-c", ":"]),
    catch: (cause) =>
      unavailable(
        "Bubblewrap does not work on this machine",
        "Allow user namespaces (user.max_user_namespaces, kernel.unprivileged_userns_clone, AppArmor), or run as root.",
        String((cause as { readonly stderr?: unknown }).stderr ?? cause).trim(),
      ),
  });
};

/** That everything worked once; only good news is kept, so that what was wrong is tried again. */
interface Remembered {
  readonly identity: string;
  readonly volatile: boolean;
}

/** What the answer depends on: the running kernel, the user, and the programs. */
function identityOf(programs: Bubblewrap.Programs, root: boolean): string {
  const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  const stamps = Object.values(programs).map((path: string) => `${path} ${statSync(path).mtimeMs}`);
  return [boot, root ? 0 : process.geteuid?.(), ...stamps].join("\n");
}

function recall(file: string, identity: string): Remembered | undefined {
  try {
    const value = JSON.parse(readFileSync(file, "utf8")) as Remembered;
    return value.identity === identity ? value : undefined;
  } catch {
    return undefined;
  }
}

function remember(file: string, value: Remembered): void {
  try {
    writeFileSync(`${file}.${process.pid}`, JSON.stringify(value));
    renameSync(`${file}.${process.pid}`, file);
  } catch {
    // It is found out again next time.
  }
}

/** Mounts an overlay of empty directories and writes into it; gives what went wrong. */
const tryOverlay = Effect.fnUntraced(function* (host: Bubblewrap.Host, scratch: string) {
  return yield* Effect.promise(async () => {
    mkdirSync(scratch, { recursive: true });
    const directory = mkdtempSync(join(scratch, "probe-"));
    try {
      for (const name of ["lower", "upper", "work", "merged"]) mkdirSync(join(directory, name));
      const script = `cd "$1" && "$2" -n -t overlay -o "$3" overlay merged && : > merged/file`;
      const options = [
        "lowerdir=lower,upperdir=upper,workdir=work,redirect_dir=nofollow,metacopy=off,index=off",
        ...(host.root ? [] : ["userxattr"]),
        ...(host.volatile ? ["volatile"] : []),
      ].join(",");
      const { programs } = host;
      const user = host.root ? [] : ["--user", "--map-root-user"];
      const args = [...user, "--mount", "--propagation", "private", "--", programs.sh, "-c", script, "sh", directory];
      await run(programs.unshare, [...args, programs.mount, options]);
      return undefined;
    } catch (cause) {
      return String((cause as { readonly stderr?: unknown }).stderr ?? cause).trim();
    } finally {
      Owners.remove(directory);
    }
  });
});
