/** What a channel says to servers before any message: how much may be on its way. */
import * as http2 from "node:http2";
import type { AddressInfo } from "node:net";
import { assert, describe, it } from "@effect/vitest";
import * as Channel from "@millrace/sandbox/remote/Channel";
import * as Endpoint from "@millrace/sandbox/remote/Endpoint";
import * as Effect from "effect/Effect";
import { remote } from "./Machine.ts";

/** Bytes of an answer that is written at once. */
const size = 4 * 1024 * 1024;

/** An answer of zeroes in the frame of gRPC: a byte for no compression, and the length. */
function answer(): Buffer {
  const bytes = Buffer.alloc(5 + size);
  bytes.writeUInt32BE(size, 1);
  return bytes;
}

/** A server that answers once its peer takes a whole answer without being asked in between, and never before. */
const server = Effect.acquireRelease(
  Effect.callback<{ readonly url: string; readonly close: () => void }>((resume) => {
    const listening = http2.createServer((_, response) => {
      const { session } = response.stream;
      const timer = setInterval(() => {
        if (response.stream.destroyed) return clearInterval(timer);
        const { remoteWindowSize = 0 } = session?.state ?? {};
        if (remoteWindowSize < size || (session?.remoteSettings.initialWindowSize ?? 0) < size) return;
        clearInterval(timer);
        response.writeHead(200, { "content-type": "application/grpc" });
        response.addTrailers({ "grpc-status": "0" });
        response.end(answer());
      }, 5);
    });
    listening.listen(0, "127.0.0.1", () =>
      resume(
        Effect.succeed({
          url: `http://127.0.0.1:${(listening.address() as AddressInfo).port}`,
          close: () => listening.close(),
        }),
      ),
    );
  }),
  ({ close }) => Effect.sync(close),
);

describe("a channel", () => {
  it.live("lets a server send a whole batch before it hears of it", () =>
    Effect.gen(function* () {
      const { url } = yield* server;
      const channel = yield* Channel.open(Endpoint.make(remote(url), undefined));
      assert.strictEqual((yield* channel.unary("/any/Method", new Uint8Array(0), size)).length, size);
    }).pipe(Effect.scoped),
  );
});
