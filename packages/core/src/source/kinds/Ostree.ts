/** `ostree`: a commit of an OSTree repository. */
import * as ProjectPath from "../../project/ProjectPath.ts";
import * as Access from "../../yaml/Access.ts";
import type { SourceKind } from "../SourceKind.ts";
import * as Common from "./Common.ts";
import * as Submodules from "./Submodules.ts";

export interface Settings {
  readonly url: string;
  readonly ref: string | undefined;
  /** Branch to track. */
  readonly track: string | undefined;
  /** A file of the project with the key that signs commits. */
  readonly gpgKey: string | undefined;
}

const keys = Common.keys("url", "ref", "track", "gpg-key");

/** The kind. */
export const kind: SourceKind<Settings> = {
  ...Common.ordinary,
  ...Common.textRefMembers,
  name: "ostree",
  configure: (config, context) => {
    Access.validateKeys(config, keys);
    const ref = Access.optionalString(config, "ref");
    const track = Access.optionalString(config, "track");
    const url = Access.getString(config, "url");
    Submodules.needRefOrTrack(config, "An ostree", context.elementName, ref, track);
    const key = Access.optionalScalar(config, "gpg-key");
    return { url, ref, track, gpgKey: key === undefined ? undefined : ProjectPath.check(key, context.files, "file") };
  },
  uniqueKey: (settings) => [settings.url, Common.orNull(settings.ref)],
  withRef: Common.withTextRef,
  urls: (settings) => [{ url: settings.url, primary: true }],
};
