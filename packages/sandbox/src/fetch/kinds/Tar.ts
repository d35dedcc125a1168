/** `tar`: a tarball, unpacked into the store from its base directory on. */
import type { ArchiveSettings } from "@millrace/core/source/kinds/Downloadable";
import type { Directory } from "@millrace/core/tree/Directory";
import * as Effect from "effect/Effect";
import { attempt } from "../../cas/Cas.ts";
import * as ArchiveMembers from "../ArchiveMembers.ts";
import * as MirrorFile from "../MirrorFile.ts";
import type { SourceDriver } from "../SourceDriver.ts";
import * as SourceRef from "../SourceRef.ts";
import * as Unpack from "../Unpack.ts";

/** The driver. */
export const driver: SourceDriver = {
  ...MirrorFile.members,
  kind: "tar",
  stage: {
    type: "tree",
    make: Effect.fnUntraced(function* (subject, latest) {
      const { baseDir, url } = subject.source.settings as ArchiveSettings;
      const file = yield* MirrorFile.require_(subject);
      const { cas, locations } = subject.environment;
      return yield* Unpack.tar(cas.store, file, url, locations.sizeLimit).pipe(
        Effect.flatMap((members) => attempt(() => select(members, baseDir, url, latest))),
        Effect.mapError((error) => SourceRef.located(subject, error)),
      );
    }),
  },
};

/** The tree below the base directory that a pattern chooses; the empty pattern means all. `latest` as for {@link ArchiveMembers.tree}. */
export function select(
  members: readonly ArchiveMembers.Member[],
  baseDir: string,
  url: string,
  latest?: number,
): Directory {
  const base = baseDir === "" ? "" : ArchiveMembers.baseDirectory(ArchiveMembers.directoryNames(members), baseDir, url);
  return ArchiveMembers.tree(ArchiveMembers.below(members, base), members, url, latest);
}
