/** Configurations of caches and services with mistakes in them: domain, reason, place and exit code as the oracle's (`test/golden/remotes/make.ts`). */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { askOurs } from "../parity/Answer.ts";
import type { Blocks } from "../parity/RemoteBlocks.ts";
import { lay, verdict } from "../parity/remotes.ts";

const golden: readonly { readonly blocks: Blocks; readonly verdict: string }[] = JSON.parse(
  readFileSync(new URL("../golden/remotes/answers.json", import.meta.url), "utf8"),
);
const place = mkdtempSync(join(tmpdir(), "millrace-remotes-"));
afterAll(() => rmSync(place, { recursive: true, force: true }));

describe("mistakes in configurations of servers", () => {
  for (const [index, { blocks, verdict: expected }] of golden.entries()) {
    it.concurrent(`${index}: ${expected}`, async () => {
      const own = join(place, `case-${index}/ours`);
      const args = lay(own, blocks);
      const answer = await askOurs(join(own, "project"), args, join(own, "error.json"));
      expect(verdict(answer), `${blocks.user}${blocks.projectConf}`).toBe(expected);
    });
  }
});
