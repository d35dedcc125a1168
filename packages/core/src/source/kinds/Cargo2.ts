/**
 * `cargo2`: like `cargo`, with crates from git too. Unlike there, no ref is an empty list, which is resolved.
 */
import type { Json } from "../../element/Element.ts";
import * as Access from "../../yaml/Access.ts";
import type * as Node from "../../yaml/Node.ts";
import type { SourceKind } from "../SourceKind.ts";
import * as Cargo from "./Cargo.ts";
import * as Common from "./Common.ts";
import * as RegistryUrl from "./RegistryUrl.ts";

export interface RegistryCrate extends Cargo.Crate {
  readonly kind: "registry";
}

export interface GitCrate {
  readonly kind: "git";
  readonly name: string;
  readonly version: string;
  readonly repo: string;
  readonly commit: string;
  /** `branch`, `tag` or `rev` as the lock file has it. */
  readonly query: ReadonlyMap<string, string>;
  readonly provenance: Access.Plain | undefined;
}

export interface Settings {
  readonly url: string | undefined;
  readonly cargoLock: string;
  readonly vendorDirectory: string;
  /** Mirrors of git repositories by url, for tracking. */
  readonly gitMirrors: ReadonlyMap<string, string>;
  readonly crates: readonly (RegistryCrate | GitCrate)[];
}

const keys = Common.keys("url", "ref", "cargo-lock", "vendor-dir", "git-mirrors");

function texts(node: Node.Mapping | undefined): ReadonlyMap<string, string> {
  return new Map(node === undefined ? [] : [...node.entries.keys()].map((key) => [key, Access.getString(node, key)]));
}

function crates(list: Node.Sequence | undefined, earlier: Settings["crates"] | undefined): Settings["crates"] {
  if (list === undefined) return [];
  return Access.asMappingList(list).map((crate) => {
    const base = {
      name: Access.getString(crate, "name"),
      version: Access.getString(crate, "version"),
      provenance: Cargo.provenance(crate, earlier),
    };
    if (Access.getString(crate, "kind", "registry") !== "git") {
      return { kind: "registry", ...base, sha: Access.optionalString(crate, "sha") };
    }
    return {
      kind: "git",
      ...base,
      repo: Access.getString(crate, "repo"),
      commit: Access.getString(crate, "commit"),
      query: texts(Access.optionalMapping(crate, "query")),
    };
  });
}

/** The url of a git repository with the longest of the source's mirrors that fits. */
export function mirrored({ gitMirrors }: Settings, url: string): string {
  const prefix = [...gitMirrors.keys()].filter((one) => url.startsWith(one)).sort((a, b) => b.length - a.length)[0];
  return prefix === undefined ? url : url.replaceAll(prefix, gitMirrors.get(prefix) as string);
}

function crateKey(crate: RegistryCrate | GitCrate): { readonly [name: string]: Json } {
  const { kind, name, version } = crate;
  if (kind === "registry") return { kind, name, version, sha: Common.orNull(crate.sha) };
  const base = { kind, name, version, repo: crate.repo, commit: crate.commit };
  return crate.query.size === 0 ? base : { ...base, query: Object.fromEntries(crate.query) };
}

/** What differs between releases, and the default url, which is not built in. */
interface Facts {
  readonly url: string | undefined;
  readonly vendorDirectory: string;
  /** The last member of keys: a letter that changes when what is staged changes. */
  readonly edition: string;
}

const current: Facts = { url: undefined, vendorDirectory: ".vendored-crates", edition: "a" };

/** The facts of a release, from the text of its module. */
function factsOf(module: string): Facts {
  return {
    url: RegistryUrl.fallback(module, "url"),
    vendorDirectory: RegistryUrl.fallback(module, "vendor-dir") ?? current.vendorDirectory,
    edition: /self\.ref,\s*["'](\w+)["'],?\s*\]/.exec(module)?.[1] ?? current.edition,
  };
}

function make(facts: Facts): SourceKind<Settings> {
  return {
    ...Common.ordinary,
    name: "cargo2",
    requiresPreviousTrack: true,
    configure: (config) => {
      Access.validateKeys(config, keys);
      return {
        url: Access.optionalString(config, "url") ?? facts.url,
        cargoLock: Access.getString(config, "cargo-lock", "Cargo.lock"),
        vendorDirectory: Access.getString(config, "vendor-dir", facts.vendorDirectory),
        gitMirrors: texts(Access.optionalMapping(config, "git-mirrors")),
        crates: crates(Access.optionalSequence(config, "ref"), undefined),
      };
    },
    isResolved: (settings) => settings.crates.every((crate) => crate.kind === "git" || crate.sha !== undefined),
    uniqueKey: (settings, context) => [
      RegistryUrl.need(settings.url, "cargo2", "url", context),
      settings.cargoLock,
      settings.vendorDirectory,
      settings.crates.map(crateKey),
      facts.edition,
    ],
    ref: (settings) =>
      settings.crates.map((crate) => ({
        ...crateKey(crate),
        ...(crate.provenance === undefined ? {} : { provenance: crate.provenance }),
      })),
    withRef: (settings, ref) => ({ ...settings, crates: crates(Common.listRef(ref), settings.crates) }),
    urls: (settings) => [
      ...(settings.url === undefined ? [] : [{ url: Cargo.downloadUrl(settings.url), primary: true }]),
      ...settings.crates.flatMap((crate) => (crate.kind === "git" ? [{ url: crate.repo, primary: false }] : [])),
    ],
    pinned: (module) => make(factsOf(module)),
  };
}

/** The kind. */
export const kind = make(current);
