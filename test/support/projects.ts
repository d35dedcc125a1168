/** Lays small projects out on disk. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Writes files (path to text) under a directory that is emptied first. The text `BINARY` after U+10FFFF stands for bytes that are not UTF-8. */
export function layProject(
  directory: string,
  files: Readonly<Record<string, string>> | ReadonlyMap<string, string>,
): void {
  rmSync(directory, { recursive: true, force: true });
  const entries = files instanceof Map ? files.entries() : Object.entries(files as Readonly<Record<string, string>>);
  for (const [path, text] of entries) {
    const full = join(directory, path);
    mkdirSync(dirname(full), { recursive: true });
    const mark = text.indexOf("\u{10ffff}BINARY");
    writeFileSync(
      full,
      mark === -1 ? text : Buffer.concat([Buffer.from(text.slice(0, mark)), Buffer.from([0xff, 0xfe, 0x0a])]),
    );
  }
}
