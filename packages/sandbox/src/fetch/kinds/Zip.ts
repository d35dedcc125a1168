/** `zip`: a zip archive, unpacked into the store from its base directory on. Files are never executable and links are plain files, as BuildStream has it. */

import { raise } from "@millrace/core/error/BstError";
import type { ArchiveSettings } from "@millrace/core/source/kinds/Downloadable";
import * as Effect from "effect/Effect";
import { inSlices } from "../../cas/Cas.ts";
import * as ObjectStore from "../../cas/ObjectStore.ts";
import * as ArchiveMembers from "../ArchiveMembers.ts";
import * as MirrorFile from "../MirrorFile.ts";
import type { SourceDriver } from "../SourceDriver.ts";
import * as ZipReader from "../ZipReader.ts";

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
      return yield* inSlices(function* () {
        const archive = ZipReader.open(file, url);
        try {
          const members = yield* readMembers(store, archive, url);
          const base = baseDir === "" ? "" : baseDirectory(members, baseDir, url);
          return ArchiveMembers.tree(ArchiveMembers.below(members, base), members, url);
        } finally {
          archive.close();
        }
      });
    }),
  },
};

function* readMembers(
  store: ObjectStore.ObjectStore,
  archive: ZipReader.Archive,
  url: string,
): Generator<void, ArchiveMembers.Member[]> {
  const members: ArchiveMembers.Member[] = [];
  for (const [at, member] of archive.members.entries()) {
    const { name } = member;
    if (name.split("/").includes(".."))
      raise({
        domain: "SOURCE",
        reason: null,
        message: `${url} holds ${JSON.stringify(name)}, which would be written outside the staging directory`,
        hint: "Do not use this archive: a well-meant one holds no such entry.",
      });
    const isDirectory = name.endsWith("/");
    members.push({
      name: isDirectory ? name.replace(/\/+$/, "") : name,
      type: isDirectory ? "directory" : "file",
      executable: false,
      digest: isDirectory ? undefined : ObjectStore.putBytes(store, archive.read(member)),
      link: "",
    });
    if (at % 64 === 63) yield;
  }
  return members;
}

/** As for tarballs, only that a directory with an entry of its own is known by its name with the slash, which a plain `*` does not match. */
function baseDirectory(members: readonly ArchiveMembers.Member[], pattern: string, url: string): string {
  const names = new Set<string>();
  for (const { name, type } of members) {
    if (type === "directory" && name !== ".") names.add(`${name}/`);
    if (type !== "directory")
      for (let slash = name.indexOf("/"); slash !== -1; slash = name.indexOf("/", slash + 1))
        names.add(name.slice(0, slash));
  }
  names.delete(".");
  return ArchiveMembers.baseDirectory([...names], pattern, url);
}
