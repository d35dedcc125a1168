/** What the harness asks of an implementation of the import rules. */
import type { Request } from "./Arbitraries.ts";
import type { Sample } from "./Sample.ts";

/** What an import gave. Lists that an implementation does not make are undefined, and the rules about them are passed over. */
export type Outcome =
  | {
      readonly type: "imported";
      readonly tree: Sample;
      readonly written?: readonly string[] | undefined;
      readonly overwritten?: readonly string[] | undefined;
      readonly ignored?: readonly string[] | undefined;
    }
  /** A directory met a file or link; `path` where it says so. */
  | { readonly type: "conflict"; readonly path?: string | undefined };

export interface Implementation {
  readonly name: string;
  /** Whether it takes a filter; rules about filters are passed over when not. */
  readonly filters: boolean;
  /** Imports `source` into `destination` and tells what came of it. */
  readonly run: (request: Request) => Outcome | Promise<Outcome>;
  /** Frees what it holds, when the checks are over. */
  readonly close?: (() => void) | undefined;
}
