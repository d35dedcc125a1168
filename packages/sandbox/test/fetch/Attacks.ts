/** Archives that attack, in seeded ways. */
import { gzipSync } from "node:zlib";
import { ar, compressed, compressors, pax, tar, zip } from "./ArchiveBytes.ts";
import { type Random, random } from "./Random.ts";

/** An archive that attacks. */
export interface Hostile {
  readonly name: string;
  readonly kind: "tar" | "zip" | "deb";
  readonly bytes: Buffer;
  /** Whether it may be staged all the same, since what is hostile in it is left out or cannot do harm. */
  readonly harmless: boolean;
}

const victim = "victim";

function wayOut(next: Random): string {
  const ways = [
    "../victim",
    "a/../../victim",
    "./../victim",
    "a/b/../../../victim",
    "..",
    "a/../..",
    "../../../../../tmp/victim",
  ];
  return ways[next(ways.length)] as string;
}

const content = Buffer.from("hostile");

const attacks: Readonly<Record<string, (next: Random) => Omit<Hostile, "name">>> = {
  "tar: path out": (next) => ({ kind: "tar", harmless: false, bytes: tar([{ name: wayOut(next), content }]) }),
  "tar: pax path out": (next) => ({
    kind: "tar",
    harmless: false,
    bytes: tar([
      { name: "p", type: "x", content: pax([["path", wayOut(next)]]) },
      { name: "a", content },
    ]),
  }),
  "tar: long name out": (next) => ({
    kind: "tar",
    harmless: false,
    bytes: tar([
      { name: "l", type: "L", content: Buffer.from(`${wayOut(next)}\0`) },
      { name: "a", content },
    ]),
  }),
  "tar: write through a link": (next) => {
    const target = ["..", "/tmp", "/", "../..", "x/../../.."][next(5)] as string;
    return {
      kind: "tar",
      harmless: false,
      bytes: tar([
        { name: "l", type: "2", link: target },
        { name: `l/${victim}`, content },
      ]),
    };
  },
  "tar: write over a link": (next) => {
    const target = ["../victim", "/tmp/victim", "../../victim"][next(3)] as string;
    return {
      kind: "tar",
      harmless: false,
      bytes: tar([
        { name: "l", type: "2", link: target },
        { name: "l", content },
      ]),
    };
  },
  "tar: loop of links": (next) => ({
    kind: "tar",
    harmless: false,
    bytes: tar([
      { name: "a", type: "2", link: "b" },
      { name: "b", type: "2", link: "a" },
      { name: `${next(2) === 0 ? "a" : "b"}/x`, content },
    ]),
  }),
  "tar: hard link out": (next) => {
    const link = ["/etc/passwd", "../../etc/passwd", "../victim", "a/../../x"][next(4)] as string;
    return { kind: "tar", harmless: false, bytes: tar([{ name: "h", type: "1", link }]) };
  },
  "tar: device": (next) => {
    const type = ["3", "4", "6"][next(3)] as string;
    return {
      kind: "tar",
      harmless: true,
      bytes: tar([
        { name: "dev", type },
        { name: "a", content },
      ]),
    };
  },
  "tar: absolute path": (next) => ({
    kind: "tar",
    harmless: true,
    bytes: tar([{ name: ["/etc/victim", "//victim", "/tmp/victim"][next(3)] as string, content }]),
  }),
  "tar: set-user-id": () => ({ kind: "tar", harmless: true, bytes: tar([{ name: "s", mode: 0o6777, content }]) }),
  "tar: cut off": (next) => ({
    kind: "tar",
    harmless: false,
    bytes: tar([{ name: "a", content: Buffer.alloc(5000, "x") }]).subarray(0, 600 + next(4000)),
  }),
  "tar: size that lies": (next) => ({
    kind: "tar",
    harmless: false,
    bytes: tar([{ name: "a", content, size: 10_000 + next(1e9) }]),
  }),
  "tar: damaged checksum": () => ({
    kind: "tar",
    harmless: false,
    bytes: tar([{ name: "a", content, damaged: true }]),
  }),
  "tar: huge header": (next) => ({
    kind: "tar",
    harmless: false,
    bytes: tar([{ name: "p", type: next(2) === 0 ? "x" : "L", size: (1 << 21) + next(1e9) }]),
  }),
  "tar: damaged pax": (next) => ({
    kind: "tar",
    harmless: false,
    bytes: tar([
      {
        name: "p",
        type: "x",
        content: Buffer.from(["99 path=x\n", "0 a=b\n", "x", "7 path\n", "-5 a=b\n"][next(5)] as string),
      },
      { name: "a", content },
    ]),
  }),
  "tar: bomb": (next) => ({
    kind: "tar",
    harmless: false,
    bytes: gzipSync(tar([{ name: "a", content: Buffer.alloc(5_000_000 + next(1_000_000)) }])),
  }),
  "tar: sparse bomb": (next) => ({
    kind: "tar",
    harmless: false,
    bytes: tar([
      {
        name: "p",
        type: "x",
        content: pax([
          ["GNU.sparse.map", "0,7"],
          ["GNU.sparse.size", String(1e12 + next(1e6))],
        ]),
      },
      { name: "a", content },
    ]),
  }),
  "tar: sparse map that lies": (next) => ({
    kind: "tar",
    harmless: false,
    bytes: tar([
      {
        name: "p",
        type: "x",
        content: pax([
          ["GNU.sparse.map", ["5,9,3,1", "-1,7", "0,7,7", "x", "0,3", "90,20"][next(6)] as string],
          ["GNU.sparse.size", "100"],
        ]),
      },
      { name: "a", content },
    ]),
  }),
  "tar: garbage": (next) => ({
    kind: "tar",
    harmless: false,
    bytes: Buffer.from(Array.from({ length: 600 + next(2000) }, () => next(256))),
  }),
  "tar: damaged gzip": (next) => {
    const bytes = gzipSync(tar([{ name: "a", content: Buffer.from(Array.from({ length: 3000 }, () => next(256))) }]));
    return { kind: "tar", harmless: false, bytes: bytes.subarray(0, 20 + next(bytes.length - 900)) };
  },
  "tar: file and directory": (next) => ({
    kind: "tar",
    harmless: false,
    bytes: tar(
      next(2) === 0
        ? [
            { name: "a", content },
            { name: "a/b", content },
          ]
        : [
            { name: "a/b", content },
            { name: "a", content },
          ],
    ),
  }),
  "tar: bomb of another compressor": (next) => ({
    kind: "tar",
    harmless: false,
    bytes: compressed(
      compressors[next(3)] as (typeof compressors)[number],
      tar([{ name: "a", content: Buffer.alloc(5_000_000 + next(1000)) }]),
    ),
  }),
  "tar: cut off in another compressor": (next) => {
    const noise = Buffer.from(Array.from({ length: 4000 }, () => next(256)));
    const bytes = compressed(
      compressors[next(3)] as (typeof compressors)[number],
      tar([{ name: "a", content: noise }]),
    );
    return { kind: "tar", harmless: false, bytes: bytes.subarray(0, 100 + next(3000)) };
  },
  "tar: bomb in a bomb": () => ({
    kind: "tar",
    harmless: false,
    bytes: gzipSync(gzipSync(tar([{ name: "a", content: Buffer.alloc(5_000_000) }]))),
  }),
  "tar: member twice": () => ({
    kind: "tar",
    harmless: true,
    bytes: tar([
      { name: "a", content },
      { name: "a", content: Buffer.from("again") },
    ]),
  }),
  "tar: names that differ by case": () => ({
    kind: "tar",
    harmless: true,
    bytes: tar([
      { name: "a/b", content },
      { name: "A/B", content },
    ]),
  }),
  "tar: very long name": (next) => ({
    kind: "tar",
    harmless: false,
    bytes: tar([
      { name: "l", type: "L", content: Buffer.from(`${"n".repeat(300 + next(5000))}\0`) },
      { name: "a", content },
    ]),
  }),
  "tar: very deep": (next) => ({
    kind: "tar",
    harmless: false,
    bytes: tar([
      { name: "l", type: "L", content: Buffer.from(`${"d/".repeat(3000 + next(1000))}f\0`) },
      { name: "a", content },
    ]),
  }),
  "tar: negative size": (next) => {
    const size = Buffer.alloc(12, 0xff);
    size.writeInt32BE(-1 - next(1000), 8);
    return { kind: "tar", harmless: false, bytes: tar([{ name: "a", content, patch: [[124, size]] }]) };
  },
  "tar: enormous size": (next) => {
    const size = Buffer.from("800000000000000000000000", "hex");
    size.writeUInt32BE(0x7fff_ffff - next(1000), 4);
    return { kind: "tar", harmless: false, bytes: tar([{ name: "a", content, patch: [[124, size]] }]) };
  },
  "tar: pax size that lies": (next) => ({
    kind: "tar",
    harmless: false,
    bytes: tar([
      {
        name: "p",
        type: "x",
        content: pax([["size", ["1e9", "-1", "99999999999999999999", "0x10"][next(4)] as string]]),
      },
      { name: "a", content },
    ]),
  }),
  "tar: global pax path out": (next) => ({
    kind: "tar",
    harmless: false,
    bytes: tar([
      { name: "p", type: "g", content: pax([["path", wayOut(next)]]) },
      { name: "a", content },
    ]),
  }),
  // Such a link is passed over, and the file stays inside.
  "tar: link over a directory that is written to": (next) => ({
    kind: "tar",
    harmless: true,
    bytes: tar([
      { name: "d", type: "5", mode: 0o755 },
      { name: "d", type: "2", link: ["/tmp", "..", "../.."][next(3)] as string },
      { name: `d/${victim}`, content },
    ]),
  }),
  "tar: hard link to a link out": (next) => ({
    kind: "tar",
    harmless: false,
    bytes: tar([
      { name: "s", type: "2", link: ["/etc", "../.."][next(2)] as string },
      { name: "h", type: "1", link: "s/passwd" },
    ]),
  }),
  "deb: bomb": (next) => ({
    kind: "deb",
    harmless: false,
    bytes: ar([
      ["debian-binary", Buffer.from("2.0\n")],
      ["data.tar.xz", compressed("xz", tar([{ name: "./a", content: Buffer.alloc(5_000_000 + next(1000)) }]))],
    ]),
  }),
  "deb: path out": (next) => ({
    kind: "deb",
    harmless: false,
    bytes: ar([["data.tar", tar([{ name: wayOut(next), content }])]]),
  }),
  "deb: cut off": (next) => {
    const bytes = ar([["data.tar.gz", gzipSync(tar([{ name: "a", content: Buffer.alloc(3000, "z") }]))]]);
    return { kind: "deb", harmless: false, bytes: bytes.subarray(0, next(bytes.length - 20)) };
  },
  "zip: path out": (next) => ({ kind: "zip", harmless: false, bytes: zip([{ name: wayOut(next), content }]) }),
  "zip: size that lies": (next) => ({
    kind: "zip",
    harmless: false,
    bytes: zip([{ name: "a", content: Buffer.alloc(100_000), size: next(1000) }]),
  }),
  "zip: bomb": (next) => ({
    kind: "zip",
    harmless: false,
    bytes: zip(Array.from({ length: 60 }, (_, at) => ({ name: `f${at}`, content: Buffer.alloc(90_000 + next(100)) }))),
  }),
  "zip: wrong checksum": (next) => ({
    kind: "zip",
    harmless: false,
    bytes: zip([{ name: "a", content, sum: next(1e9) }]),
  }),
  "zip: cut off": (next) => {
    const bytes = zip([{ name: "a", content: Buffer.alloc(3000, "y") }]);
    return { kind: "zip", harmless: false, bytes: bytes.subarray(0, next(bytes.length - 1)) };
  },
  "zip: member twice": () => ({
    kind: "zip",
    harmless: true,
    bytes: zip([
      { name: "a", content },
      { name: "a", content: Buffer.from("again") },
    ]),
  }),
  "zip: unknown compression": (next) => {
    const bytes = zip([{ name: "a", content }]);
    const method = 90 + next(8);
    bytes.writeUInt16LE(method, 8);
    bytes.writeUInt16LE(method, bytes.indexOf("PK\x01\x02", 0, "latin1") + 10);
    return { kind: "zip", harmless: false, bytes };
  },
  "zip: encrypted": () => {
    const bytes = zip([{ name: "a", content }]);
    bytes.writeUInt16LE(0x801, 6);
    bytes.writeUInt16LE(0x801, bytes.indexOf("PK\x01\x02", 0, "latin1") + 8);
    return { kind: "zip", harmless: false, bytes };
  },
  "zip: very long name": (next) => ({
    kind: "zip",
    harmless: false,
    bytes: zip([{ name: "n".repeat(300 + next(5000)), content }]),
  }),
  "zip: zip64 that lies": (next) => {
    const bytes = zip([{ name: "a", content }]);
    const end = bytes.length - 22;
    // The real place of the directory is said to be in a record that is not there, or nonsense.
    bytes.writeUInt32LE(0xffffffff, end + 16);
    const locator = Buffer.alloc(20);
    locator.write("PK\x06\x07", 0, "latin1");
    locator.writeBigUInt64LE(BigInt(next(1e9)) * 1_000_003n, 8);
    return {
      kind: "zip",
      harmless: false,
      bytes: Buffer.concat([bytes.subarray(0, end), locator, bytes.subarray(end)]),
    };
  },
  "zip: file and directory": () => ({
    kind: "zip",
    harmless: false,
    bytes: zip([
      { name: "a", content },
      { name: "a/b", content },
    ]),
  }),
  "zip: damaged directory": (next) => {
    const bytes = zip([{ name: "abcdef", content }]);
    bytes.writeUInt32LE(0xfffffff0 - next(1000), bytes.length - 22 + (next(2) === 0 ? 12 : 16));
    return { kind: "zip", harmless: false, bytes };
  },
};

/** The kinds of attack. */
export const attackNames = Object.keys(attacks);

/** An archive by its number: kinds take turns, details follow from the seed. */
export function hostile(seed: number): Hostile {
  const name = attackNames[seed % attackNames.length] as string;
  return { name, ...(attacks[name] as (next: Random) => Omit<Hostile, "name">)(random(seed)) };
}
