/** Crates of a registry: where they are kept, how they are fetched, and what a vendored one looks like. */
import { join } from "node:path";
import type { BstError } from "@millrace/core/error/BstError";
import { raise } from "@millrace/core/error/BstError";
import type { DirectoryEntry } from "@millrace/core/tree/Directory";
import * as Draft from "@millrace/core/tree/Draft";
import * as Tree from "@millrace/core/tree/Tree";
import * as Effect from "effect/Effect";
import { attempt } from "../cas/Cas.ts";
import * as ArchiveMembers from "./ArchiveMembers.ts";
import * as RegistryDownload from "./RegistryDownload.ts";
import type { Subject } from "./SourceDriver.ts";
import * as Unpack from "./Unpack.ts";
import * as UrlDirectory from "./UrlDirectory.ts";

/** A crate as a file of its registry. */
export interface CrateFile extends RegistryDownload.File {
  readonly name: string;
  readonly version: string;
}

/** Crates fetched at a time. */
const parallel = 4;

/** Where a crate is: `KIND/URLDIR/NAME/VERSION/SHA256`, and `NAME/NAME-VERSION.crate` behind the registry's url. */
export function fileOf(
  { source, environment }: Subject,
  registry: string,
  crate: { readonly name: string; readonly version: string; readonly sha: string | undefined },
): CrateFile {
  const { name, version, sha } = crate;
  const base = UrlDirectory.path(environment.locations.sourcedir, source.kind.name, registry);
  return {
    name,
    version,
    directory: join(base, plain(name), plain(version)),
    base: registry,
    suffix: `${name}/${name}-${version}.crate`,
    sha256: sha,
  };
}

/** Names of crates become directories here. */
function plain(name: string): string {
  if (/^[A-Za-z0-9_+.~-]+$/.test(name) && !/^\.+$/.test(name)) return name;
  return raise({ domain: "SOURCE", reason: null, message: `${JSON.stringify(name)} is no name or version of a crate` });
}

/** Whether a crate is there. */
export const has = RegistryDownload.has;

/** Fetches one; gives its hash. */
export const fetchOne = RegistryDownload.fetch;

/** Fetches those that are not there, some at a time. */
export function fetchAll(subject: Subject, files: readonly CrateFile[]): Effect.Effect<void, BstError> {
  return Effect.forEach(
    files.filter((file) => !has(file)),
    (file) => fetchOne(subject, file),
    { concurrency: parallel, discard: true },
  );
}

/** Unpacks a crate into a vendor directory, with the checksum file that cargo wants to see there. */
export const unpack = Effect.fnUntraced(function* (
  subject: Subject,
  file: CrateFile,
  vendor: Draft.Draft,
): Effect.fn.Return<void, BstError> {
  const { cas } = subject.environment;
  const name = `${file.name}-${file.version}.crate`;
  const members = yield* RegistryDownload.stage(subject, file, (store, path) => Unpack.tar(store, path, name));
  const checksum = yield* cas.putBytes(Buffer.from(`{"package": "${file.sha256}", "files": {}}`));
  yield* attempt(() => {
    const tree = ArchiveMembers.tree(members, members, name);
    const top = members[0]?.name.split("/")[0];
    for (const [child, entry] of tree.entries) {
      if (child !== top || entry.type !== "directory" || entry.tree.type !== "tree") {
        Draft.put(vendor, child, entry);
        continue;
      }
      const withChecksum = new Map(entry.tree.entries).set(".cargo-checksum.json", Tree.file(checksum));
      Draft.put(vendor, child, Tree.directory(Tree.make(withChecksum)));
    }
  });
});

/** Puts a crate into a vendor directory, which has room for one of a name and version. */
export function place(
  vendor: Draft.Draft,
  { name, version }: { readonly name: string; readonly version: string },
  entry: DirectoryEntry,
): void {
  const directory = `${plain(name)}-${plain(version)}`;
  if (vendor.entries.has(directory))
    raise({
      domain: "SOURCE",
      reason: null,
      message: `The crate ${name} ${version} comes from several places, and cargo can vendor only one`,
    });
  Draft.put(vendor, directory, entry);
}

/** The configuration of `cargo` sources. */
export function configuration(registry: string, vendorDirectory: string): string {
  return [
    "[source.crates-io]",
    `registry = "${registry}"`,
    'replace-with = "vendored-sources"',
    "[source.vendored-sources]",
    `directory = "${vendorDirectory}"`,
    "",
  ].join("\n");
}
