/**
 * What each kind says of what it downloads: url, medium, version. {@link SourceInfo} writes it down.
 *
 * Releases of the plugin packages differ in one thing: whether they name the ecosystem that a version belongs to.
 */
import * as Access from "../yaml/Access.ts";
import type * as Bzr from "./kinds/Bzr.ts";
import * as Cargo from "./kinds/Cargo.ts";
import * as Cargo2 from "./kinds/Cargo2.ts";
import type * as Cpan from "./kinds/Cpan.ts";
import type * as Docker from "./kinds/Docker.ts";
import type * as PatchQueue from "./kinds/PatchQueue.ts";
import type * as Pip from "./kinds/Pip.ts";
import type * as Pypi from "./kinds/Pypi.ts";
import type { Source } from "./Source.ts";

const defaultPattern = "(\\d+)\\.(\\d+)(?:\\.(\\d+))?";
const downloads = new Set(["remote", "tar", "zip", "deb"]);
const gits = new Set(["git", "git_repo", "git_tag", "git_module", "go_module"]);

/** One thing that is downloaded. */
export interface Info {
  readonly url: string;
  readonly medium: string;
  readonly versionType: string;
  readonly version: string;
  readonly guess?: string | undefined;
  readonly extra?: ReadonlyMap<string, string> | undefined;
  /** Where it differs from that of the source. */
  readonly provenance?: ReadonlyMap<string, string> | undefined;
}

/** The facts of a source, one record for each thing that it downloads; undefined for kinds that cannot say. */
export function of(source: Source): readonly Info[] | undefined {
  const several = makers[source.kind.name]?.(source);
  if (several !== undefined) return several;
  const one = single(source);
  return one === undefined ? undefined : [one];
}

function single(source: Source): Info | undefined {
  const kind = source.kind.name;
  const { config, context } = source;
  const path = Access.optionalString(config, "path") ?? "";
  if (kind === "local") {
    const digest = context.files.treeDigest(path);
    return { url: path, medium: "local", versionType: "cas-digest", version: `${digest.hash}/${digest.size}` };
  }
  if (kind === "workspace") {
    const digest = context.workspaceDigest?.(path);
    const version = digest === undefined ? "" : `${digest.hash}/${digest.size}`;
    return { url: path, medium: "workspace", versionType: "cas-digest", version };
  }
  if (kind === "patch") {
    const version = context.files.sha256(path) ?? "";
    return { url: path, medium: "local", versionType: "sha256", version };
  }
  const ref = source.kind.ref(source.settings);
  const written = Access.optionalString(config, "url");
  if (written === undefined) return undefined;
  const url = context.translateUrl(written, config);
  const given = Access.optionalString(config, "version");
  const pattern = Access.optionalString(config, "version-guess-pattern");
  if (downloads.has(kind)) {
    // Python's text for a ref that is not there.
    const version = typeof ref === "string" ? ref : "None";
    return { url, medium: "remote-file", versionType: "sha256", version, guess: given ?? guess(written, pattern) };
  }
  if (gits.has(kind)) return git(source, url, ref, given, pattern);
  return undefined;
}

/** A commit, or a description of one: `TAG-COMMITS-gCOMMIT`. */
function git(source: Source, url: string, ref: unknown, given: string | undefined, pattern: string | undefined): Info {
  const kind = source.kind.name;
  const text = refText(ref);
  const described = /^(.*)-(\d+)-g([0-9a-f]{40,})$/.exec(text);
  const tag = described?.[1];
  const commits = described?.[2];
  const extra = new Map<string, string>();
  const detailed = kind === "git_repo" || kind === "go_module";
  if (detailed && tag !== undefined && tag !== "") extra.set("tag-name", tag);
  if (commits !== undefined && (kind !== "git" || commits !== "0")) extra.set("commit-offset", commits);
  if (detailed) ecosystem(source, extra, "GIT");
  const version = described?.[3] ?? text;
  const guessed = given ?? (tag === undefined ? undefined : guess(tag, pattern));
  return { url, medium: "git", versionType: "commit", version, guess: guessed, extra };
}

function refText(ref: unknown): string {
  if (typeof ref === "string") return ref;
  if (typeof ref === "object" && ref !== null && "ref" in ref) return String(ref.ref);
  if (typeof ref === "object" && ref !== null && "git-ref" in ref) return String(ref["git-ref"]);
  return "";
}

/**
 * The version in a text: of all matches the first with the most groups, joined by dots; the whole match of a pattern without groups. Undefined when the pattern does
 * not match, or is none.
 */
function guess(text: string, pattern: string = defaultPattern): string | undefined {
  let expression: RegExp;
  let groups: number;
  try {
    // Named groups are the one common form that Python writes in its own way.
    const source = pattern.replaceAll("(?P<", "(?<");
    expression = new RegExp(source, "g");
    groups = (new RegExp(`${source}|`).exec("")?.length ?? 1) - 1;
  } catch {
    return undefined;
  }
  let best: readonly string[] | undefined;
  for (const match of text.matchAll(expression)) {
    const found = groups === 0 ? [match[0]] : match.slice(1).filter((group) => group !== undefined);
    if (best === undefined || found.length > best.length) best = found;
  }
  return best?.join(".");
}

/** Notes the ecosystem where the release does. */
function ecosystem(source: Source, extra: Map<string, string>, name: string): Map<string, string> {
  if (source.kind.namesEcosystem !== false) extra.set("ecosystem", name);
  return extra;
}

/** The url of something behind the source's own url. */
function behind(source: Source, url: string | undefined, suffix: string): string {
  return source.context.translateUrl((url ?? "") + suffix, source.config);
}

/** A file of a package registry. */
function file(source: Source, url: string, sha256: string, version: Version, owner: string | undefined): Info {
  const extra = owner === undefined ? undefined : ecosystem(source, new Map(), owner);
  const guessed = version.version ?? guess(url, version.guessPattern);
  return { url, medium: "remote-file", versionType: "sha256", version: sha256, guess: guessed, extra };
}

interface Version {
  readonly version: string | undefined;
  readonly guessPattern: string | undefined;
}

/** Kinds that have settings of their own shape; undefined where there is no ref. */
const makers: Readonly<Record<string, (source: Source) => readonly Info[] | undefined>> = {
  patch_queue: ({ settings, context: { files } }) => {
    const { path } = settings as PatchQueue.Settings;
    return (files.list(path) ?? []).map(({ name }) => {
      const url = `${path.replace(/\/+$/, "")}/${name}`;
      return { url, medium: "local", versionType: "sha256", version: files.sha256(url) ?? "" };
    });
  },
  bzr: ({ settings, context, config }) => {
    const { url, ref = "", version } = settings as Bzr.Settings;
    const translated = context.translateUrl(url, config);
    return [{ url: translated, medium: "bzr", versionType: "commit", version: ref, guess: version }];
  },
  docker: ({ settings, context, config }) => {
    const { url, registryUrl, image = "", ref, version } = settings as Docker.Settings;
    if (ref === undefined || (url ?? registryUrl) === undefined) return undefined;
    const translated = context.translateUrl((url ?? registryUrl) as string, config);
    const [, registry = translated, path = ""] = /^([a-z]+:\/\/[^/]*)(\/[^?#]*)?/i.exec(translated) ?? [];
    const name = (url === undefined ? image : path).replace(/^\/+/, "");
    return [
      {
        url: url === undefined ? translated : registry,
        medium: "oci-image",
        versionType: "oci-digest",
        version: `sha256:${ref}`,
        guess: version,
        extra: new Map([["image-name", name]]),
      },
    ];
  },
  pip: ({ settings, context, config }) => {
    const { url, ref } = settings as Pip.Settings;
    if (url === undefined || ref === undefined) return undefined;
    const index = context.translateUrl(url, config);
    return ref
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => {
        const [name = "", version = ""] = line.split("==");
        const extra = new Map([["package-name", name]]);
        return { url: index, medium: "pypi", versionType: "indexed-version", version, guess: version, extra };
      });
  },
  cargo: (source) => {
    const { url, crates } = source.settings as Cargo.Settings;
    return crates?.map(({ name, version, sha, provenance }) => ({
      ...crate(source, url, name, version, sha),
      provenance: attributes(provenance),
    }));
  },
  cargo2: (source) => {
    const settings = source.settings as Cargo2.Settings;
    return settings.crates.map((one) => {
      const provenance = attributes(one.provenance);
      if (one.kind === "registry")
        return {
          ...crate(source, settings.url, one.name, one.version, one.sha),
          extra: ecosystem(source, new Map(), "crates.io"),
          provenance,
        };
      const url = source.context.translateUrl(Cargo2.mirrored(settings, one.repo), source.config);
      const extra = ecosystem(source, new Map([["crate-name", one.name]]), "GIT");
      return { url, medium: "git", versionType: "commit", version: one.commit, guess: one.version, extra, provenance };
    });
  },
  pypi: (source) => {
    const settings = source.settings as Pypi.Settings;
    if (settings.ref === undefined) return undefined;
    return [file(source, behind(source, settings.url, settings.ref.suffix), settings.ref.sha256sum, settings, "PyPI")];
  },
  cpan: (source) => {
    const settings = source.settings as Cpan.Settings;
    const { suffix, sha256sum } = settings;
    if (suffix === undefined || sha256sum === undefined) return undefined;
    return [file(source, behind(source, settings.index, suffix), sha256sum, settings, undefined)];
  },
};

/** Provenance attributes of one crate. */
function attributes(provenance: Access.Plain | undefined): ReadonlyMap<string, string> | undefined {
  if (provenance === undefined) return undefined;
  return new Map(Object.entries(provenance).map(([key, value]) => [key, String(value)]));
}

function crate(source: Source, url: string | undefined, name: string, version: string, sha: string | undefined): Info {
  const path = `${name}/${name}-${version}.crate`;
  const address = behind(source, Cargo.downloadUrl(url ?? ""), path);
  return { url: address, medium: "remote-file", versionType: "sha256", version: sha ?? "", guess: version };
}
