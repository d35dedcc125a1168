export interface Digest {
  /** 64 lower-case hex digits. */
  readonly hash: string;
  /** Number of bytes; above 2^53 is out of scope. */
  readonly size: number;
}
/** The digest of bytes at hand. */
export declare function ofBytes(bytes: Uint8Array): Digest;
/** `HASH/SIZE`, as BuildStream prints digests. */
export declare function format(digest: Digest): string;
export declare function equals(a: Digest, b: Digest): boolean;
/** The digest of no bytes. */
export declare const empty: Digest;
