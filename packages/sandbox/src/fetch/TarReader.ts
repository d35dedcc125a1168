/**
 * Tar archives read from a stream of bytes: the v7, ustar, GNU and pax forms.
 *
 * The reader is pushed: bytes in any pieces go in, members and their content come out through a {@link Sink}, all synchronously. That keeps memory
 * constant and costs no promise a member. It reads as Python's `tarfile` does, which decides what BuildStream sees: an archive ends at the first
 * empty block or, after the first member, at anything that is no header; only an end in the middle of a content is an error.
 */
import { raise } from "@millrace/core/error/BstError";
import * as Sparse from "./Sparse.ts";
import * as TarHeader from "./TarHeader.ts";

export interface Member {
  /** As stored, after pax and GNU long names; directories without their trailing slash. */
  readonly name: string;
  readonly type: TarHeader.MemberType;
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
  told: TarHeader.Told[];
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
  const size = TarHeader.number(header, 124, 12);
  const isEmpty = header.every((byte) => byte === 0);
  if (isEmpty || !TarHeader.isHeader(header)) {
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
    const realSize = TarHeader.number(header, 483, 12);
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
  const member = TarHeader.describe(header, flag, state.told, state.global, old?.realSize ?? stored);
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
    mode: TarHeader.number(header, 100, 8) || 0,
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

function readMeta(state: State, padded: Buffer, fail: (message: string) => never): void {
  const bytes = padded.subarray(0, state.metaSize);
  state.phase = "header";
  if (state.meta === "L" || state.meta === "K") {
    state.told.push({ type: state.meta, text: TarHeader.text(bytes, 0, bytes.length) });
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
    const key = TarHeader.decoded(record.subarray(0, equals));
    const value = TarHeader.decoded(record.subarray(equals + 1));
    // The oldest pax form of sparse files says offset and length by turns, each under the same name.
    if (key === "GNU.sparse.offset" || key === "GNU.sparse.numbytes") {
      const before = into.get("GNU.sparse.map");
      into.set("GNU.sparse.map", before === undefined ? value : `${before},${value}`);
    } else into.set(key, value);
    at += length;
  }
  state.told.push(state.meta === "g" ? { type: "g" } : { type: "x", attributes: into });
}
