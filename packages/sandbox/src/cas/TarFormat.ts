/**
 * Headers of a tar archive in the POSIX (pax) form: a ustar block, preceded by a pax record block for a name or link that is too long or not ASCII
 * and for a size beyond the octal field. Owner is always 0, the time always the same.
 */

export interface Member {
  /** As it appears in the archive; directories end in `/`. */
  readonly path: string;
  readonly type: "file" | "directory" | "symlink";
  readonly mode: number;
  readonly size: number;
  readonly link?: string | undefined;
}

/** 2011-11-11 11:11:11 UTC in seconds: the time that BuildStream gives to everything it archives. */
const fixedTime = 1321009871;

const block = 512;
const archiveBlock = 20 * block;
const nameSize = 100;
const largestOctal = 0o77777777777;
const zeroes = new Uint8Array(archiveBlock + 2 * block);

/** The header blocks of a member. */
export function header(member: Member): Uint8Array {
  const records: [string, string][] = [];
  if (!fits(member.path)) records.push(["path", member.path]);
  if (member.link !== undefined && !fits(member.link)) records.push(["linkpath", member.link]);
  if (member.size > largestOctal) records.push(["size", String(member.size)]);
  const main = ustar(
    member.path,
    member.mode,
    member.size > largestOctal ? 0 : member.size,
    fixedTime,
    { file: "0", directory: "5", symlink: "2" }[member.type],
    member.link ?? "",
  );
  if (records.length === 0) return main;
  const text = Buffer.from(records.map(([key, value]) => record(key, value)).join(""));
  return Buffer.concat([ustar("././@PaxHeader", 0, text.length, 0, "x", ""), text, padding(text.length), main]);
}

/** The zeroes that fill a content's last block. */
export function padding(size: number): Uint8Array {
  return zeroes.subarray(0, (block - (size % block)) % block);
}

/** The end of an archive of so many bytes: two empty blocks, then up to a whole archive block. */
export function ending(size: number): Uint8Array {
  const end = size + 2 * block;
  return zeroes.subarray(0, 2 * block + ((archiveBlock - (end % archiveBlock)) % archiveBlock));
}

function fits(text: string): boolean {
  return text.length <= nameSize && /^[\0-\x7f]*$/.test(text);
}

/** `LENGTH KEY=VALUE\n`, where the length counts its own digits. */
function record(key: string, value: string): string {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest + String(rest).length;
  while (rest + String(length).length !== length) length = rest + String(length).length;
  return `${length} ${key}=${value}\n`;
}

function ustar(path: string, mode: number, size: number, mtime: number, type: string, link: string): Buffer {
  const bytes = Buffer.alloc(block);
  const octal = (value: number, at: number, digits: number) =>
    bytes.write(`${value.toString(8).padStart(digits, "0")}\0`, at, "latin1");
  bytes.write(ascii(path), 0, "latin1");
  octal(mode, 100, 7);
  octal(0, 108, 7);
  octal(0, 116, 7);
  octal(size, 124, 11);
  octal(mtime, 136, 11);
  bytes.write("        ", 148, "latin1");
  bytes.write(type, 156, "latin1");
  bytes.write(ascii(link), 157, "latin1");
  bytes.write("ustar\x0000", 257, "latin1");
  let sum = 0;
  for (const byte of bytes) sum += byte;
  bytes.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return bytes;
}

/** What a reader without pax support sees of a name. */
function ascii(text: string): string {
  return [...text]
    .map((character) => (character > "\x7f" ? "?" : character))
    .join("")
    .slice(0, nameSize);
}
