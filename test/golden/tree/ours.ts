/** Our answer to a request of `oracle.py`, in its form. */
import type { Request } from "../../../packages/core/conformance/Arbitraries.ts";
import * as Sample from "../../../packages/core/conformance/Sample.ts";
import * as BstError from "../../../packages/core/src/error/BstError.ts";
import * as Digest from "../../../packages/core/src/tree/Digest.ts";
import * as DirectoryCodec from "../../../packages/core/src/tree/DirectoryCodec.ts";
import * as Import from "../../../packages/core/src/tree/Import.ts";
import * as Paths from "../../../packages/core/src/tree/Paths.ts";

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
    if (cause instanceof BstError.BstError) return { conflict: /^\/(.*) is a /s.exec(cause.message)?.[1] ?? cause.message };
    throw cause;
  }
}
