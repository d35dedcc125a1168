/**
 * One file of a package registry: a base url (which aliases and mirrors may replace) and a suffix, known by its SHA-256. Kept below the source
 * directory where BuildStream keeps it.
 */
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { BstError } from "@millrace/core/error/BstError";
import * as Effect from "effect/Effect";
import { tryEach, withoutSecrets } from "./AliasUrls.ts";
import * as Download from "./Download.ts";
import type { Subject } from "./SourceDriver.ts";
import * as SourceRef from "./SourceRef.ts";
import * as Timed from "./Timed.ts";

export interface File {
  /** The mirror directory of this file. */
  readonly directory: string;
  /** As written. */
  readonly base: string;
  readonly suffix: string;
  /** Undefined while tracking: whatever is there. */
  readonly sha256: string | undefined;
}

/** Whether it is there. */
export function has({ directory, sha256 }: File): boolean {
  return sha256 !== undefined && existsSync(join(directory, sha256));
}

/** Downloads it unless it is there; gives the hash. */
export const fetch = Effect.fnUntraced(function* (subject: Subject, file: File): Effect.fn.Return<string, BstError> {
  const { directory, base, suffix, sha256 } = file;
  if (sha256 !== undefined && has(file)) return sha256;
  const { environment } = subject;
  return yield* tryEach(subject, base, SourceRef.translate(subject, base), "fetch", (candidate) => {
    const url = candidate.url + suffix;
    return Timed.activity(
      environment,
      `Fetching from ${withoutSecrets(url)}`,
      Effect.gen(function* () {
        mkdirSync(directory, { recursive: true });
        const got = yield* Download.toFile({
          url,
          directory,
          bearer: candidate.bearer,
          progress: (done, total) => environment.report({ type: "bytes", done, total }),
        });
        if (got.type === "unchanged") return yield* Download.failure(url, "the server answers that nothing changed");
        if (sha256 !== undefined && got.sha256 !== sha256) {
          rmSync(got.file, { force: true });
          return yield* new BstError({
            domain: "SOURCE",
            reason: null,
            message: `The file at ${withoutSecrets(url)} has the SHA-256 ${got.sha256}, not ${sha256} as the ref of ${subject.source.context.elementName} says`,
            hint: "If the file was replaced on purpose, run `bst source track`; if not, do not trust this server.",
          });
        }
        renameSync(got.file, join(directory, got.sha256));
        return got.sha256;
      }),
    );
  });
});
