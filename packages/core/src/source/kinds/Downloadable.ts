/**
 * The pattern of sources that are one downloaded file known by its SHA-256: `tar`, `zip`, `deb`, `remote`.
 *
 * The key holds the url as written, alias included, so that mirrors and moved servers do not change keys.
 */
import type { Json } from "../../element/Element.ts";
import * as Access from "../../yaml/Access.ts";
import type * as Node from "../../yaml/Node.ts";
import type { SourceContext, SourceKind } from "../SourceKind.ts";
import * as Common from "./Common.ts";

export interface Settings extends Common.Version {
  /** As written, with alias. */
  readonly url: string;
  /** With the alias replaced. */
  readonly translated: string;
  /** Hex SHA-256 of the file. */
  readonly ref: string | undefined;
}

/** The keys that {@link configure} reads. */
export const keys = ["url", "ref", ...Common.versionKeys] as const;

/** Reads what all of them have. */
export function configure(config: Node.Mapping, context: SourceContext): Settings {
  const url = Access.getScalar(config, "url");
  return {
    url: url.value,
    ref: Access.optionalString(config, "ref"),
    translated: context.translateUrl(url.value, url),
    ...Common.version(config),
  };
}

/** The common start of their keys. */
export function uniqueKey(settings: Settings): readonly Json[] {
  return [settings.url, Common.orNull(settings.ref), ...Common.versionItems(settings)];
}

/** What all of them have in common. */
export const members = {
  ...Common.ordinary,
  ...Common.textRefMembers,
  withRef: Common.withTextRef,
  urls: (settings: Settings) => [{ url: settings.url, primary: true }],
} as const;

export interface ArchiveSettings extends Settings {
  /** A glob for the directory of the archive that is staged; the empty string means the whole. */
  readonly baseDir: string;
}

const archiveKeys = Common.keys(...keys, "base-dir");

/** A kind whose file is an archive that is unpacked from a base directory on. */
export function archive(name: string): SourceKind<ArchiveSettings> {
  return {
    ...members,
    name,
    configure: (config, context) => {
      Access.validateKeys(config, archiveKeys);
      return { ...configure(config, context), baseDir: Access.optionalString(config, "base-dir") ?? "*" };
    },
    uniqueKey: (settings) => [...uniqueKey(settings), settings.baseDir],
  };
}
