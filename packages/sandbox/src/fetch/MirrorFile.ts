/**
 * One downloaded file known by its SHA-256: what `tar`, `zip`, `deb` and `remote` sources have in common.
 *
 * The file is `sourcedir/KIND/URLDIR/SHA256`, beside it `SHA256.etag` with the server's tag; BuildStream keeps them the same way, so either tool
 * uses what the other downloaded. A download goes to a temporary file beside and gets its name when its hash is known: a file under a name
 * has had that content once. It is not hashed again at every use; unpacking or staging it notices damage of its own kind.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Json } from "@millrace/core/element/Element";
import { BstError } from "@millrace/core/error/BstError";
import type { Settings } from "@millrace/core/source/kinds/Downloadable";
import * as Effect from "effect/Effect";
import * as Records from "../cas/Records.ts";
import { tryEach, withoutSecrets } from "./AliasUrls.ts";
import * as Download from "./Download.ts";
import type { Candidate, SourceDriver, Subject } from "./SourceDriver.ts";
import * as SourceRef from "./SourceRef.ts";
import * as Timed from "./Timed.ts";
import * as UrlDirectory from "./UrlDirectory.ts";

/** The settings of a source of such a kind. */
function settingsOf(subject: Subject): Settings {
  return subject.source.settings as Settings;
}

/** Where the file with a hash is. */
export function path(subject: Subject, sha256: string): string {
  const { source, environment } = subject;
  return join(UrlDirectory.path(environment.locations.sourcedir, source.kind.name, settingsOf(subject).url), sha256);
}

/** The path of the file that the ref names; fails when it is not there. */
export function require_(subject: Subject): Effect.Effect<string, BstError> {
  const { ref, url } = settingsOf(subject);
  const file = path(subject, ref ?? "");
  if (ref !== undefined && existsSync(file)) return Effect.succeed(file);
  return Effect.fail(
    new BstError({
      domain: "SOURCE",
      reason: null,
      message: `The file of ${withoutSecrets(url)} in ${subject.source.context.elementName} has not been fetched`,
      hint: `Run \`bst source fetch ${subject.source.context.elementName}\`.`,
    }),
  );
}

/** The parts of a driver that such kinds share. */
export const members: Pick<SourceDriver, "isCached" | "fetch" | "track"> = {
  isCached: (subject) => {
    const { ref } = settingsOf(subject);
    return ref !== undefined && statSync(path(subject, ref), { throwIfNoEntry: false })?.isFile() === true;
  },
  fetch: Effect.fnUntraced(function* (subject: Subject): Effect.fn.Return<void, BstError> {
    const { ref, url, translated } = settingsOf(subject);
    yield* tryEach(subject, url, translated, "fetch", (candidate) =>
      mirror(subject, candidate, "Fetching").pipe(
        Effect.flatMap((sha256) =>
          sha256 === ref
            ? Effect.void
            : Effect.fail(
                new BstError({
                  domain: "SOURCE",
                  reason: null,
                  message: `The file at ${withoutSecrets(candidate.url)} has the SHA-256 ${sha256}, not ${ref} as the ref of ${subject.source.context.elementName} says`,
                  hint: "If the file was replaced on purpose, run `bst source track`; if not, do not trust this server.",
                }),
              ),
        ),
      ),
    );
  }),
  track: Effect.fnUntraced(function* (subject: Subject): Effect.fn.Return<Json | undefined, BstError> {
    const { ref, url, translated } = settingsOf(subject);
    const found = yield* tryEach(subject, url, translated, "track", (candidate) =>
      mirror(subject, candidate, "Tracking"),
    );
    if (ref !== undefined && ref !== found)
      subject.environment.report({
        type: "warning",
        text: "Potential man-in-the-middle attack!",
        detail: `Tracking found another file than the ref names:\n  Tracked URL: ${withoutSecrets(translated)}\n  Current ref: ${ref}\n  New ref: ${found}`,
      });
    return found;
  }),
};

/** Downloads from one place into the mirror directory; gives the hash. */
const mirror = Effect.fnUntraced(function* (
  subject: Subject,
  candidate: Candidate,
  activity: string,
): Effect.fn.Return<string, BstError> {
  const { ref } = settingsOf(subject);
  const { environment } = subject;
  const directory = path(subject, "");
  // A tag is only sent when the file that it speaks of is here: what was lost must come again.
  const known = ref !== undefined && existsSync(path(subject, ref)) ? ref : undefined;
  const shown = withoutSecrets(candidate.url);
  const download = Effect.gen(function* () {
    const made = Effect.try({
      try: () => mkdirSync(directory, { recursive: true }),
      catch: (cause) => Download.failure(candidate.url, (cause as Error).message, false),
    });
    yield* made;
    const result = yield* Download.toFile({
      url: candidate.url,
      directory,
      etag: known === undefined ? undefined : readEtag(join(directory, `${known}.etag`)),
      bearer: candidate.bearer,
      limit: environment.locations.sizeLimit,
      progress: (done, total) => environment.report({ type: "bytes", done, total }),
    });
    if (result.type === "unchanged") return known as string;
    const { sha256, etag } = result;
    yield* Effect.sync(() => {
      // Over an old file too, which may have been damaged.
      renameSync(result.file, join(directory, sha256));
      if (etag !== undefined) Records.write(join(directory, `${sha256}.etag`), Buffer.from(etag));
    });
    return sha256;
  });
  // The activity is that of trying, which succeeds in BuildStream's logs also when the server has nothing to give.
  const tried = yield* Timed.activity(environment, `${activity} ${shown}`, Effect.result(download));
  if (tried._tag === "Success") return tried.success;
  return yield* SourceRef.located(subject, tried.failure);
});

function readEtag(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
