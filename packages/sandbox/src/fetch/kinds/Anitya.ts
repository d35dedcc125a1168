/** `anitya`: a tarball whose url has a version in it, the newest that a release monitor knows. */
import { readFileSync } from "node:fs";
import type { Json } from "@millrace/core/element/Element";
import { BstError, raise } from "@millrace/core/error/BstError";
import type { Settings } from "@millrace/core/source/kinds/Anitya";
import * as RegistryUrl from "@millrace/core/source/kinds/RegistryUrl";
import * as Effect from "effect/Effect";
import { attempt } from "../../cas/Cas.ts";
import * as TemporaryDirectory from "../../cas/TemporaryDirectory.ts";
import { withoutSecrets } from "../AliasUrls.ts";
import * as Download from "../Download.ts";
import * as PackageArchive from "../PackageArchive.ts";
import * as RegistryDownload from "../RegistryDownload.ts";
import type { SourceDriver, Subject } from "../SourceDriver.ts";
import * as UrlDirectory from "../UrlDirectory.ts";

function settingsOf({ source }: Subject): Settings {
  return source.settings as Settings;
}

function fileOf(subject: Subject, version: string, sha256: string | undefined): RegistryDownload.File {
  const { url } = settingsOf(subject);
  const [base] = url.split("{", 1) as [string];
  const whole = render(url, version);
  return {
    directory: UrlDirectory.path(subject.environment.locations.sourcedir, "anitya", url),
    base,
    suffix: whole.startsWith(base) ? whole.slice(base.length) : whole,
    sha256,
  };
}

function wantedFile(subject: Subject): RegistryDownload.File {
  const { ref } = settingsOf(subject);
  return fileOf(subject, ref?.version ?? "", ref?.sha256sum);
}

/** The driver. */
export const driver: SourceDriver = {
  kind: "anitya",
  isCached: (subject) => settingsOf(subject).ref !== undefined && RegistryDownload.has(wantedFile(subject)),
  fetch: (subject) =>
    attempt(() => wantedFile(subject)).pipe(
      Effect.flatMap((file) => RegistryDownload.fetch(subject, file)),
      Effect.asVoid,
    ),
  track: Effect.fnUntraced(function* (subject: Subject): Effect.fn.Return<Json | undefined, BstError> {
    const version = yield* Effect.scoped(newest(subject));
    const file = yield* attempt(() => fileOf(subject, version, undefined));
    const sha256sum = yield* RegistryDownload.fetch(subject, file, "track");
    return { version, sha256sum };
  }),
  stage: {
    type: "tree",
    make: (subject) => {
      const { exclude } = settingsOf(subject);
      return attempt(() => wantedFile(subject)).pipe(
        Effect.flatMap((file) =>
          RegistryDownload.stage(subject, file, (store, path) =>
            PackageArchive.tree(store, path, file.suffix, exclude),
          ),
        ),
      );
    },
  },
};

/** Asks the monitor for the newest stable version of the project. */
const newest = Effect.fnUntraced(function* (subject: Subject) {
  const { apiUrl, projectId } = settingsOf(subject);
  const { context } = subject.source;
  const api = yield* attempt(() => RegistryUrl.need(apiUrl, "anitya", "api-url", context));
  const url = `${api}versions/?project_id=${projectId}`;
  const directory = yield* TemporaryDirectory.make(subject.environment.locations.cachedir, "anitya");
  const got = yield* Download.toFile({ url, directory });
  return yield* Effect.try({
    try: () => {
      const answer = JSON.parse(got.type === "file" ? readFileSync(got.file, "utf8") : "") as {
        stable_versions?: unknown;
      };
      const versions = answer.stable_versions;
      const first: unknown = Array.isArray(versions) ? versions[0] : undefined;
      if (typeof first === "string" && first !== "") return first;
      throw new Error("it knows no stable version");
    },
    catch: (cause) =>
      new BstError({
        domain: "SOURCE",
        reason: null,
        message: `The release monitor at ${withoutSecrets(api)} gives no version of project ${projectId}: ${(cause as Error).message}`,
      }),
  });
});

const parts =
  /^(?<prefix>.*?)(?<major>\d+)(?:(?=\.\d)|(?!.*\d+\.\d))(?:\.(?<minor>\d+))?(?:\.(?<patch>\d+))?(?:\.\d+)*[-_.~]*(?<prerelease>[^+]*)(?:\+(?<metadata>.*))?$/;

/** The url with the parts of a version in the places for them; doubled braces are braces. */
function render(url: string, version: string): string {
  const match = parts.exec(version)?.groups;
  const values: Readonly<Record<string, string | undefined>> = {
    prefix: "",
    prerelease: "",
    metadata: "",
    ...(match === undefined ? {} : Object.fromEntries(Object.entries(match).map(([name, text]) => [name, text ?? ""]))),
    version,
  };
  return url.replace(/\{\{|\}\}|\{([^{}]*)\}/g, (whole, name: string | undefined) => {
    if (name === undefined) return whole.slice(1);
    return (
      (Object.hasOwn(values, name) ? values[name] : undefined) ??
      raise({
        domain: "SOURCE",
        reason: null,
        message: `The version '${version}' has no part '{${name}}' for the url ${withoutSecrets(url)}`,
        hint: `There are: ${Object.keys(values).sort().join(", ")}.`,
      })
    );
  });
}
