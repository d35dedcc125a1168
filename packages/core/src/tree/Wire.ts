/**
 * The wire form of Protocol Buffers, as much of it as our messages need: varints, length-delimited fields, and skipping of what is unknown.
 *
 * One growing buffer serves all encoders of the thread, because a fresh buffer a message costs more than its bytes. Nested messages are written
 * behind a length of one byte that is widened in place in the rare case that it does not do.
 */
import { raise } from "../error/BstError.ts";

let buffer = new Uint8Array(65_536);
let length = 0;
const utf8 = new TextEncoder();
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const oneByte = new TextDecoder("latin1");

/** Makes room for `more` bytes at the end. */
function reserve(more: number): void {
  if (length + more <= buffer.length) return;
  const wider = new Uint8Array(Math.max(buffer.length * 2, length + more));
  wider.set(buffer.subarray(0, length));
  buffer = wider;
}

/**
 * Runs an encoder and hands its bytes to `use` as a view that is valid only during that call. Encoders must not nest.
 */
export function encoded<A>(write: () => void, use: (bytes: Uint8Array<ArrayBuffer>) => A): A {
  length = 0;
  write();
  return use(buffer.subarray(0, length));
}

/** Runs an encoder and returns its bytes. */
export function bytesOf(write: () => void): Uint8Array<ArrayBuffer> {
  return encoded(write, (bytes) => bytes.slice());
}

/** One byte: field number × 8 + wire type, for fields below 16. */
function byte(value: number): void {
  if (length === buffer.length) reserve(1);
  buffer[length++] = value;
}

/** An unsigned number below 2^53. */
export function varint(value: number): void {
  reserve(10);
  let rest = value;
  while (rest > 0x7f) {
    buffer[length++] = (rest % 128) | 0x80;
    rest = Math.floor(rest / 128);
  }
  buffer[length++] = rest;
}

/** A signed 64-bit number as proto3 `int64`/`int32`: negative ones take ten bytes. */
function signed(value: number): void {
  if (value >= 0) {
    varint(value);
    return;
  }
  let rest = BigInt.asUintN(64, BigInt(value));
  reserve(10);
  while (rest > 0x7fn) {
    buffer[length++] = Number(rest & 0x7fn) | 0x80;
    rest >>= 7n;
  }
  buffer[length++] = Number(rest);
}

function tag(field: number, wireType: number): void {
  const value = field * 8 + wireType;
  if (value < 128) byte(value);
  else varint(value);
}

/** An integer field; zero is not written. */
export function integer(field: number, value: number): void {
  if (value === 0) return;
  tag(field, 0);
  signed(value);
}

/** A boolean field; false is not written. */
export function boolean(field: number, value: boolean): void {
  if (!value) return;
  tag(field, 0);
  byte(1);
}

/** A text field; the empty text is not written. */
export function text(field: number, value: string): void {
  if (value !== "") item(field, value);
}

/** One text of a repeated field, written even when empty. */
export function item(field: number, value: string): void {
  tag(field, 2);
  reserve(value.length * 3 + 5);
  const start = length;
  if (value.length < 128) {
    let end = start + 1;
    let index = 0;
    for (; index < value.length; index++) {
      const unit = value.charCodeAt(index);
      if (unit > 0x7f) break;
      buffer[end++] = unit;
    }
    if (index === value.length) {
      buffer[start] = index;
      length = end;
      return;
    }
  }
  const bytes = utf8.encode(value);
  varint(bytes.length);
  reserve(bytes.length);
  buffer.set(bytes, length);
  length += bytes.length;
}

/** A field of raw bytes; none are not written. */
export function bytes(field: number, value: Uint8Array): void {
  if (value.length === 0) return;
  tag(field, 2);
  varint(value.length);
  reserve(value.length);
  buffer.set(value, length);
  length += value.length;
}

/** Bytes of a message that was encoded before, as they are. */
export function raw(value: Uint8Array): void {
  reserve(value.length);
  buffer.set(value, length);
  length += value.length;
}

/** A nested message, written even when it is empty (presence is meaning). */
export function message(field: number, write: () => void): void {
  const start = open(field);
  write();
  close(start);
}

/** Begins a nested message; give the result to {@link close}. For hot loops, where a closure a message costs. */
export function open(field: number): number {
  tag(field, 2);
  byte(0);
  return length;
}

/** Ends the nested message begun at `start`. */
export function close(start: number): void {
  const size = length - start;
  if (size < 128) {
    buffer[start - 1] = size;
    return;
  }
  let extra = 0;
  for (let rest = size; rest > 0x7f; rest = Math.floor(rest / 128)) extra++;
  reserve(extra);
  buffer.copyWithin(start + extra, start, length);
  const end = length + extra;
  length = start - 1;
  varint(size);
  length = end;
}

/** Messages beyond this hold content of files, of which a text would only be a second copy. */
const small = 1 << 18;

/** A position in bytes being read. `text` shows the same bytes one unit each, for cheap slices of ASCII; large messages have none. */
export interface Reading {
  readonly bytes: Uint8Array;
  readonly text: string | undefined;
  /** What is read, for errors: `directory HASH/SIZE`. */
  readonly what: string;
  at: number;
}

/** Starts reading a message. `isText` where even a large one is nothing but texts and numbers. */
export function read(bytes: Uint8Array, what: string, isText: boolean = bytes.length <= small): Reading {
  return { bytes, text: isText ? oneByte.decode(bytes) : undefined, what, at: 0 };
}

/** Ends reading with the error that every malformed message gives. */
export function malformed(reading: Reading, why: string): never {
  return raise({
    domain: "CAS",
    reason: null,
    message: `Cannot decode ${reading.what}: ${why}`,
    hint: "The object is damaged or was not written by a build tool; remove it from the cache so that it is fetched or built again.",
  });
}

/** An unsigned number, exact below 2^53: no size or field number of ours is larger. Raises where it has more than ten bytes. */
export function readVarint(reading: Reading, end: number): number {
  const { bytes } = reading;
  let value = 0;
  let scale = 1;
  for (let count = 0; count < 10; count++) {
    if (reading.at >= end) return malformed(reading, `it ends inside a number at byte ${reading.at}`);
    const next = bytes[reading.at++]!;
    value += (next & 0x7f) * scale;
    if (next < 0x80) return value;
    scale *= 128;
  }
  return malformed(reading, `a number at byte ${reading.at} is longer than ten bytes`);
}

/** A signed number: those from 2^63 on stand for negative ones. */
export function readSigned(reading: Reading, end: number): number {
  const start = reading.at;
  const value = readVarint(reading, end);
  if (value < Number.MAX_SAFE_INTEGER) return value;
  let exact = 0n;
  for (let index = reading.at - 1; index >= start; index--)
    exact = (exact << 7n) | BigInt(reading.bytes[index]! & 0x7f);
  return Number(BigInt.asIntN(64, exact));
}

/** The end of a length-delimited field that starts here. */
export function readEnd(reading: Reading, end: number): number {
  const size = readVarint(reading, end);
  const fieldEnd = reading.at + size;
  if (fieldEnd > end)
    return malformed(reading, `a field at byte ${reading.at} claims ${size} bytes, ${end - reading.at} are left`);
  return fieldEnd;
}

/** A text field. */
export function readText(reading: Reading, end: number): string {
  const fieldEnd = readEnd(reading, end);
  const { bytes } = reading;
  const start = reading.at;
  reading.at = fieldEnd;
  for (let index = start; index < fieldEnd; index++) {
    if (bytes[index]! > 0x7f) {
      try {
        return strict.decode(bytes.subarray(start, fieldEnd));
      } catch {
        return malformed(reading, `a text at byte ${start} is not UTF-8`);
      }
    }
  }
  return reading.text?.slice(start, fieldEnd) ?? oneByte.decode(bytes.subarray(start, fieldEnd));
}

/** A field of raw bytes, as a view of what is read. */
export function readBytes(reading: Reading, end: number): Uint8Array {
  const fieldEnd = readEnd(reading, end);
  const view = reading.bytes.subarray(reading.at, fieldEnd);
  reading.at = fieldEnd;
  return view;
}

/** Steps over a field of a known tag that nobody wants. */
export function skip(reading: Reading, end: number, tagValue: number): void {
  const wireType = tagValue & 7;
  let next = reading.at;
  if (tagValue < 8) malformed(reading, `field number 0 at byte ${reading.at}`);
  if (wireType === 0) {
    readVarint(reading, end);
    return;
  }
  if (wireType === 1) next += 8;
  else if (wireType === 2) next = readEnd(reading, end);
  else if (wireType === 5) next += 4;
  else malformed(reading, `unknown wire type ${wireType} at byte ${reading.at}`);
  if (next > end) malformed(reading, `it ends inside a field at byte ${reading.at}`);
  reading.at = next;
}
