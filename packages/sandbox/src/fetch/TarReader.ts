/**
 * Tar archives read from a stream of bytes: the v7, ustar, GNU and pax forms.
 *
 * The reader is pushed: bytes in any pieces go in, members and their content come out through a {@link Sink}, all synchronously. That keeps memory
 * constant and costs no promise a member. It reads as Python's `tarfile` does, which decides what BuildStream sees: an archive ends at the first
 * empty block or, after the first member, at anything that is no header; only an end in the middle of a content is an error.
 */
import { raise } from "@millrace/core/error/BstError";

export type MemberType = "file" | "hardlink" | "symlink" | "directory" | "device" | "other";

export interface Member {
  /** As stored, after pax and GNU long names; directories without their trailing slash. */
  readonly name: string;
  readonly type: MemberType;
  readonly mode: number;
  readonly size: number;
  readonly link: string;
}

/** Where members go. The content of a member is between `begin` and `end`; only files have any. */
export interface Sink {
  readonly begin: (member: Member) => void;
  readonly data: (bytes: Uint8Array) => void;
  readonly end: () => void;
}

export interface Reader {
  readonly push: (bytes: Uint8Array) => void;
  /** Says that nothing more comes. Raises when the archive was cut off or was none. */
  readonly finish: () => void;
}

const block = 512;
/** A pax or long-name block larger than this is an attack or damage. */
const largestMeta = 1 << 20;

type Meta = "x" | "g" | "L" | "K";

interface State {
  /** A header or meta content that has not wholly arrived. */
  held: Uint8Array[];
  heldSize: number;
  wanted: number;
  phase: "header" | "meta" | "content" | "end";
  meta: Meta;
  metaSize: number;
  /** Bytes of content, and of padding after it, that are still to come. */
  content: number;
  padding: number;
  begun: boolean;
  members: number;
  longName: string | undefined;
  longLink: string | undefined;
  pax: Map<string, string>;
  readonly global: Map<string, string>;
}

/** Starts reading an archive. `name` is what errors call it. */
export function start(name: string, sink: Sink): Reader {
  const state: State = {
    held: [],
    heldSize: 0,
    wanted: block,
    phase: "header",
    meta: "x",
    metaSize: 0,
    content: 0,
    padding: 0,
    begun: false,
    members: 0,
    longName: undefined,
    longLink: undefined,
    pax: new Map(),
    global: new Map(),
  };
  const fail = (message: string): never =>
    raise({ domain: "SOURCE", reason: null, message: `${name} is no tar archive that can be read: ${message}` });
  return {
    push: (bytes) => {
      let at = 0;
      while (at < bytes.length && state.phase !== "end") {
        if (state.phase === "content") at = pushContent(state, sink, bytes, at);
        else at = pushHeld(state, sink, bytes, at, fail);
      }
    },
    finish: () => {
      if (state.phase === "content" && state.content + state.padding > 0) fail("it ends in the middle of a file");
      if (state.phase === "meta") fail("it ends in the middle of a header");
      if (state.phase === "content" && state.begun) sink.end();
      if (state.members === 0 && state.phase !== "end" && state.heldSize < block) fail("it is empty or too short");
      state.phase = "end";
    },
  };
}

function pushContent(state: State, sink: Sink, bytes: Uint8Array, from: number): number {
  let at = from;
  if (state.content > 0) {
    const size = Math.min(state.content, bytes.length - at);
    if (state.begun) sink.data(bytes.subarray(at, at + size));
    state.content -= size;
    at += size;
  }
  if (state.content > 0) return at;
  if (state.begun) {
    sink.end();
    state.begun = false;
  }
  const size = Math.min(state.padding, bytes.length - at);
  state.padding -= size;
  if (state.padding === 0) state.phase = "header";
  return at + size;
}

/** Gathers a header or a meta content; most arrive whole and are not copied. */
function pushHeld(state: State, sink: Sink, bytes: Uint8Array, at: number, fail: (message: string) => never): number {
  const size = Math.min(state.wanted - state.heldSize, bytes.length - at);
  const piece = bytes.subarray(at, at + size);
  if (state.heldSize + size < state.wanted) {
    state.held.push(Uint8Array.from(piece));
    state.heldSize += size;
    return at + size;
  }
  const whole = state.heldSize === 0 ? piece : Buffer.concat([...state.held, piece]);
  state.held = [];
  state.heldSize = 0;
  state.wanted = block;
  if (state.phase === "meta") readMeta(state, Buffer.from(whole.buffer, whole.byteOffset, whole.byteLength), fail);
  else readHeader(state, sink, Buffer.from(whole.buffer, whole.byteOffset, whole.byteLength), fail);
  return at + size;
}

function readHeader(state: State, sink: Sink, header: Buffer, fail: (message: string) => never): void {
  if (header.every((byte) => byte === 0)) {
    state.phase = "end";
    return;
  }
  const size = number(header, 124, 12);
  if (!checksumHolds(header) || Number.isNaN(size) || size < 0) {
    if (state.members === 0) fail("it does not begin with a header");
    state.phase = "end";
    return;
  }
  const flag = String.fromCharCode(header[156] ?? 0);
  if (flag === "x" || flag === "g" || flag === "X" || flag === "L" || flag === "K") {
    if (size > largestMeta) fail(`it has a header of ${size} bytes`);
    state.meta = flag === "X" ? "x" : flag;
    state.metaSize = size;
    state.wanted = Math.ceil(size / block) * block;
    if (state.wanted === 0) state.wanted = block;
    else state.phase = "meta";
    return;
  }
  if (flag === "S" || state.pax.has("GNU.sparse.major") || state.pax.has("GNU.sparse.map"))
    fail("it holds sparse files, in a form that only tar programs read");
  begin(state, sink, header, flag, size);
}

function begin(state: State, sink: Sink, header: Buffer, flag: string, stored: number): void {
  const attribute = (key: string) => state.pax.get(key) ?? state.global.get(key);
  const prefix = header.toString("latin1", 257, 262) === "ustar" && header[262] === 0 ? text(header, 345, 155) : "";
  const short = text(header, 0, 100);
  let name = attribute("path") ?? state.longName ?? (prefix === "" ? short : `${prefix}/${short}`);
  const link = attribute("linkpath") ?? state.longLink ?? text(header, 157, 100);
  const size = Number(attribute("size") ?? stored);
  let type = types[flag] ?? "file";
  // The v7 form marks a directory only by the slash.
  if ((flag === "\0" || flag === "0") && name.endsWith("/")) type = "directory";
  if (type === "directory") name = name.replace(/\/+$/, "");
  const hasContent = type === "file" || type === "other";
  state.longName = undefined;
  state.longLink = undefined;
  state.pax = new Map();
  state.members++;
  state.content = hasContent ? size : 0;
  state.padding = hasContent ? (block - (size % block)) % block : 0;
  sink.begin({
    name,
    type: type === "other" ? "file" : type,
    mode: number(header, 100, 8) || 0,
    size: state.content,
    link,
  });
  if (state.content === 0) {
    sink.end();
    return;
  }
  state.begun = true;
  state.phase = "content";
}

const types: Readonly<Record<string, MemberType>> = {
  "\0": "file",
  "0": "file",
  "7": "file",
  "1": "hardlink",
  "2": "symlink",
  "3": "device",
  "4": "device",
  "5": "directory",
  "6": "device",
};

function readMeta(state: State, padded: Buffer, fail: (message: string) => never): void {
  const bytes = padded.subarray(0, state.metaSize);
  state.phase = "header";
  if (state.meta === "L" || state.meta === "K") {
    const name = text(bytes, 0, bytes.length);
    if (state.meta === "L") state.longName = name;
    else state.longLink = name;
    return;
  }
  const into = state.meta === "g" ? state.global : state.pax;
  for (let at = 0; at < bytes.length && bytes[at] !== 0; ) {
    const space = bytes.indexOf(0x20, at);
    const length = Number(bytes.toString("latin1", at, space));
    if (space < 0 || !Number.isInteger(length) || length <= space - at + 1 || at + length > bytes.length)
      fail("it has a damaged pax header");
    const record = bytes.subarray(space + 1, at + length - 1);
    const equals = record.indexOf(0x3d);
    if (equals < 0) fail("it has a damaged pax header");
    into.set(record.toString("utf8", 0, equals), record.toString("utf8", equals + 1));
    at += length;
  }
}

function text(bytes: Buffer, from: number, length: number): string {
  const end = bytes.indexOf(0, from);
  return bytes.toString("utf8", from, end === -1 || end > from + length ? from + length : end);
}

/** Octal text, or a base-256 number when the first bit is set. */
function number(bytes: Buffer, from: number, length: number): number {
  const first = bytes[from] ?? 0;
  if (first === 0x80 || first === 0xff) {
    let value = first === 0xff ? -1 : 0;
    for (let at = from + 1; at < from + length; at++) value = value * 256 + (bytes[at] ?? 0);
    return value;
  }
  const digits = text(bytes, from, length).trim();
  if (digits === "") return 0;
  return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number.NaN;
}

/** Both sums that programs have written: of unsigned and of signed bytes. */
function checksumHolds(header: Buffer): boolean {
  let unsigned = 0;
  let signed = 0;
  for (let at = 0; at < block; at++) {
    const byte = at >= 148 && at < 156 ? 0x20 : (header[at] ?? 0);
    unsigned += byte;
    signed += byte > 127 ? byte - 256 : byte;
  }
  const sum = number(header, 148, 8);
  return sum === unsigned || sum === signed;
}
