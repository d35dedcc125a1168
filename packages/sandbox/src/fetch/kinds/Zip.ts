/** `zip`: a zip archive, unpacked into the store from its base directory on. Files are never executable and links are plain files, as BuildStream has it. */

import type { ArchiveSettings } from "@millrace/core/source/kinds/Downloadable";
import * as Effect from "effect/Effect";
import { attempt } from "../../cas/Cas.ts";
import * as ArchiveMembers from "../ArchiveMembers.ts";
import * as MirrorFile from "../MirrorFile.ts";
import type { SourceDriver } from "../SourceDriver.ts";
import * as SourceRef from "../SourceRef.ts";
import * as ZipMembers from "../ZipMembers.ts";

/** The driver. */
export const driver: SourceDriver = {
  ...MirrorFile.members,
  kind: "zip",
  stage: {
    type: "tree",
    make: Effect.fnUntraced(function* (subject) {
      const { baseDir, url } = subject.source.settings as ArchiveSettings;
      const file = yield* MirrorFile.require_(subject);
      const { store } = subject.environment.cas;
      const unpack = Effect.gen(function* () {
        const members = yield* ZipMembers.read(store, file, url, subject.environment.locations.sizeLimit);
        return yield* attempt(() => {
          const base = baseDir === "" ? "" : baseDirectory(members, baseDir, url);
          return ArchiveMembers.tree(
            ArchiveMembers.below(members, base, (name) => name),
            members,
            url,
          );
        });
      });
      return yield* unpack.pipe(Effect.mapError((error) => SourceRef.located(subject, error)));
    }),
  },
};

/** As for tarballs, only that a directory with an entry of its own is known by its name with the slash, which a plain `*` does not match. */
function baseDirectory(members: readonly ArchiveMembers.Member[], pattern: string, url: string): string {
  const exact = new Set(members.map(({ name }) => name));
  const names = new Set<string>();
  for (const { name, type } of members) {
    if (type === "directory") names.add(name);
    else
      for (let slash = name.indexOf("/"); slash !== -1; slash = name.indexOf("/", slash + 1))
        if (!exact.has(name.slice(0, slash))) names.add(name.slice(0, slash));
  }
  names.delete(".");
  names.delete("./");
  return ArchiveMembers.baseDirectory([...names], pattern, url);
}
