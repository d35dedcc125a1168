/** `pypi`: a source distribution of a Python package index. */
import { join } from "node:path";
import type { Json } from "@millrace/core/element/Element";
import { BstError } from "@millrace/core/error/BstError";
import type { Settings } from "@millrace/core/source/kinds/Pypi";
import * as RegistryUrl from "@millrace/core/source/kinds/RegistryUrl";
import * as Effect from "effect/Effect";
import * as PackageArchive from "../PackageArchive.ts";
import * as RegistryDownload from "../RegistryDownload.ts";
import type { SourceDriver, Subject } from "../SourceDriver.ts";
import * as UrlDirectory from "../UrlDirectory.ts";

function fileOf({ source, environment }: Subject): RegistryDownload.File {
  const { name, ref, url } = source.settings as Settings;
  return {
    directory: UrlDirectory.path(environment.locations.sourcedir, "pypi", name),
    base: url ?? "",
    suffix: ref?.suffix ?? "",
    sha256: ref?.sha256sum,
  };
}

/** The driver. */
export const driver: SourceDriver = {
  kind: "pypi",
  isCached: (subject) => RegistryDownload.has(fileOf(subject)),
  fetch: (subject) => {
    RegistryUrl.need((subject.source.settings as Settings).url, "pypi", "url", subject.source.context);
    return Effect.asVoid(RegistryDownload.fetch(subject, fileOf(subject)));
  },
  track: ({ source }): Effect.Effect<Json | undefined, BstError> =>
    Effect.fail(
      new BstError({
        domain: "SOURCE",
        reason: null,
        message: `The pypi source of ${source.context.elementName} cannot be tracked: where the index answers questions is not known here`,
        hint: "Write the new `ref` (suffix and sha256sum) by hand.",
      }),
    ),
  stage: {
    type: "tree",
    make: (subject) => {
      const { directory, suffix, sha256 = "" } = fileOf(subject);
      return PackageArchive.tree(subject.environment.cas.store, join(directory, sha256), suffix);
    },
  },
};
