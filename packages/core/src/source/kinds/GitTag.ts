/** `git_tag`: a commit of a git repository, tracked by the tags of a branch. The ref enters the key whole, description included. */
import * as Access from "../../yaml/Access.ts";
import type { SourceKind } from "../SourceKind.ts";
import * as Common from "./Common.ts";
import * as Submodules from "./Submodules.ts";

export interface Settings extends Common.Version {
  readonly url: string;
  readonly ref: string | undefined;
  readonly track: string | undefined;
  readonly trackExtra: readonly string[];
  readonly trackTags: boolean;
  readonly match: readonly string[];
  readonly exclude: readonly string[];
  readonly fullClone: boolean;
  /** Undefined when the source does not say. */
  readonly useLfs: boolean | undefined;
  readonly submodules: Submodules.Submodules;
}

const keys = Common.keys(
  "url",
  "ref",
  "full-clone",
  "use-lfs",
  ...Common.versionKeys,
  "track",
  "track-extra",
  "track-tags",
  "match",
  "exclude",
  "checkout-submodules",
  "submodules",
);

/** The kind. */
export const kind: SourceKind<Settings> = {
  ...Common.ordinary,
  ...Common.textRefMembers,
  name: "git_tag",
  configure: (config, context) => {
    Access.validateKeys(config, keys);
    const ref = Access.optionalString(config, "ref");
    const track = Access.optionalString(config, "track");
    const settings = {
      url: Access.getString(config, "url"),
      fullClone: Access.getBool(config, "full-clone", false),
      useLfs: Access.optionalBool(config, "use-lfs"),
      ...Common.version(config),
      ref,
      track,
      trackExtra: Access.getStringList(config, "track-extra", []),
      trackTags: Access.getBool(config, "track-tags", false),
      match: Access.getStringList(config, "match", []),
      exclude: Access.getStringList(config, "exclude", []),
    };
    Submodules.needRefOrTrack(config, "A git_tag", context.elementName, ref, track);
    return { ...settings, submodules: Submodules.read(config) };
  },
  uniqueKey: (settings) => [
    settings.url,
    Common.orNull(settings.ref),
    ...Submodules.keyItems(settings.submodules),
    ...(settings.useLfs === true ? ["use-lfs"] : []),
    ...Common.versionItems(settings),
  ],
  withRef: Common.withTextRef,
  urls: (settings) => [...Submodules.urls(settings.submodules), { url: settings.url, primary: true }],
};
