/**
 * Zip archives, read through their central directory: stored and deflated members, names in UTF-8 or code page 437, zip64.
 *
 * The central directory is what programs believe; local headers are only passed over. Sizes and checksums are verified, and a member may not inflate
 * to more than the directory says, so that a small archive cannot fill memory.
 */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { Readable } from "node:stream";
import { crc32, createInflateRaw, inflateRawSync } from "node:zlib";
import { BstError, raise } from "@millrace/core/error/BstError";

export interface Member {
  /** As stored; directories end in `/`. */
  readonly name: string;
  readonly size: number;
  readonly compressedSize: number;
  readonly method: number;
  readonly checksum: number;
  readonly offset: number;
  readonly encrypted: boolean;
}

export interface Archive {
  readonly members: readonly Member[];
  /** The content of a member, verified. */
  readonly read: (member: Member) => Uint8Array;
  /** The same in pieces, for members that are large. */
  readonly stream: (member: Member) => AsyncGenerator<Uint8Array>;
  readonly close: () => void;
}

/** The code page that names without the UTF-8 flag are in: its upper half. */
const upperHalf =
  "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0";

/** Opens an archive; `name` is what errors call it. Close it afterwards. */
export function open(path: string, name: string): Archive {
  const fail = (message: string): never =>
    raise({ domain: "SOURCE", reason: null, message: `${name} is no zip archive that can be read: ${message}` });
  const file = openSync(path, "r");
  try {
    const { size } = fstatSync(file);
    const members = readDirectory(file, size, fail);
    return {
      members,
      read: (member) => readMember(file, member, fail),
      stream: (member) => streamMember(file, member, fail),
      close: () => closeSync(file),
    };
  } catch (cause) {
    closeSync(file);
    throw cause;
  }
}

type Fail = (message: string) => never;

function bytesAt(file: number, position: number, length: number, fail: Fail): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; ) {
    const read = readSync(file, bytes, at, length - at, position + at);
    if (read === 0) fail("it is cut off");
    at += read;
  }
  return bytes;
}

function readDirectory(file: number, size: number, fail: Fail): readonly Member[] {
  const tailSize = Math.min(size, 65_557 + 20);
  const tail = bytesAt(file, size - tailSize, tailSize, fail);
  const end = tail.lastIndexOf("PK\x05\x06", undefined, "latin1");
  if (end < 0 || end + 22 > tail.length) fail("it has no directory");
  let count = tail.readUInt16LE(end + 10);
  let length = tail.readUInt32LE(end + 12);
  let start = tail.readUInt32LE(end + 16);
  // Bytes before the archive, as self-extracting ones have: offsets count from where it begins.
  let shift = size - tailSize + end - length - start;
  if ((count === 0xffff || length === 0xffffffff || start === 0xffffffff) && end >= 20) {
    const locator = tail.subarray(end - 20, end);
    if (locator.toString("latin1", 0, 4) === "PK\x06\x07") {
      const record = bytesAt(file, Number(locator.readBigUInt64LE(8)), 56, fail);
      count = Number(record.readBigUInt64LE(32));
      length = Number(record.readBigUInt64LE(40));
      start = Number(record.readBigUInt64LE(48));
      shift = 0;
    }
  }
  if (shift < 0 || start + shift + length > size) fail("its directory is cut off");
  const directory = bytesAt(file, start + shift, length, fail);
  const members: Member[] = [];
  for (let at = 0; members.length < count; ) {
    if (at + 46 > length || directory.toString("latin1", at, at + 4) !== "PK\x01\x02") fail("its directory is damaged");
    const nameSize = directory.readUInt16LE(at + 28);
    const extraSize = directory.readUInt16LE(at + 30);
    members.push(readEntry(directory, at, nameSize, extraSize, shift));
    at += 46 + nameSize + extraSize + directory.readUInt16LE(at + 32);
  }
  return members;
}

function readEntry(directory: Buffer, at: number, nameSize: number, extraSize: number, shift: number): Member {
  const flags = directory.readUInt16LE(at + 8);
  const raw = directory.subarray(at + 46, at + 46 + nameSize);
  const name = (flags & 0x800) !== 0 ? raw.toString("utf8") : fromCodePage(raw);
  let compressedSize = directory.readUInt32LE(at + 20);
  let size = directory.readUInt32LE(at + 24);
  let offset = directory.readUInt32LE(at + 42);
  const extra = directory.subarray(at + 46 + nameSize, at + 46 + nameSize + extraSize);
  for (let place = 0; place + 4 <= extra.length; place += 4 + extra.readUInt16LE(place + 2)) {
    if (extra.readUInt16LE(place) !== 1) continue;
    let field = place + 4;
    const next = (value: number) => {
      if (value !== 0xffffffff || field + 8 > extra.length) return value;
      field += 8;
      return Number(extra.readBigUInt64LE(field - 8));
    };
    size = next(size);
    compressedSize = next(compressedSize);
    offset = next(offset);
  }
  return {
    // Names end at a NUL for whoever writes them to a file system.
    name: name.split("\0")[0] as string,
    size,
    compressedSize,
    method: directory.readUInt16LE(at + 10),
    checksum: directory.readUInt32LE(at + 16),
    offset: offset + shift,
    encrypted: (flags & 1) !== 0,
  };
}

function fromCodePage(bytes: Buffer): string {
  let text = "";
  for (const byte of bytes) text += byte < 128 ? String.fromCharCode(byte) : (upperHalf[byte - 128] ?? "?");
  return text;
}

/** Where the content of a member begins. */
function locate(file: number, member: Member, fail: Fail): number {
  if (member.encrypted) fail(`${member.name} is encrypted`);
  const header = bytesAt(file, member.offset, 30, fail);
  if (header.toString("latin1", 0, 4) !== "PK\x03\x04") fail(`${member.name} is not where the directory says`);
  return member.offset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
}

const pieceSize = 1 << 18;

function* storedPieces(file: number, member: Member, fail: Fail): Generator<Uint8Array> {
  const from = locate(file, member, fail);
  for (let at = 0; at < member.compressedSize; at += pieceSize)
    yield bytesAt(file, from + at, Math.min(pieceSize, member.compressedSize - at), fail);
}

async function* streamMember(file: number, member: Member, fail: Fail): AsyncGenerator<Uint8Array> {
  if (member.method !== 0 && member.method !== 8)
    fail(`${member.name} is compressed by a method (${member.method}) that is not known`);
  const stored = Readable.from(storedPieces(file, member, fail));
  const inflater = createInflateRaw({ chunkSize: pieceSize });
  stored.on("error", (cause) => inflater.destroy(cause));
  const content: AsyncIterable<Uint8Array> = member.method === 0 ? stored : stored.pipe(inflater);
  let size = 0;
  let sum = 0;
  try {
    for await (const bytes of content) {
      size += bytes.length;
      sum = crc32(bytes, sum);
      if (size > member.size) fail(`${member.name} is damaged`);
      yield bytes;
    }
  } catch (cause) {
    if (cause instanceof BstError) throw cause;
    fail(`${member.name} is damaged (${(cause as Error).message})`);
  } finally {
    stored.destroy();
    inflater.destroy();
  }
  if (size !== member.size || sum !== member.checksum) fail(`${member.name} is damaged`);
}

function readMember(file: number, member: Member, fail: Fail): Uint8Array {
  const from = locate(file, member, fail);
  const stored = bytesAt(file, from, member.compressedSize, fail);
  const content = member.method === 0 ? stored : member.method === 8 ? inflate(stored, member, fail) : undefined;
  if (content === undefined)
    return fail(`${member.name} is compressed by a method (${member.method}) that is not known`);
  if (content.length !== member.size || crc32(content) !== member.checksum) fail(`${member.name} is damaged`);
  return content;
}

function inflate(stored: Uint8Array, member: Member, fail: Fail): Uint8Array {
  try {
    return inflateRawSync(stored, { maxOutputLength: Math.max(member.size, 1) });
  } catch (cause) {
    return fail(`${member.name} is damaged (${(cause as Error).message})`);
  }
}
