/** `pip`: source distributions that the host's pip downloads, with all they depend on. The ref names each with its version. */
import { existsSync, mkdirSync, readdirSync, renameSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Json } from "@millrace/core/element/Element";
import { BstError } from "@millrace/core/error/BstError";
import type { Settings } from "@millrace/core/source/kinds/Pip";
import * as RegistryUrl from "@millrace/core/source/kinds/RegistryUrl";
import * as Names from "@millrace/core/tree/Names";
import * as Sha256 from "@millrace/core/tree/Sha256";
import * as Tree from "@millrace/core/tree/Tree";
import * as Effect from "effect/Effect";
import { attempt } from "../../cas/Cas.ts";
import * as TemporaryDirectory from "../../cas/TemporaryDirectory.ts";
import { tryEach } from "../AliasUrls.ts";
import * as HostProgram from "../HostProgram.ts";
import * as PreviousFile from "../PreviousFile.ts";
import type { SourceDriver, Subject } from "../SourceDriver.ts";
import * as SourceRef from "../SourceRef.ts";
import * as Timed from "../Timed.ts";
import * as UrlDirectory from "../UrlDirectory.ts";

const pythons = ["python3", ...[14, 13, 12, 11, 10, 9, 8].map((minor) => `python3.${minor}`), "python"];

function settingsOf({ source }: Subject): Settings {
  return source.settings as Settings;
}

function urlOf(subject: Subject): string {
  return RegistryUrl.need(settingsOf(subject).url, "pip", "url", subject.source.context);
}

/** Downloads are known by the hash of the ref's text. */
function mirrorOf(subject: Subject): string {
  const directory = UrlDirectory.path(subject.environment.locations.sourcedir, "pip", urlOf(subject));
  return join(directory, Sha256.hex(SourceRef.textRef(subject)));
}

/** The driver. */
export const driver: SourceDriver = {
  kind: "pip",
  isCached: (subject) => {
    const mirror = mirrorOf(subject);
    return existsSync(mirror) && readdirSync(mirror).length > 0;
  },
  track: (subject, previous) => Effect.scoped(track(subject, previous ?? ".")),
  fetch: (subject) => Effect.scoped(fetch(subject)),
  stage: {
    type: "tree",
    make: (subject) =>
      Timed.activity(
        subject.environment,
        "Staging Python packages",
        subject.environment.cas
          .capture(mirrorOf(subject))
          .pipe(Effect.map(({ directory }) => Tree.make([[".bst_pip_downloads", Tree.directory(directory)]]))),
      ),
  },
};

const track = Effect.fnUntraced(function* (subject: Subject, previous: string) {
  const { packages, requirementsFiles } = settingsOf(subject);
  const directory = yield* scratch(subject);
  const files: string[] = [];
  for (const file of requirementsFiles) {
    yield* PreviousFile.read(subject, previous, file, "List the source that has it first.");
    files.push("-r", join(previous, file));
  }
  yield* download(subject, directory, files, packages, "track");
  const names = (yield* listed(directory)).flatMap((name) => {
    const match = /^([\p{L}\p{N}_.-]+?)-([\d.]{2,})\.(?:tar|tar\.bz2|tar\.gz|tar\.xz|tar\.Z|zip)$/iu.exec(name);
    return match === null ? [] : [[match[1] as string, match[2] as string] as const];
  });
  const ref: Json = names
    .sort((a, b) => Names.compare(a[0], b[0]) || Names.compare(a[1], b[1]))
    .map(([name, version]) => `${name}==${version}`)
    .join("\n");
  return ref;
});

const fetch = Effect.fnUntraced(function* (subject: Subject) {
  const packages = SourceRef.textRef(subject).trim().split("\n");
  const directory = yield* scratch(subject);
  const downloads = join(directory, "packages");
  mkdirSync(downloads);
  yield* download(subject, downloads, [], packages, "fetch");
  const mirror = mirrorOf(subject);
  yield* UrlDirectory.make(dirname(mirror));
  yield* Effect.sync(() => {
    try {
      renameSync(downloads, mirror);
    } catch (cause) {
      // Another process was faster; its packages are as good.
      if (!existsSync(mirror)) throw cause;
    }
  });
});

/** Beside the mirror, so that what was downloaded gets its place by a rename. */
function scratch(subject: Subject) {
  return TemporaryDirectory.make(subject.environment.locations.sourcedir, "pip");
}

function listed(directory: string): Effect.Effect<readonly string[], BstError> {
  return Effect.sync(() => readdirSync(directory));
}

function download(
  subject: Subject,
  directory: string,
  options: readonly string[],
  packages: readonly string[],
  purpose: "fetch" | "track",
): Effect.Effect<void, BstError> {
  return Effect.gen(function* () {
    const url = yield* attempt(() => urlOf(subject));
    const option = packages.find((name) => name.startsWith("-"));
    if (option !== undefined)
      return yield* new BstError({
        domain: "SOURCE",
        reason: null,
        message: `${JSON.stringify(option)} of the pip source of ${subject.source.context.elementName} is no package`,
        hint: "Options of pip can stand in a requirements file only.",
      });
    const python = yield* findPip;
    yield* tryEach(subject, url, SourceRef.translate(subject, url), purpose, (candidate) =>
      HostProgram.run({
        program: python,
        arguments: [
          ...["-m", "pip", "download", "--no-binary", ":all:", "--index-url", candidate.url, "--dest", directory],
          ...options,
          "--",
          ...packages,
        ],
        failure: `Failed to download the Python packages of ${subject.source.context.elementName}`,
        complaintOnOutput: true,
        temporary: true,
      }),
    );
  });
}

/** What {@link findPip} found: asking takes seconds. */
let found: string | undefined;

/** The first Python of the host whose pip can download. */
const findPip: Effect.Effect<string, BstError> = Effect.gen(function* () {
  if (found !== undefined) return found;
  for (const python of pythons) {
    const tried = yield* Effect.result(
      HostProgram.run({ program: python, arguments: ["-m", "pip", "download", "--help"], failure: "pip does not run" }),
    );
    if (tried._tag === "Success") {
      found = python;
      return python;
    }
  }
  return yield* new BstError({
    domain: "SOURCE",
    reason: null,
    message: "No Python of this host has a pip that can download packages",
    hint: "Install pip for the `python3` that is first in PATH.",
  });
});
