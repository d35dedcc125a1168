/** Zstandard streams, where the runtime has them. */
import * as Zlib from "node:zlib";
import { BstError } from "@millrace/core/error/BstError";

/** Whether blobs can travel compressed. */
export const available: boolean = typeof Zlib.createZstdDecompress === "function";

export interface Unpacking {
  /** Takes bytes; a promise where it wants to be waited for. Throws what `take` threw. */
  readonly write: (bytes: Uint8Array) => Promise<void> | undefined;
  /** Resolves when everything that was written has been unpacked, or found to be no such stream, or `take` threw. */
  readonly end: () => Promise<void>;
  /** What `take` threw. */
  readonly trouble: () => BstError | undefined;
}

/** Unpacks a stream as it comes. What is damaged gives less, or other bytes: whoever takes them checks them. */
export function unpack(take: (bytes: Uint8Array) => void): Unpacking {
  const stream = Zlib.createZstdDecompress();
  let drained: Promise<void> | undefined;
  let thrown: BstError | undefined;
  const over = new Promise<void>((resolve) => {
    for (const event of ["end", "error", "close"]) stream.on(event, () => resolve());
  });
  stream.on("data", (bytes: Buffer) => {
    try {
      take(bytes);
    } catch (cause) {
      if (!(cause instanceof BstError)) throw cause;
      thrown ??= cause;
      stream.destroy();
    }
  });
  return {
    trouble: () => thrown,
    write: (bytes) => {
      if (thrown !== undefined) throw thrown;
      if (stream.destroyed || stream.write(Uint8Array.from(bytes))) return undefined;
      drained ??= Promise.race([over, new Promise<void>((resolve) => stream.once("drain", resolve))]).then(() => {
        drained = undefined;
      });
      return drained;
    },
    end: async () => {
      stream.end();
      await over;
    },
  };
}

/** Packs bytes as one frame; frames one after the other are a stream. */
export const pack = (bytes: Uint8Array): Uint8Array => Zlib.zstdCompressSync(bytes);
