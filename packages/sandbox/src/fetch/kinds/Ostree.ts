/**
 * `ostree`: a commit of an OSTree repository, pulled and checked out by the host's `ostree`.
 *
 * Each url has a repository of its own below the source directory, in archive mode and with the places it pulls from as remotes, which BuildStream names
 * the same way. A remote whose url has an alias is named by the url that the alias led to.
 */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Json } from "@millrace/core/element/Element";
import { BstError } from "@millrace/core/error/BstError";
import type { Settings } from "@millrace/core/source/kinds/Ostree";
import type { Directory } from "@millrace/core/tree/Directory";
import * as Effect from "effect/Effect";
import * as TemporaryDirectory from "../../cas/TemporaryDirectory.ts";
import { type Candidate, tryEach, withoutSecrets } from "../AliasUrls.ts";
import * as HostProgram from "../HostProgram.ts";
import type { SourceDriver, Subject } from "../SourceDriver.ts";
import * as SourceRef from "../SourceRef.ts";
import * as Timed from "../Timed.ts";
import * as UrlDirectory from "../UrlDirectory.ts";

function settingsOf({ source }: Subject): Settings {
  return source.settings as Settings;
}

function repositoryOf(subject: Subject): string {
  return UrlDirectory.path(subject.environment.locations.sourcedir, "ostree", settingsOf(subject).url);
}

function ostree(parameters: readonly string[], failure: string, temporary = false) {
  return HostProgram.run({ program: "ostree", arguments: parameters, failure, temporary });
}

/** Commits are SHA-256; names of branches are what `ostree` takes for one, and never options of it. */
function checked(subject: Subject, ref: string): Effect.Effect<string, BstError> {
  if (/^[A-Za-z0-9_][A-Za-z0-9_./+-]*$/.test(ref)) return Effect.succeed(ref);
  return Effect.fail(
    new BstError({
      domain: "SOURCE",
      reason: null,
      message: `${JSON.stringify(ref)} of the ostree source of ${subject.source.context.elementName} is neither a commit nor a branch`,
    }),
  );
}

/** The driver. */
export const driver: SourceDriver = {
  kind: "ostree",
  isCached: (subject) => {
    const { ref } = settingsOf(subject);
    if (ref === undefined) return false;
    // The commit's own object comes last in a pull, and the mark is there while some of its files are not.
    const repository = repositoryOf(subject);
    const object = join(repository, "objects", ref.slice(0, 2), `${ref.slice(2)}.commit`);
    return existsSync(object) && !existsSync(join(repository, "state", `${ref}.commitpartial`));
  },
  track: Effect.fnUntraced(function* (subject: Subject): Effect.fn.Return<Json | undefined, BstError> {
    const { track, url } = settingsOf(subject);
    if (track === undefined || track === "") return undefined;
    yield* checked(subject, track);
    return yield* tryEach(subject, url, SourceRef.translate(subject, url), "track", (candidate) =>
      Effect.gen(function* () {
        const place = withoutSecrets(candidate.url);
        const remote = yield* pull(subject, candidate, track, `Fetching tracking ref '${track}' from origin: ${place}`);
        const { text } = yield* ostree(
          ["rev-parse", `--repo=${repositoryOf(subject)}`, "--", `${remote}:${track}`],
          `Cannot tell the commit of '${track}' from ${place}`,
        );
        return text.trim();
      }),
    );
  }),
  fetch: Effect.fnUntraced(function* (subject: Subject): Effect.fn.Return<void, BstError> {
    const { url } = settingsOf(subject);
    const ref = yield* checked(subject, SourceRef.textRef(subject));
    yield* tryEach(subject, url, SourceRef.translate(subject, url), "fetch", (candidate) =>
      pull(subject, candidate, ref, `Fetching remote ref: ${ref} from origin: ${withoutSecrets(candidate.url)}`),
    );
  }),
  stage: { type: "tree", make: (subject) => Effect.scoped(stage(subject)) },
};

/** Pulls a commit or branch from a place; gives the remote's name. */
const pull = Effect.fnUntraced(function* (
  subject: Subject,
  candidate: Candidate,
  ref: string,
  activity: string,
): Effect.fn.Return<string, BstError> {
  const repository = repositoryOf(subject);
  const place = withoutSecrets(candidate.url);
  // This command takes what follows `--` for options all the same.
  if (candidate.url.startsWith("-")) return yield* noUrl(place);
  yield* ensure(subject, repository);
  const remote = candidate.url === settingsOf(subject).url ? "origin" : UrlDirectory.name(candidate.url);
  const { gpgKey } = settingsOf(subject);
  const key = gpgKey === undefined ? ["--no-gpg-verify"] : [`--gpg-import=${keyFile(subject, gpgKey)}`];
  yield* ostree(
    ["remote", "add", "--if-not-exists", `--repo=${repository}`, ...key, remote, candidate.url],
    `Cannot add ${place} to the repository of the ostree source`,
  );
  yield* Timed.activity(
    subject.environment,
    activity,
    ostree(["pull", `--repo=${repository}`, "--", remote, ref], `Cannot fetch '${ref}' from ${place}`, true),
  );
  return remote;
});

function noUrl(place: string): BstError {
  return new BstError({
    domain: "SOURCE",
    reason: null,
    message: `${JSON.stringify(place)} is no url of an ostree repository`,
  });
}

function keyFile({ source }: Subject, path: string): string {
  return join(source.context.files.directory, path);
}

const ensure = Effect.fnUntraced(function* (subject: Subject, repository: string): Effect.fn.Return<void, BstError> {
  if (existsSync(join(repository, "config"))) return;
  const place = withoutSecrets(settingsOf(subject).url);
  subject.environment.report({ type: "status", text: `Creating local mirror for ${place}` });
  yield* UrlDirectory.make(dirname(repository));
  const failure = "Cannot make an ostree repository below the source directory";
  yield* ostree(["init", `--repo=${repository}`, "--mode=archive-z2"], failure);
  // How full the disk may get is the cache quota's matter.
  yield* ostree(["config", `--repo=${repository}`, "set", "core.min-free-space-percent", "0"], failure);
});

const stage = Effect.fnUntraced(function* (subject: Subject) {
  const { cas, locations } = subject.environment;
  const ref = yield* checked(subject, SourceRef.textRef(subject));
  const scratch = yield* TemporaryDirectory.make(locations.cachedir, "ostree");
  const checkout = join(scratch, "checkout");
  yield* Timed.activity(
    subject.environment,
    `Staging ref: ${ref} from origin: ${withoutSecrets(settingsOf(subject).url)}`,
    ostree(
      ["checkout", `--repo=${repositoryOf(subject)}`, "--user-mode", "--", ref, checkout],
      `Cannot check out the commit '${ref}'`,
    ),
  );
  const { directory } = yield* cas.capture(checkout, { own: true });
  return directory satisfies Directory;
});
