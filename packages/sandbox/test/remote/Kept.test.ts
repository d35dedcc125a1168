/** Connections are made once; failures to connect pass. */
import { assert, describe, it } from "@effect/vitest";
import { kept, rest } from "@millrace/sandbox/remote/Kept";
import * as Effect from "effect/Effect";
import * as TestClock from "effect/testing/TestClock";

describe("kept", () => {
  it.effect("connects again some time after a failure, and never after a success", () =>
    Effect.gen(function* () {
      let tries = 0;
      const connect = Effect.suspend(() => (++tries < 3 ? Effect.fail(`try ${tries}`) : Effect.succeed(tries)));
      const connection = yield* kept(connect);
      assert.strictEqual(yield* Effect.flip(connection), "try 1");
      assert.strictEqual(yield* Effect.flip(connection), "try 1", "the failure is believed for a while");
      yield* TestClock.adjust(rest + 1);
      assert.strictEqual(yield* Effect.flip(connection), "try 2");
      yield* TestClock.adjust(rest + 1);
      assert.strictEqual(yield* connection, 3);
      yield* TestClock.adjust(1000 * rest);
      assert.strictEqual(yield* connection, 3);
      assert.strictEqual(tries, 3);
    }),
  );
});
