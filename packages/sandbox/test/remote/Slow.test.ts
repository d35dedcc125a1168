/** Lines on which a message takes longer than a silence may last: what moves is not cut off, in either direction; what only looks alive is. */
import { connect, createServer, type Socket } from "node:net";
import { assert, describe, it } from "@effect/vitest";
import * as Wire from "@millrace/core/tree/Wire";
import * as Channel from "@millrace/sandbox/remote/Channel";
import * as Endpoint from "@millrace/sandbox/remote/Endpoint";
import * as Effect from "effect/Effect";
import { remote, server } from "./Machine.ts";

/** A line to a server that takes so many bytes in each fiftieth of a second, both ways. */
const line = (url: string, portion: number) =>
  Effect.acquireRelease(
    Effect.promise(
      () =>
        new Promise<{ readonly url: string; readonly close: () => void }>((resolve) => {
          const sockets = new Set<Socket>();
          const slow = createServer((from) => {
            const to = connect(Number(new URL(url).port), "127.0.0.1");
            for (const [one, other] of [
              [from, to],
              [to, from],
            ] as const) {
              sockets.add(one);
              one.on("error", () => other.destroy());
              one.on("close", () => other.destroy());
              let waiting: Buffer[] = [];
              one.on("data", (bytes: Buffer) => {
                waiting.push(bytes);
                one.pause();
              });
              const timer = setInterval(() => {
                const all = Buffer.concat(waiting);
                if (all.length > 0) other.write(all.subarray(0, portion));
                waiting = all.length > portion ? [all.subarray(portion)] : [];
                if (waiting.length === 0) one.resume();
              }, 20);
              one.on("close", () => clearInterval(timer));
            }
          });
          slow.listen(0, "127.0.0.1", () => {
            const { port } = slow.address() as { port: number };
            const close = () => {
              for (const socket of sockets) socket.destroy();
              slow.close();
            };
            resolve({ url: `http://127.0.0.1:${port}`, close });
          });
        }),
    ),
    ({ close }) => Effect.sync(close),
  );

const channelTo = (url: string, seconds: number) =>
  Channel.open(Endpoint.make(remote(url, { "request-timeout": seconds, "retry-limit": 0 }), undefined));
const capabilities = "/build.bazel.remote.execution.v2.Capabilities/GetCapabilities";

describe("a slow line", () => {
  it.live("carries a large question and a large answer", () =>
    Effect.gen(function* () {
      const answer = new Uint8Array(4_000_000);
      const question = Wire.bytesOf(() => Wire.bytes(15, answer));
      const fake = yield* server({ twist: () => answer });
      const { url } = yield* line(fake.url, 40_000);
      // It takes twice as long at least, and may take nine times as long on a busy machine.
      const channel = yield* channelTo(url, 2);
      const begun = Date.now();
      const got = yield* channel.unary(capabilities, question, answer.length);
      assert.strictEqual(got.length, answer.length);
      assert.isAbove(Date.now() - begun, 2000);
    }).pipe(Effect.scoped),
  );

  it.live("is given up when it moves for longer than its message may take", () =>
    Effect.gen(function* () {
      const fake = yield* server({ twist: () => new Uint8Array(600_000) });
      const { url } = yield* line(fake.url, 1000);
      const channel = yield* channelTo(url, 1);
      const failure = yield* Effect.flip(channel.unary(capabilities, new Uint8Array(0)));
      assert.strictEqual(failure.code, Channel.code.deadlineExceeded);
    }).pipe(Effect.scoped),
  );
});
