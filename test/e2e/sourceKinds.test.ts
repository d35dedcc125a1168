/** An element of each source kind, tracked, fetched and built from servers and repositories on the loopback, as BuildStream did (`test/golden/sources/make.ts`). */
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as SourceKindProject from "../support/sourceKinds.ts";
import { ours } from "../support/tools.ts";

const golden = JSON.parse(readFileSync(new URL("../golden/sources/kinds.json", import.meta.url), "utf8")) as Readonly<
  Record<string, SourceKindProject.Made>
>;

describe("source kinds", () => {
  const place = mkdtempSync(join(tmpdir(), "millrace-kinds-"));
  afterAll(() => SourceKindProject.remove(place));
  let made: Readonly<Record<string, SourceKindProject.Made>> = {};
  beforeAll(async () => {
    made = await SourceKindProject.build(ours, place);
  }, 240_000);

  it.each(SourceKindProject.kinds)("%s: the same ref, key, sources and result", (kind) => {
    const facts = SourceKindProject.settled(kind, made[kind] as SourceKindProject.Made);
    expect(JSON.parse(JSON.stringify(facts))).toEqual(golden[kind]);
  });
});
