/** What a plugin's calls give while it is built, against what they give in BuildStream (golden data, `test/golden/plugins/make.ts`). */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { callAll } from "../support/calls.ts";

type Answers = readonly (readonly [string, unknown])[];
const golden = new URL("../golden/plugins/calls.json", import.meta.url);

it("hundreds of calls of the public interface answer as BuildStream's do", async () => {
  const theirs = JSON.parse(readFileSync(golden, "utf8")) as Answers;
  expect(theirs.length).toBeGreaterThan(400);
  expect(await callAll()).toEqual(theirs);
});
