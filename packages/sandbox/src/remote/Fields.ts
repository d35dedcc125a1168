/** What reading the messages of servers has in common: stepping through fields, statuses, digests that may be absent. */
import type { Digest } from "@millrace/core/tree/Digest";
import * as DirectoryCodec from "@millrace/core/tree/DirectoryCodec";
import * as Wire from "@millrace/core/tree/Wire";

/** A `google.rpc.Status`; code 0 is success. */
export interface Status {
  readonly code: number;
  readonly message: string;
}

export const fine: Status = { code: 0, message: "" };

/** Calls `field` for each field of a message, which must read it and say so; what it leaves is stepped over. */
export function each(reading: Wire.Reading, end: number, field: (tag: number) => boolean): void {
  while (reading.at < end) {
    const tag = Wire.readVarint(reading, end);
    if (!field(tag)) Wire.skip(reading, end, tag);
  }
}

/** The same for a message that was received. Raises a CAS error when it is malformed; `what` names it there. */
export function open(bytes: Uint8Array, what: string, field: (reading: Wire.Reading, tag: number) => boolean): void {
  const reading = Wire.read(bytes, what);
  each(reading, bytes.length, (tag) => field(reading, tag));
}

/** Reads the nested message that begins here, field by field. */
export function nested(reading: Wire.Reading, end: number, field: (tag: number, end: number) => boolean): void {
  const inner = Wire.readEnd(reading, end);
  each(reading, inner, (tag) => field(tag, inner));
}

/** Reads the body of a `google.rpc.Status`. */
export function readStatus(reading: Wire.Reading, end: number): Status {
  let { code, message } = fine;
  each(reading, end, (tag) => {
    if (tag === 8) code = Wire.readSigned(reading, end);
    else if (tag === 18) message = Wire.readText(reading, end);
    else return false;
    return true;
  });
  return { code, message };
}

/** Writes a `google.rpc.Status` as a field of the message being written. */
export function writeStatus(field: number, status: Status): void {
  Wire.message(field, () => {
    Wire.integer(1, status.code);
    Wire.text(2, status.message);
  });
}

/** Reads the body of a digest. An empty digest message means the same as none. */
export function readDigest(reading: Wire.Reading, end: number): Digest | undefined {
  return reading.at < end ? DirectoryCodec.readDigest(reading, end) : undefined;
}
