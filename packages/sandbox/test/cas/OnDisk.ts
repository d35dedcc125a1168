/** Imports on real directories: both are written, captured into a store, imported there, and the result is checked out again. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Request } from "@millrace/core/conformance/Arbitraries";
import * as Command from "@millrace/core/conformance/Command";
import { BstError } from "@millrace/core/error/BstError";
import type { Reader } from "@millrace/core/tree/Directory";
import * as Import from "@millrace/core/tree/Import";
import * as Capture from "@millrace/sandbox/cas/Capture";
import * as Checkout from "@millrace/sandbox/cas/Checkout";
import * as ObjectStore from "@millrace/sandbox/cas/ObjectStore";
import * as Effect from "effect/Effect";

/** What an import left: its report and where its result is checked out, or the error of a conflict. */
export type Result = { readonly report: Import.Report; readonly directory: string } | { readonly conflict: BstError };

/** A store, and one import after the other in it; `look` sees each result before it is removed. */
export interface Disk {
  readonly store: ObjectStore.ObjectStore;
  readonly reader: Reader;
  run<A>(request: Request, look: (result: Result) => A): Promise<A>;
}

/** Opens a store below `base`, where the directories are made too. */
export function open(base: string): Disk {
  const store = ObjectStore.open(join(base, "cache"));
  const reader = ObjectStore.reader(store);
  let count = 0;
  const run = async <A>({ destination, source, accept }: Request, look: (result: Result) => A): Promise<A> => {
    const work = join(base, String(count++));
    const directory = join(work, "result");
    Command.write(destination, join(work, "destination"), 1_600_000_000);
    Command.write(source, join(work, "source"), 1_700_000_000);
    const into = Capture.capture(store, join(work, "destination")).directory;
    const from = Capture.capture(store, join(work, "source")).directory;
    const accepted = accept == null ? undefined : new Set(accept);
    try {
      const { tree, report } = Import.into(into, from, {
        reader,
        listWritten: true,
        filter: accepted === undefined ? undefined : (path) => accepted.has(path),
      });
      await Effect.runPromise(Checkout.checkout(store, ObjectStore.putTree(store, tree), directory));
      return look({ report, directory });
    } catch (cause) {
      if (cause instanceof BstError && cause.domain === "VIRTUAL_FS") return look({ conflict: cause });
      throw cause;
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  };
  return { store, reader, run };
}
