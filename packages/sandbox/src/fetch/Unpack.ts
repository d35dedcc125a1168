/**
 * Archives unpacked into the store: contents become objects while the archive streams by, names become a list (see `ArchiveMembers`).
 *
 * The compression is found by the first bytes, whatever the url's extension says. gzip is inflated on a thread of the platform while contents are
 * hashed on this one; xz, bzip2 and lzip through the host's programs.
 */
import { spawn } from "node:child_process";
import { closeSync, createReadStream, openSync, readSync } from "node:fs";
import { extname } from "node:path";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { BstError, raise } from "@millrace/core/error/BstError";
import * as Effect from "effect/Effect";
import * as ObjectStore from "../cas/ObjectStore.ts";
import * as ObjectWriter from "../cas/ObjectWriter.ts";
import type { Member } from "./ArchiveMembers.ts";
import * as Room from "./Room.ts";
import * as TarReader from "./TarReader.ts";

/** Contents up to this size are gathered in memory before they are stored. */
const small = 1 << 20;
const chunkSize = 256 * 1024;

/**
 * Reads a tar archive into the store.
 *
 * @param name what errors call it.
 * @param limit bytes that it may hold.
 */
export function tar(
  store: ObjectStore.ObjectStore,
  path: string,
  name: string,
  limit?: number,
): Effect.Effect<readonly Member[], BstError> {
  return Effect.tryPromise({
    try: (signal) => readTar(store, path, name, limit, signal),
    catch: (cause) => failed(name, cause),
  });
}

/** The error for an archive that could not be read. */
export function failed(name: string, cause: unknown): BstError {
  if (cause instanceof BstError) return cause;
  return new BstError({
    domain: "SOURCE",
    reason: null,
    message: `Cannot unpack ${name}: ${(cause as Error).message}`,
    hint: "If the file is damaged, delete it from the source directory and fetch again.",
  });
}

async function readTar(
  store: ObjectStore.ObjectStore,
  path: string,
  name: string,
  limit: number | undefined,
  signal: AbortSignal,
): Promise<readonly Member[]> {
  const room = Room.open(name, limit);
  const collector = collect(store, room);
  const reader = TarReader.start(name, collector.sink);
  try {
    for await (const bytes of decompressed(path, signal)) {
      room.take(bytes.length);
      reader.push(bytes as Uint8Array);
    }
    reader.finish();
  } finally {
    collector.close();
  }
  return collector.members;
}

interface Collector {
  readonly sink: TarReader.Sink;
  readonly members: readonly Member[];
  readonly close: () => void;
}

/** A sink that stores contents and lists members. */
function collect(store: ObjectStore.ObjectStore, room?: Room.Room): Collector {
  const members: Member[] = [];
  let current: TarReader.Member | undefined;
  let writer: ObjectWriter.ObjectWriter | undefined;
  let held: Uint8Array = new Uint8Array(0);
  let filled = 0;
  return {
    members,
    close: () => writer?.close(),
    sink: {
      begin: (member) => {
        current = member;
        room?.member();
        // Holes take no bytes of the archive.
        if (member.holes > 0) room?.take(member.holes);
        filled = 0;
        if (member.type !== "file") return;
        if (member.size > small) writer = ObjectWriter.start(store);
        else if (held.length < member.size) held = new Uint8Array(Math.max(member.size, chunkSize));
      },
      data: (bytes) => {
        if (current?.type !== "file") return;
        if (writer !== undefined) return writer.write(bytes);
        held.set(bytes, filled);
        filled += bytes.length;
      },
      end: () => {
        if (current === undefined) return;
        const { name, type, mode, link, mtime } = current;
        let digest: Member["digest"];
        if (type === "file") digest = writer?.finish() ?? ObjectStore.putBytes(store, held.subarray(0, filled));
        writer = undefined;
        members.push({ name, type, executable: (mode & 0o100) !== 0, digest, link, mtime });
      },
    },
  };
}

/** The bytes of a file, decompressed. */
async function* decompressed(path: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const program = programFor(path);
  const from = createReadStream(path, { highWaterMark: chunkSize, signal });
  if (program === undefined) return yield* from as AsyncIterable<Uint8Array>;
  if (program === "gzip") {
    const gunzip = createGunzip({ chunkSize });
    from.on("error", (cause) => gunzip.destroy(cause));
    return yield* from.pipe(gunzip) as AsyncIterable<Uint8Array>;
  }
  from.destroy();
  yield* throughProgram(program, path, signal);
}

async function* throughProgram(program: string, path: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const file = openSync(path, "r");
  const child = spawn(program, ["-dc"], { stdio: [file, "pipe", "pipe"], signal });
  closeSync(file);
  let complaint = "";
  (child.stderr as Readable).on("data", (bytes: Buffer) => {
    complaint = (complaint + bytes.toString()).slice(-2000);
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on("close", resolve);
    child.on("error", reject);
  });
  ended.catch(() => {});
  let finished = false;
  try {
    yield* child.stdout as AsyncIterable<Uint8Array>;
    finished = true;
  } finally {
    // A tar archive may end before its compressed stream does; the program is not needed any longer then.
    if (!finished) child.kill();
  }
  const code = await ended.catch((cause: NodeJS.ErrnoException) =>
    cause.code === "ENOENT"
      ? raise({
          domain: "PROG_NOT_FOUND",
          reason: null,
          message: `The program '${program}' is needed to unpack ${path}, and is not in the PATH`,
          hint: `Install ${program}.`,
        })
      : Promise.reject(cause),
  );
  if (code !== 0) throw new Error(`${program} failed (${code}): ${complaint.trim()}`);
}

function programFor(path: string): "gzip" | "xz" | "bzip2" | "lzip" | undefined {
  const start = Buffer.alloc(6);
  const file = openSync(path, "r");
  try {
    readSync(file, start, 0, 6, 0);
  } finally {
    closeSync(file);
  }
  const hex = start.toString("hex");
  if (hex.startsWith("1f8b")) return "gzip";
  if (hex.startsWith("fd377a585a00") || hex.startsWith("5d0000")) return "xz";
  if (hex.startsWith("425a68")) return "bzip2";
  if (start.toString("latin1", 0, 4) === "LZIP" || extname(path) === ".lz") return "lzip";
  return undefined;
}
