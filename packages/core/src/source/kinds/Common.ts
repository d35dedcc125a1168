/**
 * What source kinds share: the keys that every source may have, refs that are one text, version members of keys, and paths inside the project.
 *
 * Every kind refuses unknown keys: those neither its own nor common to all sources.
 */

import type { Json } from "../../element/Element.ts";
import { raise } from "../../error/BstError.ts";
import * as Access from "../../yaml/Access.ts";
import * as Node from "../../yaml/Node.ts";
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

/** A ref that is one text, from what the file or `project.refs` says. */
export function textRef(ref: Node.Node | undefined): string | undefined {
  if (ref === undefined || ref.type === "scalar") return ref?.value;
  return raise({
    domain: "LOAD",
    reason: "invalid-data",
    message: "The ref must be a scalar",
    place: Node.place(ref),
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

/**
 * A path of the project as a source names it. It must exist, must not be a symbolic link or special file, and must stay inside the project,
 * also through symbolic links above it.
 */
export function projectPath(node: Node.Scalar, context: SourceContext, wanted?: "file" | "directory"): string {
  const path = node.value;
  const fail = (reason: string, message: string, hint?: string): never =>
    raise({ domain: "LOAD", reason, message, place: Node.place(node), hint });
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  if (path.startsWith("/")) {
    return fail("proj-path-invalid", `The path '${path}' is absolute`, "Write it relative to the project directory.");
  }
  if (parts[0] === "..") {
    return fail("proj-path-invalid", `The path '${path}' leads out of the project directory`);
  }
  const plain = parts.join("/") || ".";
  const kind = context.files.kind(plain);
  if (kind === "symlink") {
    return fail("proj-path-invalid-kind", `The path '${path}' is a symbolic link`, "Name what it points to instead.");
  }
  if (kind === undefined) {
    return fail(
      "missing-file",
      `There is no '${path}' in the project`,
      `It was looked for in ${context.files.directory}.`,
    );
  }
  if (context.files.resolve(plain) === undefined) {
    return fail("proj-path-invalid", `The path '${path}' leads out of the project directory through a symbolic link`);
  }
  if (kind === "other") return fail("proj-path-invalid-kind", `The path '${path}' is neither a file nor a directory`);
  if (wanted !== undefined && kind !== wanted) {
    return fail(
      "proj-path-invalid-kind",
      `The path '${path}' is not a ${wanted === "file" ? "regular file" : "directory"}`,
    );
  }
  return path;
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
