/** `bzr`: a revision of a Bazaar branch. What is tracked enters the key. */
import * as Access from "../../yaml/Access.ts";
import type { SourceKind } from "../SourceKind.ts";
import * as Common from "./Common.ts";

export interface Settings {
  readonly url: string;
  readonly track: string;
  /** Revision number. */
  readonly ref: string | undefined;
  readonly version: string | undefined;
}

const keys = Common.keys("url", "track", "ref", "version");

/** The kind. */
export const kind: SourceKind<Settings> = {
  ...Common.ordinary,
  ...Common.textRefMembers,
  name: "bzr",
  configure: (config) => {
    Access.validateKeys(config, keys);
    return {
      url: Access.getString(config, "url"),
      track: Access.getString(config, "track"),
      ref: Access.optionalString(config, "ref"),
      version: Access.optionalString(config, "version"),
    };
  },
  uniqueKey: (settings) => [
    settings.url,
    settings.track,
    Common.orNull(settings.ref),
    ...(settings.version === undefined ? [] : [settings.version]),
  ],
  withRef: Common.withTextRef,
  urls: (settings) => [{ url: settings.url, primary: true }],
};
