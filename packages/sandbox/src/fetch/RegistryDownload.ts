/**
 * One file of a package registry: a base url (which aliases and mirrors may replace) and a suffix, known by its SHA-256. Kept below the source
 * directory where BuildStream keeps it.
 */
import { existsSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { BstError } from "@millrace/core/error/BstError";
import * as Effect from "effect/Effect";
import type { ObjectStore } from "../cas/ObjectStore.ts";
import { tryEach, withoutSecrets } from "./AliasUrls.ts";
import * as Download from "./Download.ts";
import type { Subject } from "./SourceDriver.ts";
import * as SourceRef from "./SourceRef.ts";
import * as Timed from "./Timed.ts";
import * as UrlDirectory from "./UrlDirectory.ts";

export interface File {
  /** The mirror directory of this file. */
  readonly directory: string;
  /** As written. */
  readonly base: string;
  readonly suffix: string;
  /** Undefined while tracking: whatever is there. */
  readonly sha256: string | undefined;
}

/** Whether it is there. A ref that is no hash, but perhaps a way out of the directory, never is. */
export function has({ directory, sha256 }: File): boolean {
  return sha256 !== undefined && /^[0-9a-f]{64}$/.test(sha256) && existsSync(join(directory, sha256));
}

/** Makes something of the file, which must be there. */
export function stage<A>(
  { source, environment }: Subject,
  file: File,
  make: (store: ObjectStore, path: string, name: string) => Effect.Effect<A, BstError>,
): Effect.Effect<A, BstError> {
  const { elementName } = source.context;
  if (has(file)) return make(environment.cas.store, join(file.directory, file.sha256 ?? ""), file.suffix);
  return Effect.fail(
    new BstError({
      domain: "SOURCE",
      reason: null,
      message: `The file of the ${source.kind.name} source of ${elementName} with the SHA-256 ${file.sha256 ?? "(none)"} has not been fetched`,
      hint: `Run \`bst source fetch ${elementName}\`.`,
    }),
  );
}

/** Downloads it unless it is there; gives the hash. */
export const fetch = Effect.fnUntraced(function* (
  subject: Subject,
  file: File,
  purpose: "fetch" | "track" = "fetch",
): Effect.fn.Return<string, BstError> {
  const { directory, base, suffix, sha256 } = file;
  if (sha256 !== undefined && has(file)) return sha256;
  const { environment } = subject;
  return yield* tryEach(subject, base + suffix, SourceRef.translate(subject, base) + suffix, purpose, (candidate) => {
    const { url } = candidate;
    return Timed.activity(
      environment,
      `Fetching from ${withoutSecrets(url)}`,
      Effect.gen(function* () {
        yield* UrlDirectory.make(directory);
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
