/**
 * `local`: files of the project, as they were when the key was computed.
 *
 * A project that lies in the store (a junction) has them there already. Files on disk are captured when they are staged, which the stat
 * index makes cheap; that nothing was changed since is checked, for the result is filed under the key of the first look.
 */
import { lstatSync } from "node:fs";
import { basename, join } from "node:path";
import { type BstError, raise } from "@millrace/core/error/BstError";
import type { Settings } from "@millrace/core/source/kinds/Local";
import type { Digest } from "@millrace/core/tree/Digest";
import type { Directory } from "@millrace/core/tree/Directory";
import * as DirectoryCodec from "@millrace/core/tree/DirectoryCodec";
import * as Tree from "@millrace/core/tree/Tree";
import * as Effect from "effect/Effect";
import { attempt } from "../../cas/Cas.ts";
import * as ObjectStore from "../../cas/ObjectStore.ts";
import type { SourceDriver, Subject } from "../SourceDriver.ts";

/** The driver. */
export const driver: SourceDriver = {
  kind: "local",
  isCached: () => true,
  stage: {
    type: "tree",
    make: Effect.fnUntraced(function* (subject) {
      const { source, environment } = subject;
      const { path } = source.settings as Settings;
      const { cas } = environment;
      const wanted: Digest = yield* attempt(() => source.context.files.treeDigest(path));
      if (yield* cas.hasTree(wanted)) return yield* attempt(() => ObjectStore.readDirectory(cas.store, wanted));
      const made = yield* capture(subject, path);
      if (DirectoryCodec.digestOf(made).hash === wanted.hash) return made;
      return yield* attempt(() =>
        raise({
          domain: "SOURCE",
          reason: null,
          message: `The local files '${path}' of ${source.context.elementName} were changed while bst was working`,
          hint: "Run the command again.",
        }),
      );
    }),
  },
};

function capture({ source, environment }: Subject, path: string): Effect.Effect<Directory, BstError> {
  const { files } = source.context;
  const full = join(files.directory, path);
  if (lstatSync(full, { throwIfNoEntry: false })?.isDirectory() === true)
    return environment.cas.capture(full, { remember: true }).pipe(Effect.map((captured) => captured.directory));
  return attempt(() => {
    const bytes = files.read(path);
    if (bytes === undefined)
      return raise({
        domain: "SOURCE",
        reason: null,
        message: `The local source '${path}' of ${source.context.elementName} is no longer there`,
      });
    const digest = ObjectStore.putBytes(environment.cas.store, bytes);
    // Which of the two it is decided when the key was computed; the digest tells.
    const runnable = Tree.make([[basename(path), Tree.file(digest, true)]]);
    return DirectoryCodec.digestOf(runnable).hash === files.treeDigest(path).hash
      ? runnable
      : Tree.make([[basename(path), Tree.file(digest)]]);
  });
}
