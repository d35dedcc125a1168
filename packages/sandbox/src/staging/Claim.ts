/** Files that at most one living process of this machine holds: the owner is in the file, so that whoever comes after a killed one may take its place. */
import { linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import * as Owners from "./Owners.ts";

/** How a claim was come by: nobody held it, or a process that is gone, which may have left things behind. */
export type Claimed = "fresh" | "inherited";

/** Takes a file, below a directory that is there; undefined when a living process has it, which may be this one. {@link release} gives it back. */
export function take(file: string): Claimed | undefined {
  const own = `${file}.${Owners.name()}`;
  writeFileSync(own, Owners.owner());
  try {
    if (links(own, file)) return "fresh";
    if (Owners.lives(ownerOf(file))) return undefined;
    rmSync(file, { force: true });
    return links(own, file) ? "inherited" : undefined;
  } finally {
    rmSync(own, { force: true });
  }
}

/** Gives a file back that {@link take} gave. */
export function release(file: string): void {
  rmSync(file, { force: true });
}

/** Links a claim to its place: with its content, and only where nothing is. */
function links(own: string, file: string): boolean {
  try {
    linkSync(own, file);
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw cause;
  }
}

function ownerOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
