/** `bazel_file`: a downloaded file in the layout of Bazel's repository cache. */
import * as Access from "../../yaml/Access.ts";
import type { SourceKind } from "../SourceKind.ts";
import * as Common from "./Common.ts";

export interface Settings extends Common.Version {
  readonly url: string;
  /** Hex SHA-256 of the file. */
  readonly ref: string | undefined;
  readonly canonicalIds: readonly string[];
}

const keys = Common.keys("canonical-ids", "url", "ref", ...Common.versionKeys);

/** The kind. */
export const kind: SourceKind<Settings> = {
  ...Common.ordinary,
  ...Common.textRefMembers,
  name: "bazel_file",
  configure: (config) => {
    Access.validateKeys(config, keys);
    return {
      canonicalIds: Access.getStringList(config, "canonical-ids", []),
      url: Access.getString(config, "url"),
      ...Common.version(config),
      ref: Access.optionalString(config, "ref"),
    };
  },
  uniqueKey: (settings) => ({
    url: settings.url,
    "canonical-ids": settings.canonicalIds,
    plugin_version: "1",
    ref: Common.orNull(settings.ref),
    ...Common.versionMembers(settings),
  }),
  withRef: Common.withTextRef,
  urls: (settings) => [{ url: settings.url, primary: true }],
};
