/**
 * The requests and answers of the cache services (content storage, byte streams, capabilities, assets), as bytes.
 *
 * Only the fields that we send or look at are here; all others are stepped over, and numbers of enumerations that we do not know are kept as
 * numbers, since servers announce more than we have names for.
 */
import type { Digest } from "@millrace/core/tree/Digest";
import * as DirectoryCodec from "@millrace/core/tree/DirectoryCodec";
import * as Wire from "@millrace/core/tree/Wire";
import * as ReadMany from "../cas/ReadMany.ts";
import * as TreeList from "../cas/TreeList.ts";
import * as Fields from "./Fields.ts";

/** A request about blobs: which are missing, or read these. Never of the empty one, which is everywhere. */
export function digestsRequest(instance: string, digests: readonly Digest[]): Uint8Array {
  return listRequest(instance, TreeList.write(digests));
}

/** The same of digests that are written already (`TreeList`). */
export function listRequest(instance: string, list: Uint8Array): Uint8Array {
  return Wire.bytesOf(() => {
    Wire.text(1, instance);
    Wire.raw(list);
  });
}

/** The digests that the server does not have. */
export function findMissingResponse(bytes: Uint8Array): readonly Digest[] {
  const missing: Digest[] = [];
  Fields.open(bytes, "the answer to FindMissingBlobs", (reading, tag) => {
    if (tag !== 18) return false;
    missing.push(DirectoryCodec.readDigest(reading, Wire.readEnd(reading, bytes.length)));
    return true;
  });
  return missing;
}

/** A blob with its bytes. */
export interface Blob {
  readonly digest: Digest;
  readonly bytes: Uint8Array;
}

/** `BatchUpdateBlobs`. */
export function batchUpdateRequest(instance: string, blobs: readonly Blob[]): Uint8Array {
  return Wire.bytesOf(() => {
    Wire.text(1, instance);
    for (const { digest, bytes } of blobs) ReadMany.write(digest, bytes);
  });
}

/** What became of one blob of a batch. */
export interface BatchAnswer {
  readonly digest: Digest;
  readonly status: Fields.Status;
  /** Empty in answers to uploads. */
  readonly bytes: Uint8Array;
}

function batchResponse(bytes: Uint8Array, what: string, statusTag: number): readonly BatchAnswer[] {
  const answers: BatchAnswer[] = [];
  Fields.open(bytes, what, (reading, outer) => {
    if (outer !== 10) return false;
    const end = Wire.readEnd(reading, bytes.length);
    let digest: Digest | undefined;
    let status = Fields.fine;
    let data: Uint8Array = new Uint8Array(0);
    Fields.each(reading, end, (tag) => {
      if (tag === 10) digest = Fields.readDigest(reading, Wire.readEnd(reading, end));
      else if (tag === statusTag) status = Fields.readStatus(reading, Wire.readEnd(reading, end));
      else if (tag === 18) data = Wire.readBytes(reading, end);
      else return false;
      return true;
    });
    if (digest !== undefined) answers.push({ digest, status, bytes: data });
    return true;
  });
  return answers;
}

/** The answers of `BatchUpdateBlobs`. */
export const batchUpdateResponse = (bytes: Uint8Array) => batchResponse(bytes, "the answer to BatchUpdateBlobs", 18);

/**
 * Whether the answer of `BatchUpdateBlobs` is the usual one, which takes no reading: every blob of a list (`TreeList`) was taken, said in the order of the list.
 * It may say the same in other ways, for which this is false.
 */
export function tookAll(bytes: Uint8Array, list: Uint8Array): boolean {
  let at = 0;
  let from = 0;
  while (at < bytes.length && from < list.length) {
    const end = at + 2 + bytes[at + 1]!;
    const length = list[from + 1]!;
    // An answer is a digest, as the list has it behind its tag, and a status that is empty or absent.
    if (bytes[at] !== 10 || bytes[at + 1]! > 127 || bytes[at + 2] !== 10 || bytes[at + 3] !== length) return false;
    for (let index = 0; index < length; index++) if (bytes[at + 4 + index] !== list[from + 2 + index]) return false;
    at += 4 + length;
    if (at + 2 === end && bytes[at] === 18 && bytes[at + 1] === 0) at = end;
    if (at !== end) return false;
    from += 2 + length;
  }
  return at === bytes.length && from === list.length;
}

/** The answers of `BatchReadBlobs`. */
export const batchReadResponse = (bytes: Uint8Array) => batchResponse(bytes, "the answer to BatchReadBlobs", 26);

/** `ByteStream.Read`. */
export function readRequest(resource: string, offset: number): Uint8Array {
  return Wire.bytesOf(() => {
    Wire.text(1, resource);
    Wire.integer(2, offset);
  });
}

/** The bytes of one message of `ByteStream.Read`. */
export function readResponse(bytes: Uint8Array): Uint8Array {
  let data: Uint8Array = new Uint8Array(0);
  Fields.open(bytes, "a piece of a blob", (reading, tag) => {
    if (tag !== 82) return false;
    data = Wire.readBytes(reading, bytes.length);
    return true;
  });
  return data;
}

/** One message of `ByteStream.Write`; the name is in the first one only. */
export function writeRequest(resource: string, offset: number, data: Uint8Array, finish: boolean): Uint8Array {
  return Wire.bytesOf(() => {
    Wire.text(1, resource);
    Wire.integer(2, offset);
    Wire.boolean(3, finish);
    Wire.bytes(10, data);
  });
}

/** `ByteStream.QueryWriteStatus`. */
export function writeStatusRequest(resource: string): Uint8Array {
  return Wire.bytesOf(() => Wire.text(1, resource));
}

/** Bytes that the server has of an upload, from the answers to `Write` and `QueryWriteStatus`. */
export function committedSize(bytes: Uint8Array): number {
  let size = 0;
  Fields.open(bytes, "the answer to an upload", (reading, tag) => {
    if (tag !== 8) return false;
    size = Wire.readSigned(reading, bytes.length);
    return true;
  });
  return size;
}

/** A request that is nothing but an instance name. */
export function instanceRequest(instance: string): Uint8Array {
  return Wire.bytesOf(() => Wire.text(1, instance));
}

/** What a server says of itself, as far as it matters here. */
export interface Capabilities {
  /** Numbers of digest functions; 1 is SHA-256. Empty when the server does not say. */
  readonly digestFunctions: readonly number[];
  /** Bytes of blobs in one batch; undefined when the server sets no limit. */
  readonly maxBatchBytes: number | undefined;
  /** Bytes of the largest blob; undefined when the server sets no limit. */
  readonly maxBlobBytes: number | undefined;
  /** Numbers of the compressions of byte streams; 1 is zstd. */
  readonly compressors: readonly number[];
  /** Whether clients may store results of actions. */
  readonly updatesActions: boolean;
  /** Whether the server executes actions. */
  readonly executes: boolean;
  /** The oldest and the newest version of the protocol, `2.12`; empty when the server does not say. */
  readonly oldest: string;
  readonly version: string;
}

/** Reads a repeated enumeration, packed or not: `tag` is that of the field. */
function readNumbers(reading: Wire.Reading, end: number, tag: number, into: number[]): void {
  if (tag % 8 === 0) {
    into.push(Wire.readVarint(reading, end));
    return;
  }
  const packed = Wire.readEnd(reading, end);
  while (reading.at < packed) into.push(Wire.readVarint(reading, packed));
}

function readVersion(reading: Wire.Reading, end: number): string {
  let major = 0;
  let minor = 0;
  Fields.nested(reading, end, (tag, inner) => {
    if (tag === 8) major = Wire.readSigned(reading, inner);
    else if (tag === 16) minor = Wire.readSigned(reading, inner);
    else return false;
    return true;
  });
  return `${major}.${minor}`;
}

/** The answer to `GetCapabilities`. */
export function capabilitiesResponse(bytes: Uint8Array): Capabilities {
  const digestFunctions: number[] = [];
  const compressors: number[] = [];
  const limits = { batch: 0, blob: 0 };
  let updatesActions = false;
  let executes = false;
  let oldest = "";
  let version = "";
  Fields.open(bytes, "the capabilities of a server", (reading, outer) => {
    const end = bytes.length;
    if (outer === 34) oldest = readVersion(reading, end);
    else if (outer === 42) version = readVersion(reading, end);
    else if (outer === 10)
      Fields.nested(reading, end, (tag, inner) => {
        if (tag === 8 || tag === 10) readNumbers(reading, inner, tag, digestFunctions);
        else if (tag === 48 || tag === 50) readNumbers(reading, inner, tag, compressors);
        else if (tag === 32) limits.batch = Wire.readSigned(reading, inner);
        else if (tag === 64) limits.blob = Wire.readSigned(reading, inner);
        else if (tag === 18)
          Fields.nested(reading, inner, (flag, last) => {
            if (flag !== 8) return false;
            updatesActions = Wire.readVarint(reading, last) !== 0;
            return true;
          });
        else return false;
        return true;
      });
    else if (outer === 18)
      Fields.nested(reading, end, (tag, inner) => {
        if (tag !== 16) return false;
        executes = Wire.readVarint(reading, inner) !== 0;
        return true;
      });
    else return false;
    return true;
  });
  return {
    digestFunctions,
    maxBatchBytes: limits.batch > 0 ? limits.batch : undefined,
    maxBlobBytes: limits.blob > 0 ? limits.blob : undefined,
    compressors,
    updatesActions,
    executes,
    oldest,
    version,
  };
}

/** `FetchBlob` and `FetchDirectory`. */
export function fetchRequest(instance: string, uris: readonly string[]): Uint8Array {
  return Wire.bytesOf(() => {
    Wire.text(1, instance);
    for (const uri of uris) Wire.item(4, uri);
  });
}

/** The answer to either: a miss may be a status and not a failure of the call. */
export function fetchResponse(bytes: Uint8Array): {
  readonly status: Fields.Status;
  readonly digest: Digest | undefined;
} {
  let status = Fields.fine;
  let digest: Digest | undefined;
  Fields.open(bytes, "the answer of an asset index", (reading, tag) => {
    if (tag === 10) status = Fields.readStatus(reading, Wire.readEnd(reading, bytes.length));
    else if (tag === 42) digest = Fields.readDigest(reading, Wire.readEnd(reading, bytes.length));
    else return false;
    return true;
  });
  return { status, digest };
}

/** What `PushBlob` and `PushDirectory` record. */
export interface Association {
  readonly uris: readonly string[];
  readonly digest: Digest | undefined;
  readonly blobs: readonly Digest[];
  readonly directories: readonly Digest[];
}

/** `PushBlob` and `PushDirectory`. */
export function pushRequest(instance: string, { uris, digest, blobs, directories }: Association): Uint8Array {
  return Wire.bytesOf(() => {
    Wire.text(1, instance);
    for (const uri of uris) Wire.item(2, uri);
    if (digest !== undefined) DirectoryCodec.writeDigest(5, digest);
    for (const blob of blobs) DirectoryCodec.writeDigest(6, blob);
    for (const directory of directories) DirectoryCodec.writeDigest(7, directory);
  });
}

/** `GetActionResult`, with what was printed inside the answer where it is short. */
export function actionResultRequest(instance: string, action: Digest): Uint8Array {
  return Wire.bytesOf(() => {
    Wire.text(1, instance);
    DirectoryCodec.writeDigest(2, action);
    Wire.boolean(3, true);
    Wire.boolean(4, true);
  });
}

/** `GetTree`, all of it. */
export function treeRequest(instance: string, root: Digest): Uint8Array {
  return Wire.bytesOf(() => {
    Wire.text(1, instance);
    DirectoryCodec.writeDigest(2, root);
  });
}

/** The directories of one answer of `GetTree`, as the bytes that name them. */
export function treeResponse(bytes: Uint8Array): readonly Uint8Array[] {
  const directories: Uint8Array[] = [];
  Fields.open(bytes, "a part of a tree", (reading, tag) => {
    if (tag !== 10) return false;
    directories.push(Wire.readBytes(reading, bytes.length));
    return true;
  });
  return directories;
}
