import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, assert, describe, it } from "@effect/vitest";
import { BstError } from "@millrace/core/error/BstError";
import * as Records from "@millrace/sandbox/cas/Records";

const base = mkdtempSync(join(tmpdir(), "millrace-records-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const ways: readonly [string, (path: string, bytes: Uint8Array) => Promise<void>][] = [
  ["synced", async (path, bytes) => Records.write(path, bytes)],
  ["unsynced", async (path, bytes) => Records.writeUnsynced(path, bytes)],
];

describe.each(ways)("a record that is written %s", (way, write) => {
  const place = join(base, way);

  it("is whole, replaces an older one, and leaves nothing beside it", async () => {
    const path = join(place, "new/directory/record");
    await write(path, Buffer.from("older and longer"));
    await write(path, Buffer.from("newer"));
    assert.strictEqual(readFileSync(path, "utf8"), "newer");
    assert.deepStrictEqual(readdirSync(join(place, "new/directory")), ["record"]);
  });

  it("is one of those that were written to its name at a time", async () => {
    const path = join(place, "busy/record");
    const contents = Array.from({ length: 20 }, (_, index) => `${index} `.repeat(1000 + index));
    await Promise.all(contents.map((content) => write(path, Buffer.from(content))));
    assert.include(contents, readFileSync(path, "utf8"));
    assert.deepStrictEqual(readdirSync(join(place, "busy")), ["record"]);
  });

  it("that cannot be written is an error, and nothing is left of it", async () => {
    const path = join(place, "taken/record");
    mkdirSync(path, { recursive: true });
    const failure = await write(path, Buffer.from("content")).then(
      () => undefined,
      (cause: unknown) => cause,
    );
    assert.instanceOf(failure, BstError);
    assert.include((failure as BstError).message, `Cannot write the record ${path}`);
    assert.deepStrictEqual(readdirSync(join(place, "taken")), ["record"]);
  });
});
