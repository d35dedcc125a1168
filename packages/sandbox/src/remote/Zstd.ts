/** Zstandard streams, where the runtime has them. */
import * as Zlib from "node:zlib";

/** Whether blobs can travel compressed. */
export const available: boolean = typeof Zlib.createZstdDecompress === "function";

export interface Unpacking {
  /** Takes bytes; a promise where it wants to be waited for. */
  readonly write: (bytes: Uint8Array) => Promise<void> | undefined;
  /** Resolves when everything that was written has been unpacked, or found to be no such stream; rejects with what `take` threw. */
  readonly end: () => Promise<void>;
}

/** Unpacks a stream as it comes. What is damaged gives less, or other bytes: whoever takes them checks them. */
export function unpack(take: (bytes: Uint8Array) => void): Unpacking {
  const stream = Zlib.createZstdDecompress();
  let drained: Promise<void> | undefined;
  let thrown: { readonly cause: unknown } | undefined;
  const over = new Promise<void>((resolve) => {
    for (const event of ["end", "error", "close"]) stream.on(event, () => resolve());
  });
  stream.on("data", (bytes: Buffer) => {
    try {
      take(bytes);
    } catch (cause) {
      thrown ??= { cause };
      stream.destroy();
    }
  });
  return {
    write: (bytes) => {
      if (stream.destroyed || stream.write(Uint8Array.from(bytes))) return undefined;
      drained ??= Promise.race([over, new Promise<void>((resolve) => stream.once("drain", resolve))]).then(() => {
        drained = undefined;
      });
      return drained;
    },
    end: async () => {
      stream.end();
      await over;
      if (thrown !== undefined) throw thrown.cause;
    },
  };
}

/** Packs bytes as one frame; frames one after the other are a stream. */
export const pack = (bytes: Uint8Array): Uint8Array => Zlib.zstdCompressSync(bytes);
