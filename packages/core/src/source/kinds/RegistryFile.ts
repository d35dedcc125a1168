/**
 * The pattern of sources that are one file of a package registry: a ref of the file's place there and its SHA-256. The registry's url is not in their keys, only fetching needs it.
 */
import type { Json } from "../../element/Element.ts";
import * as Access from "../../yaml/Access.ts";
import type * as Node from "../../yaml/Node.ts";

export interface FileRef {
  /** Path behind the registry's url. */
  readonly suffix: string;
  /** Hex. */
  readonly sha256sum: string;
}

/** Reads a ref; undefined for an absent one. Other keys are accepted. */
export function read(node: Node.Mapping | undefined): FileRef | undefined {
  if (node === undefined) return undefined;
  return { suffix: Access.getString(node, "suffix"), sha256sum: Access.getString(node, "sha256sum") };
}

/** The ref as it is written. */
export function json(ref: FileRef | undefined): Json | undefined {
  return ref === undefined ? undefined : { sha256sum: ref.sha256sum, suffix: ref.suffix };
}

/** The members that start the keys. */
export function keyItems(ref: FileRef | undefined): readonly Json[] {
  return [ref?.suffix ?? null, ref?.sha256sum ?? null];
}

/** The urls of a registry that may be unknown. */
export function urls(url: string | undefined): readonly { readonly url: string; readonly primary: boolean }[] {
  return url === undefined ? [] : [{ url, primary: true }];
}
