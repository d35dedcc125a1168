/** The members of a zip archive, contents stored, directories with their slash: never executable, links as plain files, as Python extracts them. */
import { type BstError, raise } from "@millrace/core/error/BstError";
import type { Digest } from "@millrace/core/tree/Digest";
import * as Effect from "effect/Effect";
import * as ObjectStore from "../cas/ObjectStore.ts";
import * as ObjectWriter from "../cas/ObjectWriter.ts";
import type { Member } from "./ArchiveMembers.ts";
import * as Room from "./Room.ts";
import * as Unpack from "./Unpack.ts";
import * as ZipReader from "./ZipReader.ts";

/** Members larger than this go through memory in pieces. */
const small = 1 << 24;

/**
 * Reads the archive, giving way to others every few dozen members.
 *
 * @param limit bytes that it may hold.
 */
export function read(
  store: ObjectStore.ObjectStore,
  file: string,
  archiveName: string,
  limit?: number,
): Effect.Effect<readonly Member[], BstError> {
  return Effect.tryPromise({
    try: (signal) => readMembers(store, file, archiveName, limit, signal),
    catch: (cause) => Unpack.failed(archiveName, cause),
  });
}

async function readMembers(
  store: ObjectStore.ObjectStore,
  file: string,
  archiveName: string,
  limit: number | undefined,
  signal: AbortSignal,
): Promise<readonly Member[]> {
  const room = Room.open(archiveName, limit);
  const archive = ZipReader.open(file, archiveName);
  const members: Member[] = [];
  try {
    for (const [at, member] of archive.members.entries()) {
      const { name } = member;
      if (name.split("/").includes(".."))
        raise({
          domain: "SOURCE",
          reason: null,
          message: `${archiveName} holds ${JSON.stringify(name)}, which would be written outside the staging directory`,
          hint: "Do not use this archive: a well-meant one holds no such entry.",
        });
      const isDirectory = name.endsWith("/");
      room.member();
      room.take(member.size);
      members.push({
        name,
        type: isDirectory ? "directory" : "file",
        executable: false,
        digest: isDirectory
          ? undefined
          : member.size <= small && member.compressedSize <= small
            ? ObjectStore.putBytes(store, archive.read(member))
            : await putLarge(store, archive.stream(member)),
        link: "",
      });
      if (at % 64 === 63) {
        await new Promise(setImmediate);
        signal.throwIfAborted();
      }
    }
    return members;
  } finally {
    archive.close();
  }
}

async function putLarge(store: ObjectStore.ObjectStore, content: AsyncIterable<Uint8Array>): Promise<Digest> {
  const writer = ObjectWriter.start(store);
  try {
    for await (const bytes of content) writer.write(bytes);
    return writer.finish();
  } finally {
    writer.close();
  }
}
