/**
 * A tree of the store as a tar archive, member by member as `bst artifact checkout --tar` writes it: names begin with `./`, children are sorted by
 * name (code points) with a directory's members after it, everything belongs to uid and gid 0 without names, has one fixed time, and modes are
 * 0644, 0755 and 0777 (links). The format is POSIX ustar with pax records for what does not fit; the end is padded to whole 10,240-byte blocks.
 *
 * Compression: gzip in process, xz and bzip2 through the host's programs.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createReadStream, createWriteStream, renameSync, rmSync } from "node:fs";
import { Readable, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { BstError } from "@millrace/core/error/BstError";
import type { Digest } from "@millrace/core/tree/Digest";
import type { Directory } from "@millrace/core/tree/Directory";
import * as Names from "@millrace/core/tree/Names";
import * as Sha256 from "@millrace/core/tree/Sha256";
import * as Effect from "effect/Effect";
import * as ObjectStore from "./ObjectStore.ts";
import * as TarFormat from "./TarFormat.ts";

export type Compression = "gz" | "xz" | "bz2";

/** Writes the archive to a file (a temporary beside it first), or to standard output for `-`. Member names begin with `prefix`. */
export const write = Effect.fnUntraced(function* (
  store: ObjectStore.ObjectStore,
  root: Digest | Directory,
  location: string,
  compression: Compression | undefined,
  prefix = "./",
): Effect.fn.Return<void, BstError> {
  const temporary = `${location}.${process.pid}.part`;
  yield* Effect.tryPromise({
    try: async (signal) => {
      const to = location === "-" ? process.stdout : createWriteStream(temporary);
      await archive(store, root, compression, prefix, to, signal);
      if (location !== "-") renameSync(temporary, location);
    },
    catch: (cause) =>
      cause instanceof BstError
        ? cause
        : new BstError({
            domain: "CAS",
            reason: null,
            message: `Cannot write the archive ${location}: ${(cause as Error).message}`,
          }),
  }).pipe(Effect.ensuring(Effect.sync(() => location !== "-" && rmSync(temporary, { force: true }))));
});

async function archive(
  store: ObjectStore.ObjectStore,
  root: Digest | Directory,
  compression: Compression | undefined,
  prefix: string,
  to: Writable,
  signal: AbortSignal,
): Promise<void> {
  const from = Readable.from(members(store, root, prefix), { objectMode: false });
  // Standard output stays open for whoever comes after.
  const options = { signal, end: to !== process.stdout };
  if (compression === undefined) return pipeline(from, to, options);
  if (compression === "gz") return pipeline(from, createGzip({ level: 9 }), to, options);
  const program = compression === "xz" ? "xz" : "bzip2";
  const child = spawn(program, ["-c"], { stdio: ["pipe", "pipe", "inherit"], signal });
  const ended = once(child, "close");
  await Promise.all([pipeline(from, child.stdin, { signal }), pipeline(child.stdout, to, options), ended]);
  const [code] = (await ended) as [number | null];
  if (code !== 0) throw new Error(`${program} failed (${code})`);
}

const lot = 1 << 18;

async function* members(
  store: ObjectStore.ObjectStore,
  root: Digest | Directory,
  prefix: string,
): AsyncGenerator<Uint8Array> {
  let size = 0;
  let held: Uint8Array[] = [];
  let heldSize = 0;
  for (const part of parts(store, "entries" in root ? root : ObjectStore.readDirectory(store, root), prefix)) {
    if ("hash" in part) {
      if (held.length > 0) yield Buffer.concat(held);
      held = [];
      heldSize = 0;
      const hash = Sha256.start();
      for await (const piece of createReadStream(ObjectStore.path(store, part), { highWaterMark: 1 << 20 })) {
        size += (piece as Buffer).length;
        hash.update(piece as Buffer);
        yield piece as Buffer;
      }
      if (hash.hex() === part.hash) continue;
      ObjectStore.forget(store, part, "its content does not match its name");
      ObjectStore.raiseMissing(part);
    }
    size += part.length;
    held.push(part);
    heldSize += part.length;
    if (heldSize >= lot) {
      yield Buffer.concat(held);
      held = [];
      heldSize = 0;
    }
  }
  held.push(TarFormat.ending(size));
  yield Buffer.concat(held);
}

/** Headers and small contents, checked, as bytes; larger contents by their digest. */
function* parts(
  store: ObjectStore.ObjectStore,
  directory: Directory,
  prefix: string,
): Generator<Uint8Array | Digest, void> {
  for (const name of [...directory.entries.keys()].sort(Names.compare)) {
    const entry = directory.entries.get(name);
    const path = prefix + name;
    if (entry === undefined) continue;
    if (entry.type === "symlink")
      yield TarFormat.header({ path, type: "symlink", mode: 0o777, size: 0, link: entry.target });
    else if (entry.type === "directory") {
      yield TarFormat.header({ path: `${path}/`, type: "directory", mode: 0o755, size: 0 });
      const { tree } = entry;
      yield* parts(store, tree.type === "tree" ? tree : ObjectStore.readDirectory(store, tree.digest), `${path}/`);
    } else {
      const { size } = entry.digest;
      yield TarFormat.header({ path, type: "file", mode: entry.executable ? 0o755 : 0o644, size });
      if (size < lot) yield ObjectStore.read(store, entry.digest);
      else {
        if (!ObjectStore.has(store, entry.digest)) ObjectStore.raiseMissing(entry.digest);
        yield entry.digest;
      }
      yield TarFormat.padding(size);
    }
  }
}
