/** The members of a zip archive, contents stored: never executable, links as plain files, as Python extracts them. */
import { raise } from "@millrace/core/error/BstError";
import * as ObjectStore from "../cas/ObjectStore.ts";
import type { Member } from "./ArchiveMembers.ts";
import * as ZipReader from "./ZipReader.ts";

/** Reads the archive, pausing every few dozen members. */
export function* read(store: ObjectStore.ObjectStore, file: string, archiveName: string): Generator<void, Member[]> {
  const archive = ZipReader.open(file, archiveName);
  const members: Member[] = [];
  try {
    for (const [at, member] of archive.members.entries()) {
      const { name } = member;
      if (name.split("/").includes(".."))
        raise({
          domain: "SOURCE",
          reason: null,
          message: `${archiveName} holds ${JSON.stringify(name)}, which would be written outside the staging directory`,
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
  } finally {
    archive.close();
  }
}
