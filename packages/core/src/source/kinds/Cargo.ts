/**
 * `cargo`: the crates of a `Cargo.lock`, vendored. An empty list of crates counts as no ref.
 *
 * Downloads append a slash to the url; the key has it as written.
 */
import type { Json } from "../../element/Element.ts";
import * as Access from "../../yaml/Access.ts";
import type * as Node from "../../yaml/Node.ts";
import type { SourceKind } from "../SourceKind.ts";
import * as Common from "./Common.ts";
import * as RegistryUrl from "./RegistryUrl.ts";

export interface Crate {
  readonly name: string;
  readonly version: string;
  /** Hex SHA-256 of the package; a crate without is not resolved. */
  readonly sha: string | undefined;
  /** What people wrote about the crate's origin; kept when the ref changes. */
  readonly provenance: Access.Plain | undefined;
}

export interface Settings {
  readonly url: string | undefined;
  readonly cargoLock: string;
  readonly vendorDirectory: string;
  /** Undefined without ref. */
  readonly crates: readonly Crate[] | undefined;
}

const keys = Common.keys("url", "ref", "cargo-lock", "vendor-dir");

/** The url that downloads start with. */
export function downloadUrl(url: string): string {
  return url.endsWith(":") || url.endsWith("/") ? url : `${url}/`;
}

/** The provenance of a crate in a ref, else what an earlier ref said of the crate of that name. */
export function provenance(
  crate: Node.Mapping,
  earlier: readonly { readonly name: string; readonly provenance: Access.Plain | undefined }[] | undefined,
): Access.Plain | undefined {
  const node = Access.optionalMapping(crate, "provenance");
  if (node !== undefined) return Access.strip(node);
  const name = Access.getString(crate, "name");
  return earlier?.find((candidate) => candidate.name === name)?.provenance;
}

function crates(list: Node.Sequence | undefined, earlier: Settings["crates"]): Settings["crates"] {
  if (list === undefined || list.items.length === 0) return undefined;
  return Access.asMappingList(list).map((crate) => ({
    name: Access.getString(crate, "name"),
    version: Access.getString(crate, "version"),
    sha: Access.optionalString(crate, "sha"),
    provenance: provenance(crate, earlier),
  }));
}

function crateKey(crate: Crate): { readonly [name: string]: Json } {
  return { name: crate.name, version: crate.version, sha: Common.orNull(crate.sha) };
}

function make(defaultUrl: string | undefined): SourceKind<Settings> {
  return {
    ...Common.ordinary,
    name: "cargo",
    requiresPreviousTrack: true,
    configure: (config) => {
      Access.validateKeys(config, keys);
      return {
        url: Access.optionalString(config, "url") ?? defaultUrl,
        cargoLock: Access.getString(config, "cargo-lock", "Cargo.lock"),
        vendorDirectory: Access.getString(config, "vendor-dir", "crates"),
        crates: crates(Access.optionalSequence(config, "ref"), undefined),
      };
    },
    isResolved: (settings) => settings.crates?.every((crate) => crate.sha !== undefined) === true,
    uniqueKey: (settings, context) => [
      RegistryUrl.need(settings.url, "cargo", "url", context),
      settings.cargoLock,
      settings.vendorDirectory,
      settings.crates?.map(crateKey) ?? null,
    ],
    ref: (settings) =>
      settings.crates?.map((crate) => ({
        ...crateKey(crate),
        ...(crate.provenance === undefined ? {} : { provenance: crate.provenance }),
      })),
    withRef: (settings, ref) => ({ ...settings, crates: crates(Common.listRef(ref), settings.crates) }),
    urls: (settings) => (settings.url === undefined ? [] : [{ url: downloadUrl(settings.url), primary: true }]),
    pinned: (module) => make(RegistryUrl.fallback(module, "url")),
  };
}

/** The kind. */
export const kind = make(undefined);
