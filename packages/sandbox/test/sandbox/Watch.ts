/** Looking for processes that a sandbox may have left. */
import { readdirSync, readFileSync } from "node:fs";

/** Processes of the machine that sleep for so long. */
export function processes(marker: string): readonly string[] {
  return readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "latin1") === `sleep\0${marker}\0`;
    } catch {
      return false;
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
