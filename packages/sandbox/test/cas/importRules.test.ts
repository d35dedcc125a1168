/** The import rules on real directories. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as Check from "@millrace/core/conformance/Check";
import * as Command from "@millrace/core/conformance/Command";
import type { Implementation } from "@millrace/core/conformance/Implementation";
import { afterAll, expect, test } from "vitest";
import * as OnDisk from "./OnDisk.ts";

const base = mkdtempSync(join(tmpdir(), "millrace-import-rules-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));
const disk = OnDisk.open(base);

const onDisk: Implementation = {
  name: "real directories",
  filters: true,
  run: (request) =>
    disk.run(request, (result) =>
      "conflict" in result
        ? { type: "conflict" }
        : { type: "imported", tree: Command.read(result.directory), ...result.report },
    ),
};

test("real directories keep every rule", async () => {
  const findings = await Check.check(onDisk, { runs: 6 });
  expect(Check.report("real directories", findings)).toContain(" 0 fail, 0 skipped");
});
