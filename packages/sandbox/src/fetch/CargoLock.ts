/**
 * The packages of a `Cargo.lock`.
 *
 * Cargo writes these files itself, always in the same small part of TOML: tables of arrays with one plain string a line. That part is
 * read here; anything else in them (dependencies, metadata) is passed over.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { BstError } from "@millrace/core/error/BstError";
import * as Effect from "effect/Effect";
import type { Subject } from "./SourceDriver.ts";

export interface Package {
  readonly name: string;
  readonly version: string;
  /** `registry+URL` or `git+URL?QUERY#COMMIT`; undefined for packages of the project itself. */
  readonly source: string | undefined;
  readonly checksum: string | undefined;
}

/** Reads the text of a lock file. */
export function parse(text: string): readonly Package[] {
  const tables: Map<string, string>[] = [];
  let current: Map<string, string> | undefined;
  const checksums = new Map<string, string>();
  let inMetadata = false;
  for (const line of text.split(/\r?\n/)) {
    const heading = /^\[+([^\]]+)\]+\s*$/.exec(line);
    if (heading !== null) {
      current = line.startsWith("[[package]]") ? new Map() : undefined;
      if (current !== undefined) tables.push(current);
      inMetadata = heading[1] === "metadata";
      continue;
    }
    const pair = /^("(?:[^"\\]|\\.)*"|[A-Za-z0-9_-]+)\s*=\s*("(?:[^"\\]|\\.)*")\s*$/.exec(line);
    if (pair === null) continue;
    const [key, value] = [unquote(pair[1] as string), unquote(pair[2] as string)];
    current?.set(key, value);
    // Old lock files keep all checksums together, by name, version and source.
    if (inMetadata && key.startsWith("checksum ")) checksums.set(key.slice("checksum ".length), value);
  }
  return tables.map((table) => {
    const name = table.get("name") ?? "";
    const version = table.get("version") ?? "";
    const source = table.get("source");
    const old = checksums.get(`${name} ${version} (${source})`);
    return { name, version, source, checksum: table.get("checksum") ?? (old === "<none>" ? undefined : old) };
  });
}

function unquote(text: string): string {
  return text.startsWith('"') ? (JSON.parse(text) as string) : text;
}

/** Reads the lock file of the sources before a cargo source. */
export function read(
  directory: string,
  file: string,
  { source }: Subject,
): Effect.Effect<readonly Package[], BstError> {
  return Effect.try({
    try: () => parse(readFileSync(join(directory, file), "utf8")),
    catch: (cause) =>
      new BstError({
        domain: "SOURCE",
        reason: null,
        message: `Cannot read ${file} in the sources before the ${source.kind.name} source of ${source.context.elementName}: ${(cause as Error).message}`,
        hint: "List the source that has the lock file first, or name the file with `cargo-lock`.",
      }),
  });
}
