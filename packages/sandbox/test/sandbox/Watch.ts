/** Looking for processes that a sandbox may have left. */
import { readdirSync, readFileSync } from "node:fs";

/** Processes of the machine that sleep for so long. */
export function processes(marker: string): readonly string[] {
  return running().flatMap(([pid, command]) => (command === `sleep ${marker}` ? [pid] : []));
}

/** Every process of the machine: its id, and the words it was started with. */
export function running(): readonly (readonly [pid: string, command: string])[] {
  return readdirSync("/proc").flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    try {
      return [[pid, readFileSync(`/proc/${pid}/cmdline`, "latin1").replace(/\0$/, "").replaceAll("\0", " ")] as const];
    } catch {
      return [];
    }
  });
}

/** Polls until a condition holds. */
export async function waitFor(condition: () => boolean): Promise<void> {
  for (let tries = 0; !condition(); tries++) {
    if (tries > 1500) throw new Error("waited in vain");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
