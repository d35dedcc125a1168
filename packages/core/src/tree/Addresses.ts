/**
 * The addresses that an encoded directory names, without the rest of what it says: for those who list what a tree consists of, which is most of the
 * time of asking a server for it when names and times are read as well.
 */
import type * as Digest from "./Digest.ts";
import * as DirectoryCodec from "./DirectoryCodec.ts";
import * as Wire from "./Wire.ts";

export interface Addresses {
  readonly files: readonly Digest.Digest[];
  readonly directories: readonly Digest.Digest[];
}

/**
 * The addresses of files and of sub-directories, in their order, as often as they are named. The bytes are those of a directory that `DirectoryCodec.decode` takes:
 * names are not looked at. Raises a CAS error where bytes are no message or an entry has no digest.
 */
export function read(bytes: Uint8Array, what: string): Addresses {
  const reading = Wire.read(bytes, what);
  const files: Digest.Digest[] = [];
  const directories: Digest.Digest[] = [];
  while (reading.at < bytes.length) {
    const tag = Wire.readVarint(reading, bytes.length);
    if (tag === 10) files.push(readNode(reading, Wire.readEnd(reading, bytes.length)));
    else if (tag === 18) directories.push(readNode(reading, Wire.readEnd(reading, bytes.length)));
    else Wire.skip(reading, bytes.length, tag);
  }
  return { files, directories };
}

function readNode(reading: Wire.Reading, end: number): Digest.Digest {
  let digest: Digest.Digest | undefined;
  while (reading.at < end) {
    const tag = Wire.readVarint(reading, end);
    if (tag === 18) digest = DirectoryCodec.readDigest(reading, Wire.readEnd(reading, end));
    else Wire.skip(reading, end, tag);
  }
  return digest ?? Wire.malformed(reading, "an entry has no digest");
}
