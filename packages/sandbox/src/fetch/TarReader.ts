/**
 * Tar archives read from a stream of bytes: the v7, ustar, GNU and pax forms.
 *
 * The reader is pushed: bytes in any pieces go in, members and their content come out through a {@link Sink}, all synchronously. That keeps memory
 * constant and costs no promise a member. It reads as Python's `tarfile` does, which decides what BuildStream sees: an archive ends at the first
 * empty block or, after the first member, at anything that is no header; only an end in the middle of a content is an error.
 */
import { raise } from "@millrace/core/error/BstError";
import * as Sparse from "./Sparse.ts";

/** A device is what extracting passes over; `special` is everything that no reader knows. */
export type MemberType = "file" | "hardlink" | "symlink" | "directory" | "device" | "special";

export interface Member {
  /** As stored, after pax and GNU long names; directories without their trailing slash. */
  readonly name: string;
  readonly type: MemberType;
  readonly mode: number;
  readonly size: number;
  /** Bytes of the size that are holes of a sparse file, and not in the archive. */
  readonly holes: number;
  readonly link: string;
  /** Seconds; undefined when what stands there is no time. */
  readonly mtime: number | undefined;
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

/** More headers in front of one member are an attack or damage. */
const mostTold = 100;

type Meta = "x" | "g" | "L" | "K";

/** Headers in front of a member that say more of it. */
type Told =
  | { readonly type: "L" | "K"; readonly text: string }
  | { readonly type: "x"; readonly attributes: ReadonlyMap<string, string> }
  | { readonly type: "g" };

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
  /** Where the pieces of a sparse file go. */
  sparse: Sparse.Filler | undefined;
  members: number;
  /** What stands in front of the next member. */
  told: Told[];
  readonly global: Map<string, string>;
  /** Of the member whose extension headers of the old GNU form are read. */
  old:
    | {
        readonly header: Buffer;
        readonly stored: number;
        readonly map: number[];
        readonly realSize: number;
      }
    | undefined;
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
    sparse: undefined,
    members: 0,
    told: [],
    global: new Map(),
    old: undefined,
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
      if (state.phase === "meta" || state.old !== undefined || state.told.length > 0)
        fail("it ends in the middle of a header");
      if (state.phase === "content" && state.begun) {
        state.sparse?.finish();
        sink.end();
      }
      if (state.members === 0 && state.phase !== "end" && state.heldSize < block) fail("it is empty or too short");
      state.phase = "end";
    },
  };
}

function pushContent(state: State, sink: Sink, bytes: Uint8Array, from: number): number {
  let at = from;
  if (state.content > 0) {
    const size = Math.min(state.content, bytes.length - at);
    const piece = bytes.subarray(at, at + size);
    if (state.begun && state.sparse !== undefined) state.sparse.push(piece);
    else if (state.begun) sink.data(piece);
    state.content -= size;
    at += size;
  }
  if (state.content > 0) return at;
  if (state.begun) {
    state.sparse?.finish();
    state.sparse = undefined;
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
  if (state.old !== undefined) {
    readExtension(state, sink, header, fail);
    return;
  }
  const size = number(header, 124, 12);
  const isEmpty = header.every((byte) => byte === 0);
  if (isEmpty || !checksumHolds(header) || numbers.some(([at, length]) => Number.isNaN(number(header, at, length)))) {
    if (state.told.length > 0) fail("a header is not followed by the member that it tells of");
    if (!isEmpty && state.members === 0) fail("it does not begin with a header");
    state.phase = "end";
    return;
  }
  if (size < 0) fail(`it has a member of ${size} bytes`);
  const flag = String.fromCharCode(header[156] ?? 0);
  if (flag === "x" || flag === "g" || flag === "X" || flag === "L" || flag === "K") {
    if (state.told.length >= mostTold) fail("it tells too much of one member");
    if (size > largestMeta) fail(`it has a header of ${size} bytes`);
    state.meta = flag === "X" ? "x" : flag;
    state.metaSize = size;
    state.wanted = Math.ceil(size / block) * block;
    if (state.wanted === 0) state.wanted = block;
    else state.phase = "meta";
    return;
  }
  if (flag === "S") {
    const map = Sparse.oldPieces(header, 386, 4);
    const realSize = number(header, 483, 12);
    state.old = { header: Buffer.from(header), stored: size, map, realSize };
    if (header[482] !== 1) beginOld(state, sink, fail);
    return;
  }
  begin(state, sink, header, flag, size, fail);
}

/** Takes an extension header of the old GNU form, which holds more of the map. */
function readExtension(state: State, sink: Sink, header: Buffer, fail: (message: string) => never): void {
  const { map } = state.old as NonNullable<State["old"]>;
  map.push(...Sparse.oldPieces(header, 0, 21));
  if (map.length > mostPieces) fail("it has a sparse file of too many pieces");
  if (header[504] !== 1) beginOld(state, sink, fail);
}

const mostPieces = 2_000_000;

function beginOld(state: State, sink: Sink, fail: (message: string) => never): void {
  const { header, stored, map, realSize } = state.old as NonNullable<State["old"]>;
  state.old = undefined;
  begin(state, sink, header, "S", stored, fail, { map, realSize });
}

function begin(
  state: State,
  sink: Sink,
  header: Buffer,
  flag: string,
  stored: number,
  fail: (message: string) => never,
  old?: { readonly map: readonly number[]; readonly realSize: number },
): void {
  const member = describe(state, header, flag, old?.realSize ?? stored);
  const { type, isSized } = member;
  if (!Number.isSafeInteger(member.size) || member.size < 0) fail("it has a member whose size is no number of bytes");
  const hasContent = type === "file" || type === "special";
  const given = old === undefined ? Sparse.ofPax(member.attributes, member.size) : { ...old, realSize: member.size };
  // A size that is told globally says how much of the content is the file's, and not where the next member begins.
  const taken = isSized ? member.size : stored;
  const size = given === undefined ? member.size : taken;
  if (size > taken) fail(`it has a member of ${size} bytes with a content of ${taken}`);
  state.told = [];
  state.members++;
  state.content = hasContent ? size : 0;
  state.padding = hasContent ? Math.ceil(taken / block) * block - size : 0;
  const filler = given === undefined || !hasContent ? undefined : Sparse.filler(given, state.content, sink.data, fail);
  sink.begin({
    name: member.name,
    type,
    mode: number(header, 100, 8) || 0,
    size: filler?.realSize ?? state.content,
    holes: filler?.holes ?? 0,
    link: member.link,
    mtime: member.mtime,
  });
  if (state.content === 0) {
    filler?.finish();
    sink.end();
    if (state.padding > 0) state.phase = "content";
    return;
  }
  state.sparse = filler;
  state.begun = true;
  state.phase = "content";
}

/** A member's header with all that is told of it in front of it. */
interface Described {
  readonly name: string;
  readonly link: string;
  readonly type: MemberType;
  readonly size: number;
  readonly mtime: number | undefined;
  /** Whether the size is told by an attribute, which holds for what the archive has too. */
  readonly isSized: boolean;
  /** Of the pax header that is nearest. */
  readonly attributes: ReadonlyMap<string, string>;
}

function describe(state: State, header: Buffer, flag: string, stored: number): Described {
  const prefix = flag === "S" ? "" : text(header, 345, 155);
  const short = text(header, 0, 100);
  // The v7 form marks a directory only by the slash, where nothing stands in front.
  const isOldDirectory = flag === "\0" && state.told.length === 0 && short.endsWith("/");
  const type = isOldDirectory ? "directory" : (types[flag] ?? "special");
  const bare = type === "directory" ? short.replace(/\/+$/, "") : short;
  let name = prefix === "" ? bare : `${prefix}/${bare}`;
  let link = text(header, 157, 100);
  let size = stored;
  let time = number(header, 136, 12);
  let isSized = false;
  let nearest: ReadonlyMap<string, string> = new Map();
  const take = (attributes: ReadonlyMap<string, string>): void => {
    for (const [key, value] of attributes) {
      if (key === "GNU.sparse.name") name = value;
      else if (key === "path") name = value.replace(/\/+$/, "");
      else if (key === "linkpath") link = value;
      else if (key === "mtime") time = Number(value);
      else if (["size", "GNU.sparse.size", "GNU.sparse.realsize"].includes(key)) size = decimal(value);
    }
  };
  if (flag !== "S") take(state.global);
  if (type === "directory") name = name.replace(/\/+$/, "");
  // What stands first is taken last: it holds over what is nearer to the member.
  for (const told of state.told.toReversed()) {
    if (told.type === "L") name = type === "directory" ? told.text.replace(/\/$/, "") : told.text;
    else if (told.type === "K") link = told.text;
    else if (told.type === "x") {
      take(told.attributes);
      isSized ||= told.attributes.has("size");
      if (nearest.size === 0) nearest = told.attributes;
    }
  }
  return { name, link, type, size, mtime: Number.isFinite(time) ? time : undefined, isSized, attributes: nearest };
}

/** A size that is told as text; not a number for anything else, which is damage. */
function decimal(value: string): number {
  return /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
}

/** The fields of a header that must be numbers: offset and length. */
const numbers = [
  [100, 8],
  [108, 8],
  [116, 8],
  [124, 12],
  [136, 12],
  [329, 8],
  [337, 8],
] as const;

const types: Readonly<Record<string, MemberType>> = {
  "\0": "file",
  "0": "file",
  "7": "file",
  S: "file",
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
    state.told.push({ type: state.meta, text: text(bytes, 0, bytes.length) });
    return;
  }
  const into = state.meta === "g" ? state.global : new Map(state.global);
  for (let at = 0; at < bytes.length && bytes[at] !== 0; ) {
    const space = bytes.indexOf(0x20, at);
    const length = Number(bytes.toString("latin1", at, space));
    if (space < 0 || !Number.isInteger(length) || length <= space - at + 1 || at + length > bytes.length)
      fail("it has a damaged pax header");
    const record = bytes.subarray(space + 1, at + length - 1);
    const equals = record.indexOf(0x3d);
    if (equals < 0) fail("it has a damaged pax header");
    if (equals === 0 || bytes[at + length - 1] !== 0x0a) fail("it has a damaged pax header");
    const key = decoded(record.subarray(0, equals));
    const value = decoded(record.subarray(equals + 1));
    // The oldest pax form of sparse files says offset and length by turns, each under the same name.
    if (key === "GNU.sparse.offset" || key === "GNU.sparse.numbytes") {
      const before = into.get("GNU.sparse.map");
      into.set("GNU.sparse.map", before === undefined ? value : `${before},${value}`);
    } else into.set(key, value);
    at += length;
  }
  state.told.push(state.meta === "g" ? { type: "g" } : { type: "x", attributes: into });
}

function text(bytes: Buffer, from: number, length: number): string {
  const end = bytes.indexOf(0, from);
  return decoded(bytes.subarray(from, end === -1 || end > from + length ? from + length : end));
}

/** UTF-8; what is none becomes a text that is not well formed, different for different bytes. */
function decoded(bytes: Buffer): string {
  const result = bytes.toString("utf8");
  if (!result.includes("\uFFFD") || Buffer.from(result).equals(bytes)) return result;
  return Array.from(bytes, (byte) => String.fromCharCode(byte < 128 ? byte : 0xdc00 + byte)).join("");
}

/** Octal text, or a base-256 number when the first bit is set; not a number for anything else. */
export function number(bytes: Buffer, from: number, length: number): number {
  const first = bytes[from] ?? 0;
  if (first === 0x80 || first === 0xff) {
    let value = first === 0xff ? -1 : 0;
    for (let at = from + 1; at < from + length; at++) value = value * 256 + (bytes[at] ?? 0);
    return value;
  }
  const digits = text(bytes, from, length).trim();
  if (digits === "") return 0;
  return /^[+-]?(?:0[oO])?[0-7]+$/.test(digits) ? Number.parseInt(digits.replace(/0[oO]/, ""), 8) : Number.NaN;
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
