/** Servers that misbehave in seeded ways, and archives that attack: generators for the tests beside. */

import { execFileSync } from "node:child_process";
import type { IncomingMessage, ServerResponse } from "node:http";
import { crc32, deflateRawSync, gzipSync } from "node:zlib";

/** Whole numbers below a limit, from a seed (mulberry32). */
export type Random = (limit: number) => number;

/** Starts a sequence. */
export function random(seed: number): Random {
  let state = seed >>> 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

/** How a server answers one request. */
export type Answer = (request: IncomingMessage, response: ServerResponse, content: Buffer) => void;

const faults: Readonly<Record<string, (random: Random) => Answer>> = {
  lie: (next) => {
    const at = next(1000);
    return (_, response, content) => {
      const wrong = Buffer.from(content);
      wrong[at] = (wrong[at] as number) ^ 1;
      response.end(wrong);
    };
  },
  truncate: (next) => {
    const at = next(1000);
    return (_, response, content) => {
      response.writeHead(200, { "content-length": content.length });
      response.write(content.subarray(0, at), () => setTimeout(() => response.destroy(), 2));
    };
  },
  "truncate quietly": (next) => {
    const at = next(1000);
    return (_, response, content) => response.end(content.subarray(0, at));
  },
  stall: (next) => {
    const at = next(1000);
    return (_, response, content) => {
      response.writeHead(200, { "content-length": content.length });
      response.write(content.subarray(0, at));
    };
  },
  silence: () => () => {},
  "hang up": () => (request) => request.socket.destroy(),
  "redirect in a circle": (next) => {
    const name = next(5);
    return (request, response) =>
      response.writeHead(302, { location: `/${name}${request.url?.length === 2 ? "x" : ""}` }).end();
  },
  "redirect to nowhere": (next) => {
    const places = ["http://127.0.0.1:1/x", "file:///etc/passwd", "javascript:0", "http://[", ""];
    const location = places[next(places.length)] as string;
    return (_, response) => response.writeHead(301, { location }).end();
  },
  status: (next) => {
    const codes = [400, 401, 403, 404, 410, 418, 429, 500, 502, 503, 504];
    const code = codes[next(codes.length)] as number;
    return (_, response) => response.writeHead(code).end("no");
  },
  "too long": (next) => {
    const more = 1 + next(5000);
    return (_, response, content) => response.end(Buffer.concat([content, Buffer.alloc(more)]));
  },
  endless: () => (_, response) => {
    const write = (): void => {
      while (!response.destroyed && response.write(Buffer.alloc(65_536)));
      if (!response.destroyed) response.once("drain", write);
    };
    write();
  },
  "not http": (next) => {
    const bytes = Buffer.from(Array.from({ length: 40 }, () => next(256)));
    return (request) => request.socket.end(bytes);
  },
  "broken chunks": () => (request) =>
    request.socket.end("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzzzz\r\nnope\r\n"),
  "wrong range": (next) => {
    const shift = 1 + next(50);
    return (request, response, content) => {
      response.setHeader("etag", '"same"');
      if (request.headers.range !== undefined) {
        response.writeHead(206).end(content.subarray(shift));
        return;
      }
      response.writeHead(200, { "content-length": content.length });
      response.write(content.subarray(0, 700), () => setTimeout(() => response.destroy(), 2));
    };
  },
  "said to be compressed": () => (_, response, content) =>
    response.writeHead(200, { "content-encoding": "gzip" }).end(content),
  drip: () => (_, response, content) => {
    response.writeHead(200, { "content-length": content.length });
    let at = 0;
    const timer = setInterval(() => {
      if (response.destroyed || at >= content.length) clearInterval(timer);
      else response.write(content.subarray(at, ++at));
    }, 5);
  },
  "busy, come back later": (next) => {
    const after = ["1", "100000", new Date(Date.now() + 1e8).toUTCString(), "soon", "-5"][next(5)] as string;
    const code = next(2) === 0 ? 429 : 503;
    return (_, response) => response.writeHead(code, { "retry-after": after }).end();
  },
  "busy once": () => {
    let asked = 0;
    return (_, response, content) =>
      asked++ === 0 ? response.writeHead(503, { "retry-after": "0" }).end() : response.end(content);
  },
  "a range nobody asked for": (next) => {
    const from = next(1000);
    return (_, response, content) =>
      response
        .writeHead(206, { "content-range": `bytes ${from}-${content.length - 1}/${content.length}` })
        .end(content.subarray(from));
  },
  "headers without end": () => (request) => {
    request.socket.on("error", () => {});
    request.socket.write("HTTP/1.1 200 OK\r\n");
    request.socket.end(`x: ${"y".repeat(200_000)}\r\n\r\n`);
  },
  "two lengths": () => (request, _, content) =>
    request.socket.end(`HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 2000\r\n\r\n${content}`),
  "compressed bomb": () => {
    const bomb = gzipSync(Buffer.alloc(20_000_000));
    return (_, response) => response.writeHead(200, { "content-encoding": "gzip" }).end(bomb);
  },
  "redirect to encryption": () => (request, response) =>
    response.writeHead(302, { location: `https://${request.headers.host}/x` }).end(),
  unchanged: () => (_, response) => response.writeHead(304).end(),
};

/** The kinds of fault. */
export const faultNames = Object.keys(faults);

/** A fault by its number: kinds take turns, details follow from the seed. */
export function fault(seed: number): { readonly name: string; readonly answer: Answer } {
  const name = faultNames[seed % faultNames.length] as string;
  return { name, answer: (faults[name] as (random: Random) => Answer)(random(seed)) };
}

interface TarEntry {
  readonly name: string;
  readonly type?: string;
  readonly link?: string;
  readonly content?: Buffer;
  readonly mode?: number;
  /** The size that the header tells, when it is not the content's. */
  readonly size?: number;
  /** Fields of the header to set afterwards: offset and bytes. */
  readonly patch?: readonly (readonly [number, Buffer])[];
  readonly damaged?: boolean;
}

/** A tar archive of entries, as they are said to be. */
export function tar(entries: readonly TarEntry[]): Buffer {
  const parts: Buffer[] = [];
  for (const {
    name,
    type = "0",
    link = "",
    content = Buffer.alloc(0),
    mode = 0o644,
    size,
    patch = [],
    damaged,
  } of entries) {
    const header = Buffer.alloc(512);
    header.write(name, 0, 100);
    header.write(`${mode.toString(8).padStart(7, "0")}\0`, 100);
    header.write("0000000\0", 108);
    header.write("0000000\0", 116);
    header.write(`${(size ?? content.length).toString(8).padStart(11, "0")}\0`, 124);
    header.write("00000000000\0", 136);
    header.write(type, 156);
    header.write(link, 157, 100);
    header.write("ustar\0" + "00", 257);
    for (const [at, bytes] of patch) bytes.copy(header, at);
    header.fill(" ", 148, 156);
    const sum = header.reduce((total, byte) => total + byte, damaged === true ? 1 : 0);
    header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
    parts.push(header, content, Buffer.alloc((512 - (content.length % 512)) % 512));
  }
  parts.push(Buffer.alloc(1024));
  return Buffer.concat(parts);
}

/** Pax attributes as the content of an `x` member. */
export function pax(attributes: readonly (readonly [string, string])[]): Buffer {
  return Buffer.concat(
    attributes.map(([key, value]) => {
      const rest = ` ${key}=${value}\n`;
      let length = Buffer.byteLength(rest) + 1;
      while (String(length).length + Buffer.byteLength(rest) !== length)
        length = String(length).length + Buffer.byteLength(rest);
      return Buffer.from(`${length}${rest}`);
    }),
  );
}

/** A zip archive; sizes and names as they are said to be. */
export function zip(
  entries: readonly {
    readonly name: string;
    readonly content: Buffer;
    readonly size?: number;
    readonly sum?: number;
  }[],
): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content, size = content.length, sum = crc32(content) } of entries) {
    const bytes = Buffer.from(name);
    const stored = deflateRawSync(content);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(0x800, 2);
    common.writeUInt16LE(8, 4);
    common.writeUInt32LE(sum, 10);
    common.writeUInt32LE(stored.length, 14);
    common.writeUInt32LE(size, 18);
    common.writeUInt16LE(bytes.length, 22);
    const local = Buffer.concat([Buffer.from("PK\x03\x04", "latin1"), common, bytes, stored]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from("PK\x01\x02\x14\0", "latin1"), common, tail, bytes]));
    parts.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", 0, "latin1");
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, central, end]);
}

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

const compressors = ["xz", "bzip2", "lzip"] as const;

/** Compressed by a program of the host. */
function compressed(program: (typeof compressors)[number], bytes: Buffer): Buffer {
  return execFileSync(program, ["-c"], { input: bytes, maxBuffer: 1 << 28 });
}

/** An `ar` archive. */
function ar(members: readonly (readonly [string, Buffer])[]): Buffer {
  const parts = members.flatMap(([name, bytes]) => [
    Buffer.from(`${name.padEnd(16)}${"0".padEnd(32)}${String(bytes.length).padEnd(10)}\`\n`),
    bytes,
    Buffer.alloc(bytes.length % 2, "\n"),
  ]);
  return Buffer.concat([Buffer.from("!<arch>\n"), ...parts]);
}

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
  "tar: link over a directory that is written to": (next) => ({
    kind: "tar",
    harmless: false,
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
