/**
 * `bzr`: a revision of a Bazaar branch, through the host's `bzr`.
 *
 * The branch is kept, without work tree, in a repository for its url below the source directory, where BuildStream keeps it too.
 */
import { spawnSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { BstError, raise } from "@millrace/core/error/BstError";
import type { Settings } from "@millrace/core/source/kinds/Bzr";
import * as Effect from "effect/Effect";
import * as Semaphore from "effect/Semaphore";
import { attempt } from "../../cas/Cas.ts";
import * as TemporaryDirectory from "../../cas/TemporaryDirectory.ts";
import { type Candidate, tryEach, withoutSecrets } from "../AliasUrls.ts";
import * as HostProgram from "../HostProgram.ts";
import type { SourceDriver, Subject } from "../SourceDriver.ts";
import * as SourceRef from "../SourceRef.ts";
import * as Timed from "../Timed.ts";
import * as UrlDirectory from "../UrlDirectory.ts";

/** Bazaar's repositories are written by one at a time. */
const writing = Semaphore.makeUnsafe(1);

function settingsOf({ source }: Subject): Settings {
  return source.settings as Settings;
}

function repositoryOf(subject: Subject): string {
  return UrlDirectory.path(subject.environment.locations.sourcedir, "bzr", settingsOf(subject).url);
}

/** The directory of the branch; its name comes from the project and must not lead anywhere else. */
function branchOf(subject: Subject): string {
  const { track } = settingsOf(subject);
  if (track === "" || track.startsWith("-") || track.startsWith("/") || track.split("/").includes(".."))
    raise({
      domain: "SOURCE",
      reason: null,
      message: `${JSON.stringify(track)} of the bzr source of ${subject.source.context.elementName} is no branch`,
      hint: "`track` is the branch's path below the url.",
    });
  return join(repositoryOf(subject), track);
}

function revisionOf(subject: Subject): string {
  const ref = SourceRef.textRef(subject);
  if (/^\d+(?:\.\d+)*$/.test(ref)) return `--revision=revno:${ref}`;
  return raise({
    domain: "SOURCE",
    reason: null,
    message: `The ref ${JSON.stringify(ref)} of the bzr source of ${subject.source.context.elementName} is no revision number`,
  });
}

function bzr(parameters: readonly string[], failure: string, temporary = false) {
  return HostProgram.run({ program: "bzr", arguments: parameters, failure, temporary });
}

function hasRevision(subject: Subject): boolean {
  const branch = branchOf(subject);
  if (!existsSync(branch)) return false;
  return spawnSync("bzr", ["revno", revisionOf(subject), branch], { stdio: "ignore" }).status === 0;
}

/** The driver. */
export const driver: SourceDriver = {
  kind: "bzr",
  isCached: hasRevision,
  track: Effect.fnUntraced(function* (subject: Subject) {
    const { url } = settingsOf(subject);
    const branch = yield* attempt(() => branchOf(subject));
    return yield* tryEach(subject, url, SourceRef.translate(subject, url), "track", (candidate) =>
      Timed.activity(
        subject.environment,
        `Tracking ${withoutSecrets(candidate.url)}`,
        writing.withPermits(1)(
          Effect.gen(function* () {
            yield* update(subject, candidate, branch);
            const parameters = ["version-info", "--custom", "--template={revno}", branch];
            const { text } = yield* bzr(parameters, `Cannot read the revision number of ${branch}`);
            return text;
          }),
        ),
      ),
    );
  }),
  fetch: Effect.fnUntraced(function* (subject: Subject): Effect.fn.Return<void, BstError> {
    const { url, ref, track } = settingsOf(subject);
    const [branch] = yield* attempt(() => [branchOf(subject), revisionOf(subject)] as const);
    yield* tryEach(subject, url, SourceRef.translate(subject, url), "fetch", (candidate) =>
      Timed.activity(
        subject.environment,
        `Fetching ${withoutSecrets(candidate.url)}`,
        writing.withPermits(1)(
          Effect.gen(function* () {
            yield* update(subject, candidate, branch);
            if (yield* attempt(() => hasRevision(subject))) return;
            return yield* new BstError({
              domain: "SOURCE",
              reason: "ref-not-mirrored",
              message: `The branch '${track}' at ${withoutSecrets(candidate.url)} has no revision ${ref}`,
              hint: "Check the ref, or run `bst source track`.",
            });
          }),
        ),
      ),
    );
  }),
  stage: {
    type: "tree",
    make: (subject) =>
      Effect.scoped(
        Effect.gen(function* () {
          const { cas, locations } = subject.environment;
          const scratch = yield* TemporaryDirectory.make(locations.cachedir, "bzr");
          const checkout = join(scratch, "checkout");
          const [branch, revision] = yield* attempt(() => [branchOf(subject), revisionOf(subject)] as const);
          yield* bzr(
            ["checkout", "--lightweight", revision, branch, checkout],
            `Cannot check out the revision ${SourceRef.textRef(subject)} of ${branch}`,
          );
          yield* Effect.sync(() => rmSync(join(checkout, ".bzr"), { recursive: true, force: true }));
          return (yield* cas.capture(checkout, { own: true })).directory;
        }),
      ),
  },
  initWorkspace: Effect.fnUntraced(function* (subject: Subject, directory: string): Effect.fn.Return<void, BstError> {
    const { track, url } = settingsOf(subject);
    const [branch, revision] = yield* attempt(() => [branchOf(subject), revisionOf(subject)] as const);
    yield* Timed.activity(
      subject.environment,
      `Setting up workspace "${directory}"`,
      Effect.gen(function* () {
        yield* bzr(
          ["branch", "--use-existing-dir", revision, branch, directory],
          `Cannot branch from ${branch} to ${directory}`,
        );
        const origin = `${SourceRef.translate(subject, url)}/${track}`;
        yield* bzr(["switch", `--directory=${directory}`, origin], `Cannot make ${withoutSecrets(origin)} the parent`);
      }),
    );
  }),
};

/** Brings the branch up to date, making it when it is not there. */
const update = Effect.fnUntraced(function* (
  subject: Subject,
  candidate: Candidate,
  branch: string,
): Effect.fn.Return<void, BstError> {
  const repository = repositoryOf(subject);
  const place = `${candidate.url}/${settingsOf(subject).track}`;
  yield* UrlDirectory.make(dirname(repository));
  if (!existsSync(join(repository, ".bzr")))
    yield* bzr(["init-repo", "--no-trees", repository], "Cannot make a bzr repository below the source directory");
  const failure = `Cannot get the branch ${withoutSecrets(place)}`;
  if (existsSync(branch)) yield* bzr(["pull", `--directory=${branch}`, "--", place], failure, true);
  else {
    yield* UrlDirectory.make(dirname(branch));
    yield* bzr(["branch", "--", place, branch], failure, true);
  }
});
