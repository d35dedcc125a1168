/** Lines on which a message takes longer than a silence may last: what moves is not cut off, in either direction; what only looks alive is. */
import { assert, describe, it } from "@effect/vitest";
import * as Wire from "@millrace/core/tree/Wire";
import * as Channel from "@millrace/sandbox/remote/Channel";
import * as Endpoint from "@millrace/sandbox/remote/Endpoint";
import * as Storage from "@millrace/sandbox/remote/Storage";
import * as Effect from "effect/Effect";
import type { Carry } from "../../../../test/support/Line.ts";
import { line, remote, server } from "./Machine.ts";

/** Takes so many bytes in each fiftieth of a second. */
const slowly =
  (portion: number): Carry =>
  (from, to) => {
    let waiting: Buffer[] = [];
    from.on("data", (bytes: Buffer) => {
      waiting.push(bytes);
      from.pause();
    });
    const timer = setInterval(() => {
      const all = Buffer.concat(waiting);
      if (all.length > 0) to.write(all.subarray(0, portion));
      waiting = all.length > portion ? [all.subarray(portion)] : [];
      if (waiting.length === 0) from.resume();
    }, 20);
    from.on("close", () => clearInterval(timer));
  };

const channelTo = (url: string, seconds: number) =>
  Channel.open(Endpoint.make(remote(url, { "request-timeout": seconds, "retry-limit": 0 }), undefined));
const capabilities = "/build.bazel.remote.execution.v2.Capabilities/GetCapabilities";

describe("a slow line", () => {
  it.live("carries a large question and a large answer", () =>
    Effect.gen(function* () {
      const answer = new Uint8Array(4_000_000);
      const question = Wire.bytesOf(() => Wire.bytes(15, answer));
      const fake = yield* server({ twist: () => answer });
      const { url } = yield* line(fake.url, slowly(40_000));
      // It takes twice as long at least, and may take nine times as long on a busy machine.
      const channel = yield* channelTo(url, 2);
      const begun = Date.now();
      const got = yield* channel.unary(capabilities, question, answer.length);
      assert.strictEqual(got.length, answer.length);
      assert.isAbove(Date.now() - begun, 2000);
    }).pipe(Effect.scoped),
  );

  it.live("is given up when all that passes is for others", () =>
    Effect.gen(function* () {
      const answer = new Uint8Array(4_000_000);
      const fake = yield* server({ silent: new Set(["FindMissingBlobs"]), twist: () => answer });
      const channel = yield* channelTo(fake.url, 4);
      // A message of this size may take five minutes on a slow line.
      const hanging = channel.unary(`${Storage.cas}/FindMissingBlobs`, new Uint8Array(0), 40_000_000);
      const others = Effect.forever(Effect.ignore(channel.unary(capabilities, new Uint8Array(0), answer.length)));
      const failure = yield* Effect.flip(Effect.raceFirst(hanging, others));
      assert.strictEqual(failure.code, Channel.code.deadlineExceeded);
    }).pipe(Effect.scoped),
  );

  it.live("is given up when it moves for longer than its message may take", () =>
    Effect.gen(function* () {
      const fake = yield* server({ twist: () => new Uint8Array(600_000) });
      const { url } = yield* line(fake.url, slowly(1000));
      const channel = yield* channelTo(url, 1);
      const failure = yield* Effect.flip(channel.unary(capabilities, new Uint8Array(0)));
      assert.strictEqual(failure.code, Channel.code.deadlineExceeded);
    }).pipe(Effect.scoped),
  );
});
