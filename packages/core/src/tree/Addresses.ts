/**
 * The addresses that an encoded directory names, without the rest of what it says: for those who list what a tree consists of, which is most of the
 * time of asking a server for it when names and times are read as well.
 */
import type { Digest } from "./Digest.ts";
import * as DirectoryCodec from "./DirectoryCodec.ts";
import * as Wire from "./Wire.ts";

/** Hears of an address: whether it is a sub-directory's, and where its `Digest` message begins and ends. */
export type Visit = (isDirectory: boolean, digest: Digest, start: number, end: number) => void;

/**
 * Tells of the addresses of files and of sub-directories, in their order, as often as they are named. The bytes are those of a directory that
 * `DirectoryCodec.decode` takes: names are not looked at. Raises a CAS error where bytes are no message or an entry has no digest.
 */
export function each(bytes: Uint8Array, what: string, visit: Visit): void {
  const reading = Wire.read(bytes, what);
  while (reading.at < bytes.length) {
    const tag = Wire.readVarint(reading, bytes.length);
    if (tag === 10 || tag === 18) readNode(reading, Wire.readEnd(reading, bytes.length), tag === 18, visit);
    else Wire.skip(reading, bytes.length, tag);
  }
}

function readNode(reading: Wire.Reading, end: number, isDirectory: boolean, visit: Visit): void {
  let start = -1;
  let digestEnd = -1;
  while (reading.at < end) {
    const tag = Wire.readVarint(reading, end);
    if (tag === 18) {
      digestEnd = Wire.readEnd(reading, end);
      start = reading.at;
      reading.at = digestEnd;
    } else Wire.skip(reading, end, tag);
  }
  if (start === -1) Wire.malformed(reading, "an entry has no digest");
  reading.at = start;
  const digest = DirectoryCodec.readDigest(reading, digestEnd);
  reading.at = end;
  visit(isDirectory, digest, start, digestEnd);
}
