/** Our answers to a request of `oracle.py`, in its form: of trees in memory, and of real directories. */
import type { Request } from "../../../packages/core/conformance/Arbitraries.ts";
import * as Sample from "../../../packages/core/conformance/Sample.ts";
import * as BstError from "../../../packages/core/src/error/BstError.ts";
import * as Digest from "../../../packages/core/src/tree/Digest.ts";
import * as DirectoryCodec from "../../../packages/core/src/tree/DirectoryCodec.ts";
import * as Import from "../../../packages/core/src/tree/Import.ts";
import * as Paths from "../../../packages/core/src/tree/Paths.ts";
import * as Capture from "../../../packages/sandbox/src/cas/Capture.ts";
import type * as OnDisk from "../../../packages/sandbox/test/cas/OnDisk.ts";

export type Answer =
  | { readonly conflict: string }
  | {
      readonly digest: string;
      readonly written: readonly string[];
      readonly overwritten: readonly string[];
      readonly ignored: readonly string[];
      readonly list: readonly string[];
    };

export function ourAnswer({ destination, source, accept }: Request): Answer {
  const texts: Sample.Texts = new Map();
  const accepted = accept == null ? undefined : new Set(accept);
  try {
    const { tree, report } = Import.into(Sample.toDirectory(destination, texts), Sample.toDirectory(source, texts), {
      listWritten: true,
      filter: accepted === undefined ? undefined : (path) => accepted.has(path),
    });
    return {
      digest: Digest.format(DirectoryCodec.digestOf(tree)),
      written: report.written ?? [],
      overwritten: report.overwritten,
      ignored: report.ignored,
      list: Paths.listPaths(tree),
    };
  } catch (cause) {
    if (cause instanceof BstError.BstError) return { conflict: conflictOf(cause) };
    throw cause;
  }
}

/** The path that the error of a conflict names. */
function conflictOf(error: BstError.BstError): string {
  return /^\/(.*) is a /s.exec(error.message)?.[1] ?? error.message;
}

/** The same answer from real directories: the tree is that of the checked out result, captured again. */
export function diskAnswer(disk: OnDisk.Disk, request: Request): Promise<Answer> {
  return disk.run(request, (result) => {
    if ("conflict" in result) return { conflict: conflictOf(result.conflict) };
    const { written, overwritten, ignored } = result.report;
    const tree = Capture.capture(disk.store, result.directory).directory;
    const digest = Digest.format(DirectoryCodec.digestOf(tree));
    return { digest, written: written ?? [], overwritten, ignored, list: Paths.listPaths(tree, disk.reader) };
  });
}
