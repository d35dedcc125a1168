/** Our own trees as an implementation under test. */

import * as BstError from "@millrace/core/error/BstError";
import * as Import from "@millrace/core/tree/Import";
import * as Result from "effect/Result";
import type { Implementation } from "./Implementation.ts";
import * as Sample from "./Sample.ts";

/** `tree/Import.ts`, BuildStream 2.8's rules. */
export const trees: Implementation = {
  name: "@millrace/core trees",
  filters: true,
  run: ({ destination, source, accept }) => {
    const texts: Sample.Texts = new Map();
    const accepted = accept === undefined ? undefined : new Set(accept);
    const result = BstError.attempt(() =>
      Import.into(Sample.toDirectory(destination, texts), Sample.toDirectory(source, texts), {
        listWritten: true,
        filter: accepted === undefined ? undefined : (path) => accepted.has(path),
      }),
    );
    if (Result.isFailure(result)) return { type: "conflict", path: /^\/(.*) is a /s.exec(result.failure.message)?.[1] };
    const { tree, report } = result.success;
    return { type: "imported", tree: Sample.fromDirectory(tree, texts), ...report };
  },
};
