/** Packages of registries, which wrap everything in one directory: unpacked without it, tarballs and zip archives alike. */
import type { BstError } from "@millrace/core/error/BstError";
import type { Directory } from "@millrace/core/tree/Directory";
import * as Glob from "@millrace/core/tree/Glob";
import * as Effect from "effect/Effect";
import { attempt } from "../cas/Cas.ts";
import type * as ObjectStore from "../cas/ObjectStore.ts";
import * as ArchiveMembers from "./ArchiveMembers.ts";
import * as Unpack from "./Unpack.ts";
import * as ZipMembers from "./ZipMembers.ts";

/**
 * The tree of a package; whether it is a zip archive is decided by the name it has in the registry.
 *
 * @param exclude patterns of paths that are left out.
 */
export const tree = Effect.fnUntraced(function* (
  store: ObjectStore.ObjectStore,
  file: string,
  name: string,
  exclude: readonly string[] = [],
): Effect.fn.Return<Directory, BstError> {
  const members = name.endsWith(".zip")
    ? (yield* ZipMembers.read(store, file, name)).map((one) => ({ ...one, name: one.name.replace(/\/+$/, "") }))
    : yield* Unpack.tar(store, file, name);
  return yield* attempt(() => {
    const inner = withoutTop(members).filter(
      (member) => !exclude.some((one) => Glob.select([member.name], one).length > 0),
    );
    return ArchiveMembers.tree(inner, members, name);
  });
});

function withoutTop(members: readonly ArchiveMembers.Member[]): readonly ArchiveMembers.Member[] {
  const result: ArchiveMembers.Member[] = [];
  for (const member of members) {
    const slash = member.name.indexOf("/");
    if (slash === -1) continue;
    const cut = member.link.indexOf("/");
    const link = member.type === "hardlink" && cut !== -1 ? member.link.slice(cut + 1) : member.link;
    result.push({ ...member, name: member.name.slice(slash + 1), link });
  }
  return result;
}
