/** Archives byte by byte, as they are said to be: also such as no archiver writes. */
import { execFileSync } from "node:child_process";
import { crc32, deflateRawSync } from "node:zlib";

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

/** Programs that compress. */
export const compressors = ["xz", "bzip2", "lzip"] as const;

/** Compressed by a program of the host. */
export function compressed(program: (typeof compressors)[number], bytes: Buffer): Buffer {
  return execFileSync(program, ["-c"], { input: bytes, maxBuffer: 1 << 28 });
}

/** An `ar` archive. */
export function ar(members: readonly (readonly [string, Buffer])[]): Buffer {
  const parts = members.flatMap(([name, bytes]) => [
    Buffer.from(`${name.padEnd(16)}${"0".padEnd(32)}${String(bytes.length).padEnd(10)}\`\n`),
    bytes,
    Buffer.alloc(bytes.length % 2, "\n"),
  ]);
  return Buffer.concat([Buffer.from("!<arch>\n"), ...parts]);
}
