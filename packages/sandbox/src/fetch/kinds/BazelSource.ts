/**
 * `bazel_source`: what a Bazel workspace among the sources before it downloads, gathered for `--distdir`.
 *
 * The workspace's list of its external repositories (made by Bazel) is the ref: its SHA-256 is. Where there is none the host's Bazel may make one, if the
 * source allows that; then nothing can be checked.
 */
import { existsSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { BstError } from "@millrace/core/error/BstError";
import type { Settings } from "@millrace/core/source/kinds/BazelSource";
import * as Draft from "@millrace/core/tree/Draft";
import * as Import from "@millrace/core/tree/Import";
import * as Paths from "@millrace/core/tree/Paths";
import * as Sha256 from "@millrace/core/tree/Sha256";
import * as Tree from "@millrace/core/tree/Tree";
import * as Effect from "effect/Effect";
import { attempt } from "../../cas/Cas.ts";
import * as ObjectStore from "../../cas/ObjectStore.ts";
import * as TemporaryDirectory from "../../cas/TemporaryDirectory.ts";
import { withoutSecrets } from "../AliasUrls.ts";
import * as Download from "../Download.ts";
import * as HostProgram from "../HostProgram.ts";
import * as PreviousFile from "../PreviousFile.ts";
import type { SourceDriver, Subject } from "../SourceDriver.ts";
import * as SourceRef from "../SourceRef.ts";
import * as StarlarkData from "../StarlarkData.ts";
import * as Timed from "../Timed.ts";
import * as UrlDirectory from "../UrlDirectory.ts";

function settingsOf({ source }: Subject): Settings {
  return source.settings as Settings;
}

function mirrorOf(subject: Subject): string {
  const { context, index } = subject.source;
  const name = `${context.elementName}-${index}-${SourceRef.textRef(subject)}`;
  return join(subject.environment.locations.sourcedir, "bazel_source", name.replaceAll("..", "__"));
}

/** The driver. */
export const driver: SourceDriver = {
  kind: "bazel_source",
  isCached: (subject) => {
    const mirror = mirrorOf(subject);
    return existsSync(mirror) && readdirSync(mirror).length > 0;
  },
  track: (subject, previous) => repositoryFile(subject, previous ?? ".").pipe(Effect.map(({ hash }) => hash)),
  fetch: Effect.fnUntraced(function* (subject: Subject, previous): Effect.fn.Return<void, BstError> {
    const { text, hash, byHost } = yield* repositoryFile(subject, previous ?? ".");
    const { ref, repositoryFile: file } = settingsOf(subject);
    const { report } = subject.environment;
    if (byHost) report({ type: "warning", text: "The ref is not checked: the host's Bazel made the repository file" });
    else if (hash !== ref)
      return yield* new BstError({
        domain: "SOURCE",
        reason: null,
        message: `The repository file '${file}' before the bazel_source of ${subject.source.context.elementName} has the SHA-256 ${hash}, not ${ref} as the ref says`,
        hint: "Run `bst source track` if the sources before it have changed.",
      });
    yield* Effect.scoped(fetchAll(subject, text));
  }),
  stage: {
    type: "tree",
    make: (subject) =>
      Timed.activity(
        subject.environment,
        "Staging Bazel sources",
        Effect.gen(function* () {
          const { cas } = subject.environment;
          const { directory } = yield* cas.capture(mirrorOf(subject));
          return yield* attempt(() => {
            const draft = Draft.open(Tree.empty);
            const target = Paths.openDraft(draft, settingsOf(subject).workspaceDirectory);
            Import.intoDraft(target, directory, { reader: ObjectStore.reader(cas.store) });
            return Draft.freeze(draft);
          });
        }),
      ),
  },
};

/** The list of external repositories, its hash (with plain line ends), and whether the host's Bazel made it. */
const repositoryFile = Effect.fnUntraced(function* (subject: Subject, previous: string) {
  const { allowHostBazel, repositoryFile: file, workspaceDirectory } = settingsOf(subject);
  const path = join(workspaceDirectory, file);
  const byHost = !existsSync(join(previous, path));
  if (byHost) {
    subject.environment.report({ type: "warning", text: `The repository file '${file}' is not there` });
    if (allowHostBazel) yield* Effect.scoped(makeByHost(subject, join(previous, workspaceDirectory), file));
  }
  const hint = allowHostBazel
    ? "The host's Bazel did not make it."
    : "Have Bazel make it upstream (`--experimental_repository_resolved_file`), or set `allow-host-bazel`.";
  const bytes = yield* PreviousFile.read(subject, previous, path, hint);
  const text = bytes.toString();
  return { text, hash: Sha256.hex(text.replace(/\r\n?/g, "\n")), byHost };
});

const makeByHost = Effect.fnUntraced(function* (subject: Subject, workspace: string, file: string) {
  const base = yield* TemporaryDirectory.make(subject.environment.locations.cachedir, "bazel");
  const bazel = (parameters: readonly string[], failure: string) =>
    HostProgram.run({ program: "bazel", arguments: ["--output_base", base, ...parameters], cwd: workspace, failure });
  const flag = `--experimental_repository_resolved_file=${join(workspace, file)}`;
  yield* bazel(
    ["cquery", flag, "--", ...settingsOf(subject).targets],
    "The host's Bazel cannot list the external repositories",
  ).pipe(Effect.ensuring(Effect.ignore(bazel(["shutdown"], "The host's Bazel does not shut down"))));
});

const fetchAll = Effect.fnUntraced(function* (subject: Subject, text: string) {
  const { repositoryFile: file } = settingsOf(subject);
  const { report } = subject.environment;
  const mirror = mirrorOf(subject);
  const directory = join(mirror, "_bst_distdir");
  const resolved = yield* attempt(() => StarlarkData.assigned(text, "resolved", file));
  yield* UrlDirectory.make(directory);
  for (const one of Array.isArray(resolved) ? resolved : []) {
    const attributes = member(one, "original_attributes");
    if (attributes === undefined)
      report({ type: "warning", text: "One of Bazel's dependencies lacks 'original_attributes'" });
    else yield* fetchOne(subject, attributes, directory);
  }
});

type Attributes = { readonly [key: string]: StarlarkData.Data };

function member(data: StarlarkData.Data | undefined, key: string): Attributes | undefined {
  const value =
    typeof data === "object" && data !== null && !Array.isArray(data) ? (data as Attributes)[key] : undefined;
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Attributes) : undefined;
}

/** Downloads what one repository needs from the first of its urls that has it; that none has is a warning only. */
const fetchOne = Effect.fnUntraced(function* (
  subject: Subject,
  attributes: Attributes,
  directory: string,
): Effect.fn.Return<void, BstError> {
  const { report } = subject.environment;
  const { name, url, urls, sha256 } = attributes;
  const places = [url === "" ? undefined : url, ...(Array.isArray(urls) ? urls : [])].filter(
    (place) => typeof place === "string",
  );
  if (url === undefined && urls === undefined) {
    report({ type: "status", text: `'${name}' of Bazel is local: it lists no urls` });
    return;
  }
  if (sha256 === undefined)
    report({ type: "warning", text: `'${name}' of Bazel lists no sha256`, token: "missing-sha256" });
  for (const place of places) {
    const base = place.slice(place.lastIndexOf("/") + 1);
    if (base === "" || base === "." || base === "..") continue;
    report({ type: "status", text: `Downloading the Bazel dependency '${name}'` });
    const got = yield* Effect.result(Download.toFile({ url: place, directory }));
    if (got._tag === "Failure") report({ type: "status", text: got.failure.message });
    else if (got.success.type === "file") {
      const { file, sha256: found } = got.success;
      if (sha256 === undefined || found === sha256) return renameSync(file, join(directory, base));
      rmSync(file, { force: true });
      report({ type: "status", text: `${withoutSecrets(place)} has not the SHA-256 that is asked for` });
    }
  }
  report({ type: "warning", text: `No url has the Bazel dependency '${name}'` });
});
