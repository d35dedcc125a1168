/**
 * What source kinds share: the keys that every source may have, refs that are one text, and version members of keys.
 *
 * Every kind refuses unknown keys: those neither its own nor common to all sources.
 */

import type { Json } from "../../element/Element.ts";
import { raise } from "../../error/BstError.ts";
import * as Access from "../../yaml/Access.ts";
import type * as Node from "../../yaml/Node.ts";
import type { SourceContext } from "../SourceKind.ts";

/** The keys a kind knows: its own and those common to all sources. Make it once: validation keeps a set for each list. */
export function keys(...own: readonly string[]): readonly string[] {
  return [...own, "kind", "directory", "provenance"];
}

/** What guides the guess of a version in source information; it enters keys of kinds that have it, because it was added late. */
export interface Version {
  readonly version: string | undefined;
  readonly guessPattern: string | undefined;
}

/** The keys that {@link version} reads. */
export const versionKeys = ["version", "version-guess-pattern"] as const;

/** Reads `version` and `version-guess-pattern`. */
export function version(config: Node.Mapping): Version {
  return {
    version: Access.optionalString(config, "version"),
    guessPattern: Access.optionalString(config, "version-guess-pattern"),
  };
}

/** The version's part of a key that is a list: nothing, or one member. */
export function versionItems(version: Version): readonly Json[] {
  if (version.version !== undefined) return [version.version];
  return version.guessPattern === undefined ? [] : [version.guessPattern];
}

/** The version's part of a key that is an object. */
export function versionMembers(version: Version): { readonly [name: string]: Json } {
  if (version.version !== undefined) return { version: version.version };
  return version.guessPattern === undefined ? {} : { "version-guess-pattern": version.guessPattern };
}

function wrongRef(ref: Node.Node, wanted: string): never {
  return Access.invalid(ref, `The ref must be ${wanted}`, "Run `bst source track` to have it written.");
}

/** A ref that is one text, from what the file or `project.refs` says. */
export function textRef(ref: Node.Node | undefined): string | undefined {
  return ref === undefined || ref.type === "scalar" ? ref?.value : wrongRef(ref, "a single value");
}

/** A ref that is a list. */
export function listRef(ref: Node.Node | undefined): Node.Sequence | undefined {
  return ref === undefined || ref.type === "sequence" ? ref : wrongRef(ref, "a list");
}

/** A ref that is a mapping. */
export function mappingRef(ref: Node.Node | undefined): Node.Mapping | undefined {
  return ref === undefined || ref.type === "mapping" ? ref : wrongRef(ref, "a mapping");
}

/** Hex SHA-256 of a file of the project. */
export function fileHash(path: string, context: SourceContext): string {
  const hash = context.files.sha256(path);
  if (hash !== undefined) return hash;
  return raise({
    domain: "SOURCE",
    reason: null,
    message: `The file '${path}' of a source of '${context.elementName}' cannot be read`,
    hint: "It must be a regular file of the project.",
  });
}

/** Settings whose ref is one text, with another ref. */
export function withTextRef<S extends { readonly ref: string | undefined }>(
  settings: S,
  ref: Node.Node | undefined,
): S {
  return { ...settings, ref: textRef(ref) };
}

/** The members of a kind whose ref is one text. */
export const textRefMembers = {
  isResolved: (settings: { readonly ref: string | undefined }): boolean => settings.ref !== undefined,
  ref: (settings: { readonly ref: string | undefined }): Json | undefined => settings.ref,
} as const;

/** A key's form of a value that may be absent. */
export function orNull(value: string | undefined): Json {
  return value ?? null;
}

/** What kinds without ref and urls, which are always resolved, have in common. */
export const localMembers = {
  defaults: "",
  requiresPreviousStage: false,
  requiresPreviousTrack: false,
  requiresPreviousFetch: false,
  isResolved: () => true,
  ref: () => undefined,
  urls: () => [],
} as const;

/** What most kinds have in common. */
export const ordinary = {
  defaults: "",
  requiresPreviousStage: false,
  requiresPreviousTrack: false,
  requiresPreviousFetch: false,
} as const;
