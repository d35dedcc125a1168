/** `gnu`: a release of the GNU project; the project's own list of files tells the newest. */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import type { Json } from "@millrace/core/element/Element";
import { BstError } from "@millrace/core/error/BstError";
import type { Settings } from "@millrace/core/source/kinds/Gnu";
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

/** The list is some tens of megabytes; far more is no list. */
const largestList = 1 << 29;
/** Ways of compression, the one preferred most last. */
const compressions = ["gz", "bz2", "xz"];

function settingsOf({ source }: Subject): Settings {
  return source.settings as Settings;
}

function fileOf(subject: Subject): RegistryDownload.File {
  const { directoryName, mirror, ref } = settingsOf(subject);
  return {
    directory: UrlDirectory.path(subject.environment.locations.sourcedir, "gnu", directoryName),
    base: RegistryUrl.need(mirror, "gnu", "mirror", subject.source.context),
    suffix: ref?.suffix ?? "",
    sha256: ref?.sha256sum,
  };
}

/** The driver. */
export const driver: SourceDriver = {
  kind: "gnu",
  isCached: (subject) => RegistryDownload.has(fileOf(subject)),
  fetch: (subject) =>
    attempt(() => fileOf(subject)).pipe(
      Effect.flatMap((file) => RegistryDownload.fetch(subject, file)),
      Effect.asVoid,
    ),
  track: Effect.fnUntraced(function* (subject: Subject): Effect.fn.Return<Json | undefined, BstError> {
    const { name, directoryName, index, ref, track } = settingsOf(subject);
    if (!track) return undefined;
    const { context } = subject.source;
    const url = yield* attempt(() => RegistryUrl.need(index, "gnu", "mirror", context));
    const list = yield* Effect.scoped(listAt(subject, url));
    const suffix = newest(list, directoryName, name);
    if (suffix === undefined)
      return yield* new BstError({
        domain: "SOURCE",
        reason: null,
        message: `The list of files at ${withoutSecrets(url)} has no release of '${name}' in the directory '${directoryName}'`,
        hint: "Set `dirname` if the directory has another name than the tarballs.",
      });
    const file = yield* attempt(() => fileOf(subject));
    const known = ref?.suffix === suffix ? ref.sha256sum : undefined;
    const sha256sum = yield* RegistryDownload.fetch(subject, { ...file, suffix, sha256: known }, "track");
    return { sha256sum, suffix };
  }),
  stage: { type: "tree", make: (subject) => RegistryDownload.stage(subject, fileOf(subject), PackageArchive.tree) },
};

const listAt = Effect.fnUntraced(function* (subject: Subject, url: string) {
  const directory = yield* TemporaryDirectory.make(subject.environment.locations.cachedir, "gnu");
  const got = yield* Download.toFile({ url, directory });
  return yield* Effect.try({
    try: () =>
      gunzipSync(readFileSync(got.type === "file" ? got.file : ""), { maxOutputLength: largestList }).toString(),
    catch: (cause) => Download.failure(url, (cause as Error).message, false),
  });
});

/** The file with the highest version among the lines of the list. */
function newest(list: string, directoryName: string, name: string): string | undefined {
  const prefix = `./gnu/${directoryName}/`;
  let best: { readonly path: string; readonly order: readonly number[] } | undefined;
  for (const line of list.split("\n")) {
    if (!line.startsWith(prefix)) continue;
    const cut = line.lastIndexOf(`${name}-`);
    const match = /^([0-9][0-9.]*)\.tar\.(gz|bz2|xz)$/.exec(line.slice(cut + name.length + 1));
    if (cut < 0 || match === null) continue;
    const [, version, extension] = match as unknown as [string, string, string];
    const numbers = version.split(".").filter((part) => part !== "");
    const order = [...numbers.map(Number), -1, compressions.indexOf(extension)];
    if (best === undefined || compare(order, best.order) > 0) best = { path: line.slice("./gnu/".length), order };
  }
  return best?.path;
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (const [at, left] of a.entries()) {
    const right = b[at];
    if (right === undefined) return 1;
    if (left !== right) return left - right;
  }
  return a.length - b.length;
}
