/**
 * Text of a file → its nodes.
 *
 * BuildStream's YAML is small: one document that is a mapping, every scalar a string without white space around it, no anchors, aliases or foreign tags, no
 * duplicate keys; an empty file is an empty mapping. `\r`, `\r\n` and NEL become `\n` before reading (for the separators see `LineBreaks.ts`) and a byte order mark
 * is dropped, so offsets in nodes refer to {@link SourceFile.text}, not to the bytes.
 */
import * as FastRead from "./FastRead.ts";
import type { Mapping, SourceFile } from "./Node.ts";
import * as SlowRead from "./SlowRead.ts";

/** What a file is called and whose it is, before its text is known. */
export type FileIdentity = Omit<SourceFile, "text">;

/** Files larger than this are refused: reading one would need gigabytes. */
const maximumBytes = 256 * 1024 * 1024;

// libyaml reads tab, line feed, carriage return, NEL and everything that prints; a non-character or control code stops it.
const forbidden = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]/;

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const lenient = new TextDecoder("utf-8", { ignoreBOM: true });

/** The offset of the first byte that is not UTF-8, by halving; `bytes` is known to hold one. */
function firstInvalid(bytes: Uint8Array): number {
  const valid = (length: number): boolean => {
    try {
      decoder.decode(bytes.subarray(0, length));
      return true;
    } catch {
      return false;
    }
  };
  let low = 0;
  let high = bytes.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    // A cut inside a character is no error: step back to its first byte.
    let cut = middle;
    while (cut > low && ((bytes[cut] ?? 0) & 0xc0) === 0x80) cut--;
    if (cut === low) return low;
    if (valid(cut)) low = cut;
    else high = cut;
  }
  return low;
}

/** Line breaks as Python's text mode gives them, and NEL as libyaml reads it. */
function normalise(text: string): string {
  const body = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  return /[\r\x85]/.test(body) ? body.replace(/\r\n?|\x85/g, "\n") : body;
}

/** The file with its text decoded; raises `invalid-yaml` when the bytes are not UTF-8 or hold control characters. */
export function decode(identity: FileIdentity, content: Uint8Array | string): SourceFile {
  if (content.length > maximumBytes) {
    const file: SourceFile = { ...identity, text: "" };
    SlowRead.malformed(file, 0, `the file is larger than ${maximumBytes} bytes`, "Split it with includes `(@)`.");
  }
  let text: string;
  if (typeof content === "string") text = content;
  else {
    try {
      text = decoder.decode(content);
    } catch {
      const invalid = firstInvalid(content);
      const before = normalise(lenient.decode(content.subarray(0, invalid)));
      const byte = (content[invalid] ?? 0).toString(16).padStart(2, "0");
      return SlowRead.malformed(
        { ...identity, text: `${before}\ufffd` },
        before.length,
        `byte 0x${byte} is not UTF-8`,
        "Save the file in the encoding UTF-8.",
      );
    }
  }
  const file: SourceFile = {
    name: identity.name,
    text: normalise(text),
    project: identity.project,
    path: identity.path,
  };
  const control = forbidden.exec(file.text ?? "");
  if (control !== null) {
    const code = control[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
    SlowRead.malformed(
      file,
      control.index,
      `the control character U+${code} is not allowed`,
      "Remove it, or write it as an escape in double quotes.",
    );
  }
  return file;
}

/** Reads a file that is decoded already. */
function readDecoded(file: SourceFile): Mapping {
  const result = FastRead.read(file);
  if (result.type === "mapping") return result;
  if (result.certain || (file.text ?? "").length > SlowRead.maximumLength) {
    return SlowRead.malformed(file, result.offset, result.problem);
  }
  return SlowRead.read(file);
}

/**
 * Reads a file of a project or of the user: its top-level mapping, whose `file` carries the normalised text. Raises `invalid-yaml` with the place.
 */
export function read(identity: FileIdentity, content: Uint8Array | string): Mapping {
  return readDecoded(decode(identity, content));
}
