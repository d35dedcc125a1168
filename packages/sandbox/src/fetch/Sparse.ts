/**
 * Sparse files in tar archives: the old GNU form (a map in the header and in blocks after it), and the three pax forms (0.0 and 0.1 with the map among the
 * attributes, 1.0 with the map in front of the content).
 *
 * The archive holds the pieces that are not empty, one after the other; the {@link Filler} puts zeros between them. Maps are as untrusted as all of an
 * archive: pieces that overlap, go backwards or end behind the file are an error.
 */
import * as TarHeader from "./TarHeader.ts";

/** Offsets and lengths, alternating, and how long the file is. Without a map it stands in front of the content. */
export interface Given {
  readonly map: readonly number[] | undefined;
  readonly realSize: number;
}

export interface Filler {
  readonly realSize: number;
  /** How many bytes are not in the archive; an upper bound while the map has not been read. */
  readonly holes: number;
  readonly push: (bytes: Uint8Array) => void;
  readonly finish: () => void;
}

/** The pieces in a header of the old form: pairs of twelve digits each. */
export function oldPieces(header: Buffer, from: number, count: number): number[] {
  const map: number[] = [];
  for (let at = 0; at < count; at++) {
    const place = from + at * 24;
    if (header[place] === 0 && header[place + 12] === 0) break;
    map.push(TarHeader.number(header, place, 12), TarHeader.number(header, place + 12, 12));
  }
  return map;
}

/** What pax attributes say; undefined for a file that is not sparse. */
export function ofPax(pax: ReadonlyMap<string, string>, realSize: number): Given | undefined {
  const text = pax.get("GNU.sparse.map");
  if (text !== undefined) return { map: text.split(",").map(Number), realSize };
  if (pax.has("GNU.sparse.size")) return { map: [], realSize };
  if (pax.get("GNU.sparse.major") === "1" && pax.get("GNU.sparse.minor") === "0") return { map: undefined, realSize };
  return undefined;
}

const zeros = new Uint8Array(1 << 16);
const block = 512;

/** Starts filling. `stored` is how many bytes the archive has of it; `data` takes the file's bytes. */
export function filler(
  given: Given,
  stored: number,
  data: (bytes: Uint8Array) => void,
  fail: (message: string) => never,
): Filler {
  const { realSize } = given;
  if (!Number.isSafeInteger(realSize) || realSize < 0) fail("it has a sparse file without a size");
  let map = given.map === undefined ? undefined : checked(given.map, realSize, fail);
  const front: Buffer[] = [];
  let at = 0;
  let piece = 0;
  let within = 0;
  const skipTo = (offset: number): void => {
    for (; at < offset; at += Math.min(zeros.length, offset - at))
      data(zeros.subarray(0, Math.min(zeros.length, offset - at)));
  };
  const fill = (bytes: Uint8Array): void => {
    for (let from = 0; from < bytes.length; ) {
      const [offset, length] = [map?.[piece * 2], map?.[piece * 2 + 1]];
      if (offset === undefined || length === undefined) {
        fail("a sparse file holds more than its map says");
        return;
      }
      skipTo(offset + within);
      const size = Math.min(length - within, bytes.length - from);
      if (size > 0) data(bytes.subarray(from, from + size));
      at += size;
      from += size;
      within += size;
      if (within === length) {
        piece++;
        within = 0;
      }
    }
  };
  return {
    realSize,
    holes: Math.max(0, realSize - stored),
    push: (bytes) => {
      if (map !== undefined) return fill(bytes);
      front.push(Buffer.from(bytes));
      const read = readFront(Buffer.concat(front), fail);
      if (read === undefined) return;
      map = checked(read.map, realSize, fail);
      fill(read.rest);
    },
    finish: () => {
      if (map === undefined && stored > 0) fail("the map of a sparse file is cut off");
      skipTo(realSize);
    },
  };
}

function checked(map: readonly number[], realSize: number, fail: (message: string) => never): readonly number[] {
  let end = 0;
  for (let at = 0; at < map.length; at += 2) {
    const [offset, length] = [map[at] as number, map[at + 1]];
    if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(length) || (length as number) < 0 || offset < end)
      return fail("it has a sparse file with a damaged map");
    end = offset + (length as number);
    if (end > realSize) return fail("it has a sparse file with a damaged map");
  }
  return map.filter((_, at) => (map[at - (at % 2) + 1] as number) > 0);
}

/** A map in front of a content larger than this is an attack or damage. */
const largestFront = 1 << 24;

/** Decimal numbers, a line each: how many pieces, then offset and length of each; filled up to a whole block. Undefined when not all is there. */
function readFront(
  bytes: Buffer,
  fail: (message: string) => never,
): { readonly map: readonly number[]; readonly rest: Buffer } | undefined {
  const numbers: number[] = [];
  let wanted = 1;
  let at = 0;
  while (numbers.length < wanted) {
    const end = bytes.indexOf(10, at);
    if (end === -1) return bytes.length > largestFront ? fail("it has a sparse file with a damaged map") : undefined;
    const value = Number(bytes.toString("latin1", at, end));
    if (!Number.isSafeInteger(value) || value < 0) fail("it has a sparse file with a damaged map");
    numbers.push(value);
    if (numbers.length === 1) wanted = 1 + 2 * value;
    if (wanted > largestFront) fail("it has a sparse file with a damaged map");
    at = end + 1;
  }
  const whole = Math.ceil(at / block) * block;
  return bytes.length < whole ? undefined : { map: numbers.slice(1), rest: bytes.subarray(whole) };
}
