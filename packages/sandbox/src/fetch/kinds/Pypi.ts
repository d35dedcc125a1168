/**
 * `pypi`: a source distribution of a Python package index.
 *
 * Tracking asks the index (the JSON form of its simple interface) for the newest release that is wanted. Where the index is, and what its files' urls begin with, is known from the
 * plugin's module.
 */
import { readFileSync } from "node:fs";
import type { Json } from "@millrace/core/element/Element";
import { BstError } from "@millrace/core/error/BstError";
import type { Settings } from "@millrace/core/source/kinds/Pypi";
import * as RegistryUrl from "@millrace/core/source/kinds/RegistryUrl";
import * as Effect from "effect/Effect";
import * as TemporaryDirectory from "../../cas/TemporaryDirectory.ts";
import { withoutSecrets } from "../AliasUrls.ts";
import * as Download from "../Download.ts";
import * as GitRef from "../git/GitRef.ts";
import * as PackageArchive from "../PackageArchive.ts";
import * as PythonVersion from "../PythonVersion.ts";
import * as RegistryDownload from "../RegistryDownload.ts";
import type { SourceDriver, Subject } from "../SourceDriver.ts";
import * as UrlDirectory from "../UrlDirectory.ts";

function settingsOf({ source }: Subject): Settings {
  return source.settings as Settings;
}

function fileOf(subject: Subject): RegistryDownload.File {
  const { name, ref, url } = settingsOf(subject);
  return {
    directory: UrlDirectory.path(subject.environment.locations.sourcedir, "pypi", name),
    base: RegistryUrl.need(url, "pypi", "url", subject.source.context),
    suffix: ref?.suffix ?? "",
    sha256: ref?.sha256sum,
  };
}

/** The driver. */
export const driver: SourceDriver = {
  kind: "pypi",
  isCached: (subject) => RegistryDownload.has(fileOf(subject)),
  fetch: (subject) => Effect.asVoid(RegistryDownload.fetch(subject, fileOf(subject))),
  track: Effect.fnUntraced(function* (subject: Subject): Effect.fn.Return<Json | undefined, BstError> {
    const { name, index } = settingsOf(subject);
    if (index === undefined) return yield* noIndex(subject);
    const url = index.pages.replaceAll("{name}", encodeURIComponent(name));
    const newest = choose(settingsOf(subject), yield* Effect.scoped(listing(subject, url)));
    if (newest === undefined) {
      subject.environment.report({ type: "warning", text: "No matching release found" });
      return undefined;
    }
    return { sha256sum: newest.sha256, suffix: newest.url.replaceAll(index.files, "") };
  }),
  stage: { type: "tree", make: (subject) => RegistryDownload.stage(subject, fileOf(subject), PackageArchive.tree) },
};

function noIndex({ source }: Subject): BstError {
  return new BstError({
    domain: "SOURCE",
    reason: null,
    message: `The pypi source of ${source.context.elementName} cannot be tracked: where the package index is is not known here`,
    hint: "Take the plugin package through a junction or have it installed beside a `bst` or `python3` on PATH, which tells it; or write the new `ref` by hand.",
  });
}

interface Release {
  readonly fileName: string;
  readonly url: string;
  readonly sha256: string;
}

/** The files that the index has of a package and that were not withdrawn. */
const listing = Effect.fnUntraced(function* (subject: Subject, url: string) {
  const directory = yield* TemporaryDirectory.make(subject.environment.locations.cachedir, "pypi");
  const headers = { Accept: "application/vnd.pypi.simple.v1+json" };
  const got = yield* Download.toFile({ url, directory, headers });
  const text = got.type === "file" ? readFileSync(got.file, "utf8") : "";
  return yield* Effect.try({
    try: () => releases(JSON.parse(text)),
    catch: (cause) =>
      new BstError({
        domain: "SOURCE",
        reason: null,
        message: `The package index at ${withoutSecrets(url)} gives no list of files: ${(cause as Error).message}`,
      }),
  });
});

function releases(page: { readonly files?: unknown }): readonly Release[] {
  if (!Array.isArray(page.files) || page.files.length === 0) throw new Error("it names none");
  const result: Release[] = [];
  for (const file of page.files as Readonly<Record<string, unknown>>[]) {
    const { filename, url, yanked } = file;
    const sha256 = (file["hashes"] as { sha256?: unknown } | undefined)?.sha256;
    if (yanked !== undefined && yanked !== false) continue;
    if (typeof filename === "string" && typeof url === "string" && typeof sha256 === "string")
      result.push({ fileName: filename, url, sha256 });
  }
  return result;
}

/** The newest source distribution that is wanted; of two of one version the one that is listed last. */
function choose({ prereleases, include, exclude }: Settings, files: readonly Release[]): Release | undefined {
  const wanted = include.map(expression);
  const unwanted = exclude.map(expression);
  let best: { readonly version: PythonVersion.Version; readonly file: Release } | undefined;
  for (const file of files) {
    const version = PythonVersion.ofSourceDistribution(file.fileName);
    if (version === undefined || (version.isPrerelease && !prereleases)) continue;
    if (!wanted.every((one) => one.test(version.text)) || unwanted.some((one) => one.test(version.text))) continue;
    if (best === undefined || PythonVersion.compare(version, best.version) >= 0) best = { version, file };
  }
  return best?.file;
}

/** What documentation calls regular expressions are shell patterns. */
function expression(pattern: string): RegExp {
  return new RegExp(`^${GitRef.fnmatch(pattern)}$`, "su");
}
