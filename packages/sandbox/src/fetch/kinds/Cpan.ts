/** `cpan`: a distribution of the Perl archive, found by the name of a module in the archive's index. */
import { readFileSync, rmSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import type { Json } from "@millrace/core/element/Element";
import { BstError } from "@millrace/core/error/BstError";
import type { Settings } from "@millrace/core/source/kinds/Cpan";
import * as RegistryUrl from "@millrace/core/source/kinds/RegistryUrl";
import * as Effect from "effect/Effect";
import { attempt } from "../../cas/Cas.ts";
import * as TemporaryDirectory from "../../cas/TemporaryDirectory.ts";
import { tryEach } from "../AliasUrls.ts";
import * as Download from "../Download.ts";
import * as PackageArchive from "../PackageArchive.ts";
import * as RegistryDownload from "../RegistryDownload.ts";
import type { SourceDriver, Subject } from "../SourceDriver.ts";
import * as SourceRef from "../SourceRef.ts";
import * as UrlDirectory from "../UrlDirectory.ts";

function fileOf({ source, environment }: Subject): RegistryDownload.File {
  const { name, index, suffix, sha256sum } = source.settings as Settings;
  return {
    directory: UrlDirectory.path(environment.locations.sourcedir, "cpan", name),
    base: RegistryUrl.need(index, "cpan", "index", source.context),
    suffix: suffix ?? "",
    sha256: sha256sum,
  };
}

/** The driver. */
export const driver: SourceDriver = {
  kind: "cpan",
  isCached: (subject) => RegistryDownload.has(fileOf(subject)),
  fetch: (subject) => Effect.asVoid(RegistryDownload.fetch(subject, fileOf(subject))),
  track: Effect.fnUntraced(function* (subject: Subject): Effect.fn.Return<Json | undefined, BstError> {
    const { name } = subject.source.settings as Settings;
    const file = fileOf(subject);
    const found = yield* tryEach(subject, file.base, SourceRef.translate(subject, file.base), "track", (candidate) =>
      Effect.scoped(lookUp(subject, `${candidate.url}modules/02packages.details.txt.gz`, name)),
    );
    if (found === undefined)
      return yield* new BstError({
        domain: "SOURCE",
        reason: null,
        message: `The Perl archive has no module '${name}'`,
        hint: "`name` is that of a module, like `Foo::Bar`, not of a distribution.",
      });
    const suffix = `authors/id/${found}`;
    const sha256sum = yield* RegistryDownload.fetch(subject, { ...file, suffix, sha256: undefined }, "track");
    return { suffix, sha256sum };
  }),
  stage: {
    type: "tree",
    make: (subject) => RegistryDownload.stage(subject, fileOf(subject), PackageArchive.tree),
  },
};

/** The place of the distribution that has a module: the index is lines of module, version and place, after an empty line. */
const lookUp = Effect.fnUntraced(function* (subject: Subject, url: string, name: string) {
  const scratch = yield* TemporaryDirectory.make(subject.environment.locations.cachedir, "cpan");
  const got = yield* Download.toFile({ url, directory: scratch });
  if (got.type === "unchanged") return undefined;
  return yield* attempt(() => {
    const text = gunzipSync(readFileSync(got.file)).toString();
    rmSync(got.file);
    const start = text.search(/\r?\n\r?\n/);
    for (const line of text.slice(start).split("\n")) {
      const [module, , place] = line.trim().split(/\s+/);
      if (module === name) return place;
    }
    return undefined;
  });
});
