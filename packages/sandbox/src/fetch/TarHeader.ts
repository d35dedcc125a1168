/** Headers of tar archives: numbers and texts in them, and what several of them together say of a member. */

/** A device is what extracting passes over; `special` is everything that no reader knows. */
export type MemberType = "file" | "hardlink" | "symlink" | "directory" | "device" | "special";

/** Headers in front of a member that say more of it. */
export type Told =
  | { readonly type: "L" | "K"; readonly text: string }
  | { readonly type: "x"; readonly attributes: ReadonlyMap<string, string> }
  | { readonly type: "g" };

/** A member's header with all that is told of it in front of it. */
export interface Described {
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

/**
 * Puts together what is said of a member.
 *
 * @param told headers in front of it, the first first.
 * @param global attributes for all members.
 * @param stored the size that counts when no attribute tells one.
 */
export function describe(
  header: Buffer,
  flag: string,
  told: readonly Told[],
  global: ReadonlyMap<string, string>,
  stored: number,
): Described {
  const prefix = flag === "S" ? "" : text(header, 345, 155);
  const short = text(header, 0, 100);
  // The v7 form marks a directory only by the slash, where nothing stands in front.
  const isOldDirectory = flag === "\0" && told.length === 0 && short.endsWith("/");
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
  if (flag !== "S") take(global);
  if (type === "directory") name = name.replace(/\/+$/, "");
  // What stands first is taken last: it holds over what is nearer to the member.
  for (const one of told.toReversed()) {
    if (one.type === "L") name = type === "directory" ? one.text.replace(/\/$/, "") : one.text;
    else if (one.type === "K") link = one.text;
    else if (one.type === "x") {
      take(one.attributes);
      isSized ||= one.attributes.has("size");
      if (nearest.size === 0) nearest = one.attributes;
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

export function text(bytes: Buffer, from: number, length: number): string {
  const end = bytes.indexOf(0, from);
  return decoded(bytes.subarray(from, end === -1 || end > from + length ? from + length : end));
}

/** UTF-8; what is none becomes a text that is not well formed, different for different bytes. */
export function decoded(bytes: Buffer): string {
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

/** Whether it carries one of the sums that programs have written, of unsigned and of signed bytes, and numbers where they must be. */
export function isHeader(header: Buffer): boolean {
  let unsigned = 0;
  let signed = 0;
  for (let at = 0; at < header.length; at++) {
    const byte = at >= 148 && at < 156 ? 0x20 : (header[at] ?? 0);
    unsigned += byte;
    signed += byte > 127 ? byte - 256 : byte;
  }
  const sum = number(header, 148, 8);
  if (sum !== unsigned && sum !== signed) return false;
  return numbers.every(([at, length]) => !Number.isNaN(number(header, at, length)));
}
