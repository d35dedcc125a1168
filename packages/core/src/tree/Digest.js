/** Content addresses: the SHA-256 of some bytes together with their number, as the Remote Execution API writes them. */
import * as Sha256 from "./Sha256.js";
/** The digest of bytes at hand. */
export function ofBytes(bytes) {
    return { hash: Sha256.hex(bytes), size: bytes.length };
}
/** `HASH/SIZE`, as BuildStream prints digests. */
export function format(digest) {
    return `${digest.hash}/${digest.size}`;
}
export function equals(a, b) {
    return a.hash === b.hash && a.size === b.size;
}
/** The digest of no bytes. */
export const empty = ofBytes(new Uint8Array(0));
