/** Content addresses: the SHA-256 of some bytes together with their number, as the Remote Execution API writes them. */
import * as Sha256 from "./Sha256.ts";

export interface Digest {
  /** 64 lower-case hex digits. */
  readonly hash: string;
  /** Number of bytes; above 2^53 is out of scope. */
  readonly size: number;
}

/** The digest of bytes at hand. */
export function ofBytes(bytes: Uint8Array): Digest {
  return { hash: Sha256.hex(bytes), size: bytes.length };
}

/** `HASH/SIZE`, as BuildStream prints digests. */
export function format(digest: Digest): string {
  return `${digest.hash}/${digest.size}`;
}

export function equals(a: Digest, b: Digest): boolean {
  return a.hash === b.hash && a.size === b.size;
}

/** The digest of no bytes. */
export const empty: Digest = ofBytes(new Uint8Array(0));
