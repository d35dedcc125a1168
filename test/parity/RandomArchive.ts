/** Random archives from seeds: what archivers write and what none does, with all forms of headers that readers may take differently. */
import { gzipSync } from "node:zlib";
import * as Bytes from "../../packages/sandbox/test/fetch/ArchiveBytes.ts";
import { type Random, random } from "../../packages/sandbox/test/fetch/Random.ts";

export interface RandomArchive {
  readonly kind: "tar" | "zip";
  readonly baseDir: string;
  readonly bytes: Buffer;
}

type Entry = Parameters<typeof Bytes.tar>[0][number];

const pick = <T>(next: Random, values: readonly T[]): T => values[next(values.length)] as T;

const parts = ["p", "p", "p", "q", "a", "b", "l", ".h", "d d", "é", "", "*", "n".repeat(60), "\\", "p."];

/** A path of a few parts, most of which come again and again. */
function path(next: Random): string {
  const start = pick(next, ["p/", "p/", "p/", "p/", "./p/", "", "./", "/", "../", "q/"]);
  const inner = Array.from({ length: 1 + next(3) }, () => pick(next, parts));
  return start + inner.join("/") + pick(next, ["", "", "", "", "/", "//"]);
}

const bases = [
  "*",
  "*",
  "*",
  "*",
  "",
  "p",
  "p/",
  "*/*",
  "**",
  "**/a",
  "q",
  "./p",
  "[pq]",
  "?",
  "p/a",
  "/p",
  ".h",
  "nothing",
];

/** An archive of a seed. */
export function make(seed: number): RandomArchive {
  const next = random(seed);
  const baseDir = pick(next, bases);
  if (next(5) === 0) return { kind: "zip", baseDir, bytes: zip(next) };
  const bytes = tar(next);
  return { kind: "tar", baseDir, bytes: next(6) === 0 ? gzipSync(bytes, { level: 1 }) : bytes };
}

function content(next: Random): Buffer {
  const size = pick(next, [0, 1, 3, 511, 512, 513, 1500]);
  return Buffer.alloc(size, String(next(10)));
}

/** Types of members by their letter; most are files, directories and links. */
const types = ["0", "0", "0", "0", "5", "5", "2", "2", "1", "1", "\0", "7", "3", "6", "V", "Z"];

function tar(next: Random): Buffer {
  const entries: Entry[] = next(3) === 0 ? [] : [{ name: "p", type: "5", mode: 0o755 }];
  const written: string[] = [];
  for (let count = next(7); count >= 0; count--) {
    if (next(9) === 0) {
      entries.push(...sparse(next));
      continue;
    }
    entries.push(...before(next));
    const type = pick(next, types);
    const name = next(4) === 0 && written.length > 0 ? pick(next, written) : path(next);
    written.push(name);
    const link =
      type !== "1" && type !== "2" ? "" : next(2) === 0 && written.length > 0 ? pick(next, written) : path(next);
    const mode = pick(next, [0o644, 0o755, 0o600, 0o400, 0o111, 0, 0o4755, 0o644]);
    const carries = next(12) === 0 ? true : !["5", "2", "1", "3", "6"].includes(type);
    entries.push({ name, type, link, mode, ...(carries ? { content: content(next) } : {}), patch: oddities(next) });
  }
  const bytes = Bytes.tar(entries);
  if (next(25) === 0) return bytes.subarray(0, next(bytes.length + 1));
  if (next(25) === 0) return Buffer.concat([bytes.subarray(0, bytes.length - 1024), Buffer.alloc(700, "garbage")]);
  return bytes;
}

/** Headers that tell more of the member after them. */
function before(next: Random): Entry[] {
  const kind = next(14);
  if (kind === 0)
    return [{ name: "l", type: "L", content: Buffer.from(`${path(next)}${pick(next, ["\0", "", "\0x"])}`) }];
  if (kind === 1) return [{ name: "k", type: "K", content: Buffer.from(`${path(next)}\0`) }];
  if (kind > 3) return [];
  const attributes: (readonly [string, string])[] = [];
  for (let count = next(3); count >= 0; count--) attributes.push(pick(next, choices)(next));
  return [{ name: "x", type: kind === 2 ? "x" : pick(next, ["g", "X", "X"]), content: Bytes.pax(attributes) }];
}

const choices: readonly ((next: Random) => readonly [string, string])[] = [
  (next) => ["path", path(next)],
  (next) => ["path", path(next)],
  (next) => ["linkpath", path(next)],
  (next) => ["size", pick(next, ["0", "1", "512"])],
  (next) => ["mtime", pick(next, ["1.5", "x", "-3", "1e99", ""])],
  (next) => ["uid", pick(next, ["0", "x", "4294967296"])],
  (next) => ["uname", pick(next, ["", "é"])],
  () => ["comment", "a=b\nc"],
  () => ["SCHILY.xattr.user.x", "\u0001"],
  (next) => ["hdrcharset", pick(next, ["BINARY", "ISO-IR 10646 2000 UTF-8"])],
  (next) => ["GNU.sparse.name", path(next)],
  () => ["path", ""],
];

/** Fields of a header in forms that some archivers write. */
function oddities(next: Random): readonly (readonly [number, Buffer])[] {
  switch (next(30)) {
    case 0:
      return [[345, Buffer.from(pick(next, ["p", "q/r", "..", "p/", "/"]))]];
    case 1:
      return [[257, Buffer.from("ustar  \0")]];
    case 2:
      return [[257, Buffer.alloc(8)]];
    case 3:
      return [[100, Buffer.from("   755 \0")]];
    case 4:
      return [[136, Buffer.from("80000000000000000000ffff", "hex")]];
    case 5:
      return [[329, Buffer.from("x")]];
    case 6:
      return [[0, Buffer.from([0x70, 0x2f, 0xff, 0xfe])]];
    case 7:
      return [[100, Buffer.from("\0\0\0\0\0\0\0\0")]];
    case 8:
      return [[108, Buffer.from("800000000000ffff", "hex")]];
    default:
      return [];
  }
}

/** A sparse file in one of the four forms, now and then with a map that is wrong. */
function sparse(next: Random): Entry[] {
  const name = path(next);
  const pieces = Array.from({ length: next(4) }, (_, index) => [index * 700 + next(100), 1 + next(300)] as const);
  const bytes = Buffer.concat(pieces.map(([, length], index) => Buffer.alloc(length, String(index))));
  const real = (pieces.at(-1)?.[0] ?? 0) + (pieces.at(-1)?.[1] ?? 0) + next(600);
  const form = next(4);
  if (form === 0) {
    const field = (value: number) => Buffer.from(`${value.toString(8).padStart(11, "0")}\0`);
    const map = pieces.flatMap(([offset, length]) => [field(offset), field(length)]);
    const patch = [
      [257, Buffer.from("ustar  \0")],
      [386, Buffer.concat([...map, Buffer.alloc(96)]).subarray(0, 96)],
      [483, field(Math.max(0, real))],
    ] as const;
    return [{ name, type: "S", content: bytes, patch }];
  }
  const attributes: (readonly [string, string])[] = [];
  if (form === 1) {
    attributes.push(["GNU.sparse.size", String(real)], ["GNU.sparse.numblocks", String(pieces.length)]);
    for (const [offset, length] of pieces)
      attributes.push(["GNU.sparse.offset", String(offset)], ["GNU.sparse.numbytes", String(length)]);
  } else if (form === 2)
    attributes.push(
      ["GNU.sparse.size", String(real)],
      ["GNU.sparse.numblocks", String(pieces.length)],
      ["GNU.sparse.name", name],
      ["GNU.sparse.map", pieces.flat().join(",")],
    );
  else
    attributes.push(
      ["GNU.sparse.major", "1"],
      ["GNU.sparse.minor", "0"],
      ["GNU.sparse.name", name],
      ["GNU.sparse.realsize", String(real)],
    );
  const front = Buffer.alloc(512);
  front.write([pieces.length, ...pieces.flat()].map((value) => `${value}\n`).join(""));
  return [
    { name: "x", type: "x", content: Bytes.pax(attributes) },
    { name: form === 1 ? name : "p/GNUSparseFile.0/x", content: form === 3 ? Buffer.concat([front, bytes]) : bytes },
  ];
}

function zip(next: Random): Buffer {
  const entries: { name: string; content: Buffer }[] = [];
  for (let count = next(6); count >= 0; count--) {
    const name =
      next(3) === 0 && entries.length > 0 ? (pick(next, entries).name as string) : path(next).replace(/^\.\.\//, "");
    entries.push({ name, content: name.endsWith("/") ? Buffer.alloc(0) : content(next) });
  }
  const bytes = Bytes.zip(entries);
  if (next(20) === 0) return bytes.subarray(0, next(bytes.length + 1));
  if (next(20) === 0) return Buffer.concat([Buffer.from("#!/bin/sh\n"), bytes]);
  return bytes;
}
