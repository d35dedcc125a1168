/** The other side of `remote/Messages` and `remote/ExecutionMessages`: requests read and answers written, as a server does. */
import type { Digest } from "@millrace/core/tree/Digest";
import * as DirectoryCodec from "@millrace/core/tree/DirectoryCodec";
import * as Wire from "@millrace/core/tree/Wire";
import * as ActionMessages from "../remote/ActionMessages.ts";
import * as Fields from "../remote/Fields.ts";

const readDigest = (reading: Wire.Reading, end: number): Digest | undefined =>
  Fields.readDigest(reading, Wire.readEnd(reading, end));

/** The digests in field 2 of a request: `FindMissingBlobs`, `BatchReadBlobs`, `GetTree`, `GetActionResult`. */
export function digests(bytes: Uint8Array): readonly Digest[] {
  const found: Digest[] = [];
  Fields.open(bytes, "a request", (reading, tag) => {
    if (tag !== 18) return false;
    const digest = readDigest(reading, bytes.length);
    if (digest !== undefined) found.push(digest);
    return true;
  });
  return found;
}

/** A blob that a client sends. */
export interface Sent {
  readonly digest: Digest | undefined;
  readonly bytes: Uint8Array;
  /** Zero where it is not compressed. */
  readonly compressor: number;
}

/** `BatchUpdateBlobs`. */
export function batchUpdate(bytes: Uint8Array): readonly Sent[] {
  const sent: Sent[] = [];
  Fields.open(bytes, "a batch of blobs", (reading, tag) => {
    if (tag !== 18) return false;
    let digest: Digest | undefined;
    let data: Uint8Array = new Uint8Array(0);
    let compressor = 0;
    Fields.nested(reading, bytes.length, (inner, end) => {
      if (inner === 10) digest = readDigest(reading, end);
      else if (inner === 18) data = Wire.readBytes(reading, end);
      else if (inner === 24) compressor = Wire.readVarint(reading, end);
      else return false;
      return true;
    });
    sent.push({ digest, bytes: data, compressor });
    return true;
  });
  return sent;
}

/** The digests that are missing. */
export function missing(absent: readonly Digest[]): Uint8Array {
  return Wire.bytesOf(() => {
    for (const digest of absent) DirectoryCodec.writeDigest(2, digest);
  });
}

/** What became of the blobs of a batch. */
export function batchAnswer(
  answers: readonly {
    readonly digest: Digest;
    readonly bytes?: Uint8Array | undefined;
    readonly status: Fields.Status;
  }[],
): Uint8Array {
  return Wire.bytesOf(() => {
    for (const { digest, bytes, status } of answers)
      Wire.message(1, () => {
        DirectoryCodec.writeDigest(1, digest);
        if (bytes !== undefined) Wire.bytes(2, bytes);
        Fields.writeStatus(bytes === undefined ? 2 : 3, status);
      });
  });
}

/** One page of `GetTree`: directories as they are stored. */
export function treePage(directories: readonly Uint8Array[]): Uint8Array {
  return Wire.bytesOf(() => {
    for (const bytes of directories) Wire.message(1, () => Wire.raw(bytes));
  });
}

/** `ByteStream.Read`. */
export function read(bytes: Uint8Array): { readonly name: string; readonly offset: number; readonly limit: number } {
  let name = "";
  let offset = 0;
  let limit = 0;
  Fields.open(bytes, "a request for a blob", (reading, tag) => {
    if (tag === 10) name = Wire.readText(reading, bytes.length);
    else if (tag === 16) offset = Wire.readSigned(reading, bytes.length);
    else if (tag === 24) limit = Wire.readSigned(reading, bytes.length);
    else return false;
    return true;
  });
  return { name, offset, limit };
}

/** A piece of a blob. */
export function piece(bytes: Uint8Array): Uint8Array {
  return Wire.bytesOf(() => Wire.bytes(10, bytes));
}

/** One message of `ByteStream.Write`. */
export interface Piece {
  readonly name: string;
  readonly offset: number;
  readonly finish: boolean;
  readonly bytes: Uint8Array;
}

/** Reads one message of `ByteStream.Write`. */
export function written(bytes: Uint8Array): Piece {
  let name = "";
  let offset = 0;
  let finish = false;
  let data: Uint8Array = new Uint8Array(0);
  Fields.open(bytes, "a piece of a blob", (reading, tag) => {
    if (tag === 10) name = Wire.readText(reading, bytes.length);
    else if (tag === 16) offset = Wire.readSigned(reading, bytes.length);
    else if (tag === 24) finish = Wire.readVarint(reading, bytes.length) !== 0;
    else if (tag === 82) data = Wire.readBytes(reading, bytes.length);
    else return false;
    return true;
  });
  return { name, offset, finish, bytes: data };
}

/** The answer to `Write`, and to `QueryWriteStatus` where `complete` counts. */
export function committed(size: number, complete = false): Uint8Array {
  return Wire.bytesOf(() => {
    Wire.integer(1, size);
    Wire.boolean(2, complete);
  });
}

/** The one text in field 1 of a request: `QueryWriteStatus`, `WaitExecution`, `CancelOperation`. */
export function name(bytes: Uint8Array): string {
  let found = "";
  Fields.open(bytes, "a request", (reading, tag) => {
    if (tag !== 10) return false;
    found = Wire.readText(reading, bytes.length);
    return true;
  });
  return found;
}

/** `UpdateActionResult`. */
export function update(bytes: Uint8Array): {
  readonly action: Digest | undefined;
  readonly result: ActionMessages.ActionResult | undefined;
} {
  let action: Digest | undefined;
  let result: ActionMessages.ActionResult | undefined;
  Fields.open(bytes, "a result to remember", (reading, tag) => {
    if (tag === 18) action = readDigest(reading, bytes.length);
    else if (tag === 26) result = ActionMessages.readResult(reading, Wire.readEnd(reading, bytes.length));
    else return false;
    return true;
  });
  return { action, result };
}

/** `Execute`. */
export function execute(bytes: Uint8Array): { readonly action: Digest | undefined; readonly skipCache: boolean } {
  let action: Digest | undefined;
  let skipCache = false;
  Fields.open(bytes, "an action to execute", (reading, tag) => {
    if (tag === 24) skipCache = Wire.readVarint(reading, bytes.length) !== 0;
    else if (tag === 50) action = readDigest(reading, bytes.length);
    else return false;
    return true;
  });
  return { action, skipCache };
}

const types = "type.googleapis.com/build.bazel.remote.execution.v2";

function any(field: number, type: string, write: () => void): void {
  Wire.message(field, () => {
    Wire.text(1, `${types}.${type}`);
    Wire.message(2, write);
  });
}

/** An operation that goes on; `stage` as in `remote/ExecutionMessages`. */
export function running(operation: string, action: Digest, stage: number): Uint8Array {
  return Wire.bytesOf(() => {
    Wire.text(1, operation);
    any(2, "ExecuteOperationMetadata", () => {
      Wire.integer(1, stage);
      DirectoryCodec.writeDigest(2, action);
    });
  });
}

/** An operation that is done. */
export function done(
  operation: string,
  outcome:
    | { readonly result: ActionMessages.ActionResult; readonly cached: boolean }
    | { readonly status: Fields.Status },
): Uint8Array {
  const result = "result" in outcome ? ActionMessages.encodeResult(outcome.result) : undefined;
  return Wire.bytesOf(() => {
    Wire.text(1, operation);
    Wire.boolean(3, true);
    any(5, "ExecuteResponse", () => {
      if (result !== undefined) Wire.message(1, () => Wire.raw(result));
      if ("cached" in outcome) Wire.boolean(2, outcome.cached);
      else Fields.writeStatus(3, outcome.status);
    });
  });
}

/** `ServerCapabilities` of version 2.3 of the protocol: SHA-256, absolute links allowed, with execution. */
export function capabilities(maxBatch: number, updates: boolean): Uint8Array {
  const version = (field: number, minor: number) =>
    Wire.message(field, () => {
      Wire.integer(1, 2);
      Wire.integer(2, minor);
    });
  return Wire.bytesOf(() => {
    Wire.message(1, () => {
      Wire.integer(1, 1);
      Wire.message(2, () => Wire.boolean(1, updates));
      Wire.integer(4, maxBatch);
      Wire.integer(5, 2);
    });
    Wire.message(2, () => {
      Wire.integer(1, 1);
      Wire.boolean(2, true);
    });
    version(4, 0);
    version(5, 3);
  });
}
