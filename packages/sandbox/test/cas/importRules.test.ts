/** The import rules on real directories: captured into a store, imported by address, checked out again. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as Check from "@millrace/core/conformance/Check";
import * as Command from "@millrace/core/conformance/Command";
import type { Implementation } from "@millrace/core/conformance/Implementation";
import { BstError } from "@millrace/core/error/BstError";
import * as Import from "@millrace/core/tree/Import";
import * as Capture from "@millrace/sandbox/cas/Capture";
import * as Checkout from "@millrace/sandbox/cas/Checkout";
import * as ObjectStore from "@millrace/sandbox/cas/ObjectStore";
import * as Effect from "effect/Effect";
import { afterAll, expect, test } from "vitest";

const base = mkdtempSync(join(tmpdir(), "millrace-import-rules-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));
const store = ObjectStore.open(join(base, "cache"));
let count = 0;

const onDisk: Implementation = {
  name: "real directories",
  filters: true,
  run: async ({ destination, source, accept }) => {
    const work = join(base, String(count++));
    Command.write(destination, join(work, "destination"), 1_600_000_000);
    Command.write(source, join(work, "source"), 1_700_000_000);
    const into = Capture.capture(store, join(work, "destination")).directory;
    const from = Capture.capture(store, join(work, "source")).directory;
    const accepted = accept === undefined ? undefined : new Set(accept);
    try {
      const { tree, report } = Import.into(into, from, {
        reader: ObjectStore.reader(store),
        listWritten: true,
        filter: accepted === undefined ? undefined : (path) => accepted.has(path),
      });
      await Effect.runPromise(Checkout.checkout(store, ObjectStore.putTree(store, tree), join(work, "result")));
      return { type: "imported", tree: Command.read(join(work, "result")), ...report };
    } catch (cause) {
      if (cause instanceof BstError && cause.domain === "VIRTUAL_FS") return { type: "conflict" };
      throw cause;
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  },
};

test("real directories keep every rule", async () => {
  const findings = await Check.check(onDisk, { runs: 6 });
  expect(Check.report("real directories", findings)).toContain(" 0 fail, 0 skipped");
});
