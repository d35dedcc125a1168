/**
 * Files that at most one living process holds, so that whoever comes after a killed one may take its place.
 *
 * Who holds a file stands in it. A process of this system is alive or not; those of another container that shares the directory cannot be seen from here, so that a
 * holder also says every few seconds that it lives, by the file's time.
 */
import { linkSync, readFileSync, readlinkSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import * as Owners from "./Owners.ts";

/** A file that is held. */
export interface Claim {
  /** Whether a process had it that is gone, which may have left things behind. */
  readonly inherited: boolean;
  readonly release: () => void;
}

/** Milliseconds between two signs of life, and after how many without one a holder is taken for dead. */
const beat = 10_000;
const silence = 60_000;

/** What this process holds. A file that names it beside these was put back too late, when it had been given up. */
const holds = new Set<string>();

/** Takes a file, below a directory that is there; undefined when a living process has it, which may be this one. */
export function take(file: string): Claim | undefined {
  const own = `${file}.${Owners.name()}`;
  const old = `${own}.old`;
  writeFileSync(own, holder());
  try {
    if (links(own, file)) return held(file, false);
    if (lives(file, file)) return undefined;
    // Out of the way first: of several who found a dead one's only one gets it, and who gets a living one's by that puts it back.
    renameSync(file, old);
    if (lives(old, file)) {
      links(old, file);
      return undefined;
    }
    return links(own, file) ? held(file, true) : undefined;
  } catch (cause) {
    if (codeOf(cause) === "ENOENT") return undefined;
    throw cause;
  } finally {
    rmSync(old, { force: true });
    rmSync(own, { force: true });
  }
}

function held(file: string, inherited: boolean): Claim {
  holds.add(file);
  const beating = setInterval(() => {
    const now = Date.now() / 1000;
    try {
      utimesSync(file, now, now);
    } catch {
      // Removed by hand.
    }
  }, beat);
  beating.unref();
  return {
    inherited,
    release: () => {
      clearInterval(beating);
      holds.delete(file);
      if (read(file) === holder()) rmSync(file, { force: true });
    },
  };
}

let system: string | undefined;

/** This process, and the system whose processes it sees. */
function holder(): string {
  system ??= readlinkSync("/proc/self/ns/pid");
  return `${Owners.owner()} ${system}`;
}

/** Whether the holder lives that stands at a place, where the claim is on a file. */
function lives(place: string, file: string): boolean {
  const text = read(place);
  if (text === holder()) return holds.has(file);
  const [owner = "", where] = text.split(" ");
  if (holder().endsWith(` ${where}`)) return Owners.lives(owner);
  const stats = statSync(place, { throwIfNoEntry: false });
  return stats !== undefined && Date.now() - stats.mtimeMs < silence;
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

/** Puts a claim in its place, at once with what stands in it, and only where nothing is. */
function links(from: string, file: string): boolean {
  try {
    try {
      linkSync(from, file);
    } catch (cause) {
      if (!["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"].includes(codeOf(cause))) throw cause;
      // No links here. For a moment nobody stands in it, who is taken for alive.
      writeFileSync(file, read(from), { flag: "wx" });
    }
    return true;
  } catch (cause) {
    if (codeOf(cause) === "EEXIST") return false;
    throw cause;
  }
}

const codeOf = (cause: unknown): string => (cause as NodeJS.ErrnoException).code ?? "";
