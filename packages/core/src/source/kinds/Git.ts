/**
 * `git`: a commit of a git repository.
 *
 * A ref in the form of `git describe` counts by its commit alone: the text after the last `-g`. Tags that staging recreates belong to the ref.
 */
import type { Json } from "../../element/Element.ts";
import * as Access from "../../yaml/Access.ts";
import type * as Node from "../../yaml/Node.ts";
import type { SourceKind } from "../SourceKind.ts";
import * as Common from "./Common.ts";
import * as Submodules from "./Submodules.ts";

export interface Tag {
  readonly tag: string;
  readonly commit: string;
  readonly annotated: boolean;
}

export interface Settings extends Common.Version {
  readonly url: string;
  /** Branch or tag to track. */
  readonly track: string | undefined;
  readonly ref: string | undefined;
  readonly tags: readonly Tag[];
  readonly trackTags: boolean;
  readonly refFormat: "sha1" | "git-describe";
  readonly submodules: Submodules.Submodules;
}

const keys = Common.keys(
  "url",
  "track",
  "ref",
  "submodules",
  "checkout-submodules",
  "ref-format",
  "track-tags",
  "tags",
  ...Common.versionKeys,
);
const tagKeys = ["tag", "commit", "annotated"];

function tags(config: Node.Mapping): readonly Tag[] {
  const list = Access.optionalSequence(config, "tags");
  if (list === undefined) return [];
  return Access.asMappingList(list).map((node) => {
    Access.validateKeys(node, tagKeys);
    return {
      tag: Access.getString(node, "tag"),
      commit: Access.getString(node, "commit"),
      annotated: Access.getBool(node, "annotated"),
    };
  });
}

/** The commit that a ref names, without the description before it. */
export function commit(ref: string): string {
  return ref.slice(ref.lastIndexOf("-g") + (ref.includes("-g") ? 2 : 1));
}

/** The kind. */
export const kind: SourceKind<Settings> = {
  ...Common.ordinary,
  name: "git",
  configure: (config, context) => {
    Access.validateKeys(config, keys);
    const ref = Access.optionalString(config, "ref");
    const track = Access.optionalString(config, "track");
    const settings = {
      tags: tags(config),
      trackTags: Access.getBool(config, "track-tags", false),
      url: Access.getString(config, "url"),
      track,
      ref,
      refFormat: Access.getEnum(config, "ref-format", ["sha1", "git-describe"], "sha1"),
      ...Common.version(config),
    };
    Submodules.needRefOrTrack(config, "A git", context.elementName, ref, track);
    return { ...settings, submodules: Submodules.read(config) };
  },
  isResolved: (settings) => settings.ref !== undefined,
  uniqueKey: (settings) => {
    const key: Json[] = [settings.url, settings.ref === undefined ? null : commit(settings.ref)];
    if (settings.tags.length > 0) {
      const object: Record<string, Json> = Object.create(null);
      for (const tag of settings.tags) object[tag.tag] = [tag.commit, tag.annotated];
      key.push({ tags: object });
    }
    return [...key, ...Submodules.keyItems(settings.submodules), ...Common.versionItems(settings)];
  },
  ref: (settings) =>
    settings.ref === undefined
      ? undefined
      : {
          ref: settings.ref,
          ...(settings.tags.length === 0 ? {} : { tags: settings.tags.map((tag) => ({ ...tag })) }),
        },
  withRef: (settings, ref) => {
    if (ref === undefined) return { ...settings, ref: undefined, tags: [] };
    if (ref.type !== "mapping") return { ...settings, ref: Common.textRef(ref), tags: [] };
    return { ...settings, ref: Access.optionalString(ref, "ref"), tags: tags(ref) };
  },
  refKeys: ["ref", "tags"],
  urls: (settings) => [...Submodules.urls(settings.submodules), { url: settings.url, primary: true }],
};
