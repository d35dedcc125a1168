/** Records of staged sources: `buildstream.v2.Source`, the version and the root directory of the files. */
import type { Digest } from "../tree/Digest.ts";
import * as DirectoryCodec from "../tree/DirectoryCodec.ts";
import * as Wire from "../tree/Wire.ts";

export interface SourceRecord {
  readonly version: number;
  readonly files: Digest;
}

/** The bytes of a record. */
export function encode(source: SourceRecord): Uint8Array {
  return Wire.bytesOf(() => {
    Wire.integer(1, source.version);
    DirectoryCodec.writeDigest(2, source.files);
  });
}

/**
 * The record that some bytes say.
 *
 * @param name what to call it in errors. Raises a CAS error on malformed content or when the files are missing.
 */
export function decode(bytes: Uint8Array, name = "a source record"): SourceRecord {
  const reading = Wire.read(bytes, name);
  let version = 0;
  let files: Digest | undefined;
  while (reading.at < bytes.length) {
    const tag = Wire.readVarint(reading, bytes.length);
    if (tag === 8) version = Wire.readSigned(reading, bytes.length);
    else if (tag === 18) files = DirectoryCodec.readDigest(reading, Wire.readEnd(reading, bytes.length));
    else Wire.skip(reading, bytes.length, tag);
  }
  if (files === undefined) return Wire.malformed(reading, "it names no files");
  return { version, files };
}
