/** Many artifacts that a server has: they are settled in a few questions, but for those of which something is missing on either side. */
import { chmodSync, existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as Digest from "@millrace/core/tree/Digest";
import { afterAll, beforeAll, expect, it } from "vitest";
import * as Buildbox from "../support/Buildbox.ts";
import { openSession, type Session } from "../support/session.ts";

/** More than are asked about together. */
const count = 60;

let server: Buildbox.Casd;
let session: Session;

const content = (index: number): string => `content of ${index}\n`;
const objectOf = (cas: string, index: number): string => {
  const { hash } = Digest.ofBytes(new TextEncoder().encode(content(index)));
  return join(cas, "objects", hash.slice(0, 2), hash.slice(2));
};
const onServer = (index: number): string => objectOf(join(server.store, "cas"), index);
const here = (index: number): string => objectOf(join(session.home, "cache/cas"), index);
const push = () => session.bst("artifact", "push", "--deps", "all", "all.bst");
const build = () => session.bst("build", "all.bst");

beforeAll(async () => {
  server = await Buildbox.start();
  const names = Array.from({ length: count }, (_, index) => `e${index}`);
  const elements = names.map((name) => [
    `${name}.bst`,
    `kind: import\nsources:\n- kind: local\n  path: files/${name}.txt\n`,
  ]);
  const all = `kind: stack\ndepends:\n${names.map((name) => `- ${name}.bst\n`).join("")}`;
  session = openSession(
    { ...Object.fromEntries(elements), "all.bst": all },
    { user: `artifacts:\n  servers:\n  - url: ${server.url}\n    push: True\n` },
  );
  for (const [index, name] of names.entries()) session.write(`files/${name}.txt`, content(index));
  const built = await build();
  expect(built.stderr).toMatch(new RegExp(`Push Queue: +processed ${count + 1},`));
});
afterAll(async () => {
  session.close();
  await server.stop();
});

for (const [what, repeat] of [
  ["a push", push],
  ["a build", build],
] as const) {
  it(`pushes nothing that is there (${what})`, async () => {
    const again = await repeat();
    expect(again.status, again.stderr).toBe(0);
    expect(again.stderr).toMatch(new RegExp(`Push Queue: +processed 0, +skipped ${count + 1},`));
    expect(again.stderr).toContain("already has artifact");
  });

  it(`brings back what the server lost (${what})`, async () => {
    for (const index of [3, 30, 59]) rmSync(onServer(index));
    const again = await repeat();
    expect(again.status, again.stderr).toBe(0);
    for (const index of [3, 30, 59]) expect(existsSync(onServer(index))).toBe(true);
  });
}

it("needs no file here that the server has, and says which element is not whole where neither has it", async () => {
  rmSync(here(7));
  expect((await push()).status).toBe(0);
  expect(existsSync(here(7))).toBe(false);
  rmSync(onServer(7));
  const again = await push();
  expect(again.status).toBe(255);
  expect(again.stderr).toContain("e7.bst is not cached");
  expect(again.stderr).toMatch(/Push Queue: +processed 0, +skipped 60, +failed 1/);
});

it("sends no content that is damaged", async () => {
  chmodSync(here(8), 0o644);
  writeFileSync(here(8), content(8).toUpperCase());
  rmSync(onServer(8));
  const again = await push();
  expect(again.status).toBe(255);
  expect(again.stderr).toContain("e8.bst is not cached");
  expect(existsSync(onServer(8))).toBe(false);
});

it("counts artifacts that are named by their keys, in a summary as after any session", async () => {
  const [key] = readdirSync(join(session.home, "cache/artifacts/refs/test/e1"));
  const pushed = await session.bst("artifact", "push", `test/e1/${key}`);
  expect(pushed.stderr).toMatch(
    /Pipeline Summary\n +Total: +1\n +Session: +1\n +Pull Queue: +processed 0, skipped 1, failed 0 *\n +Push Queue: +processed 0, skipped 1, failed 0/,
  );
  const failed = await session.bst("artifact", "push", `test/e1/${"a".repeat(64)}`);
  expect(failed.status).toBe(255);
  expect(failed.stderr).toMatch(/Failure Summary\n +e1:/);
  expect(failed.stderr).toMatch(/Push Queue: +processed 0, skipped 0, failed 1/);
});
