/** One commit from wherever its repository can be had: the url itself, or the mirrors of its alias, in their order. */
import type { BstError } from "@millrace/core/error/BstError";
import type * as Effect from "effect/Effect";
import { tryEach, withoutSecrets } from "../AliasUrls.ts";
import type { Subject } from "../SourceDriver.ts";
import * as SourceRef from "../SourceRef.ts";
import * as Timed from "../Timed.ts";
import * as GitMirror from "./GitMirror.ts";

/** Fetches it into a mirror repository; `url` is as the project has it, with its alias. */
export function fetch(
  subject: Subject,
  url: string,
  repository: string,
  wanted: GitMirror.Wanted,
): Effect.Effect<void, BstError> {
  return tryEach(subject, url, SourceRef.translate(subject, url), "fetch", (candidate) =>
    Timed.activity(
      subject.environment,
      `Fetching from ${withoutSecrets(candidate.url)}`,
      GitMirror.fetch(repository, candidate.url, wanted),
    ),
  );
}
