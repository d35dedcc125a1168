/**
 * `remote`: one downloaded file, staged as it is.
 *
 * Its default name comes from the url *after* alias translation: the one place where an alias's value enters a key.
 */

import { raise } from "../../error/BstError.ts";
import * as Access from "../../yaml/Access.ts";
import * as Node from "../../yaml/Node.ts";
import type { SourceKind } from "../SourceKind.ts";
import * as Common from "./Common.ts";
import * as Downloadable from "./Downloadable.ts";

export interface Settings extends Downloadable.Settings {
  readonly filename: string;
  readonly executable: boolean;
}

const keys = Common.keys(...Downloadable.keys, "filename", "executable");

/** The kind. */
export const kind: SourceKind<Settings> = {
  ...Downloadable.members,
  name: "remote",
  configure: (config, context) => {
    const base = Downloadable.configure(config, context);
    const filename =
      Access.optionalString(config, "filename") ?? base.translated.slice(base.translated.lastIndexOf("/") + 1);
    const executable = Access.getBool(config, "executable", false);
    if (filename.includes("/")) {
      raise({
        domain: "SOURCE",
        reason: "filename-contains-directory",
        message: `The filename '${filename}' of a remote source in '${context.elementName}' has a directory in it`,
        place: Node.place(context.declared?.node ?? config),
        hint: "Use `directory` for where the file goes, and a plain name here.",
      });
    }
    Access.validateKeys(config, keys);
    return { ...base, filename, executable };
  },
  uniqueKey: (settings) => [...Downloadable.uniqueKey(settings), settings.filename, settings.executable],
};
