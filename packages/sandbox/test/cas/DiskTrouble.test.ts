/** A disk that refuses is trouble of the user's, with a next step; a mistake of ours stays a defect. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BstError } from "@millrace/core/error/BstError";
import * as Cas from "@millrace/sandbox/cas/Cas";
import * as Presence from "@millrace/sandbox/cas/Presence";
import * as Cause from "effect/Cause";
import * as Effect from "effect/Effect";
import * as Exit from "effect/Exit";
import { afterAll, expect, test } from "vitest";

const scratch = mkdtempSync(join(tmpdir(), "millrace-trouble-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** What an effect comes to when its code throws. */
async function outcome(cause: unknown): Promise<unknown> {
  const exit = await Effect.runPromiseExit(
    Cas.attempt(() => {
      throw cause;
    }),
  );
  return Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined;
}

test("the file system's refusals are failures that say what to do", async () => {
  const long = `${scratch}/${"x".repeat(300)}`;
  const failure = await Effect.runPromise(Effect.flip(Cas.attempt(() => mkdirSync(long))));
  expect(failure).toMatchObject({ domain: "CAS", reason: null });
  expect(failure.hint).toBeDefined();
  const full = await outcome(Object.assign(new Error("no space"), { code: "ENOSPC" }));
  expect(full).toMatchObject({ _tag: "BstError", reason: "cache-too-full" });
});

test("what is no refusal stays a defect", async () => {
  const own = new TypeError("ours");
  expect(await outcome(own)).toBe(own);
  const wrong = Object.assign(new Error("no such file"), { code: "ENOENT" });
  expect(await outcome(wrong)).not.toBeInstanceOf(BstError);
});

test("a store where nothing can be written down is worked on all the same", () => {
  // A file in the place of the directory: not even root can write below it.
  writeFileSync(join(scratch, "sessions"), "");
  const file = Presence.enter(scratch, 1);
  Presence.renew(file, 2);
  Presence.leave(file);
  expect(Presence.horizon(scratch, 1000)).toBeLessThan(1000);
});
