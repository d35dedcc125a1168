/** What `git` and `git_tag` share: refs that need a ref or something to track, and settings of submodules. */

import type { Json } from "../../element/Element.ts";
import { raise } from "../../error/BstError.ts";
import * as Access from "../../yaml/Access.ts";
import * as Node from "../../yaml/Node.ts";

export interface Submodules {
  /** Whether submodules that are not listed are checked out. */
  readonly checkout: boolean;
  /** Listed submodules by path. */
  readonly listed: ReadonlyMap<string, { readonly url: string | undefined; readonly checkout: boolean | undefined }>;
}

/** Reads `checkout-submodules` and `submodules`. */
export function read(config: Node.Mapping): Submodules {
  const modules = Access.optionalMapping(config, "submodules");
  const paths = modules === undefined ? [] : [...modules.entries.keys()];
  return {
    checkout: Access.getBool(config, "checkout-submodules", true),
    listed: new Map(
      paths.map((path) => {
        const submodule = Access.getMapping(modules as Node.Mapping, path);
        const url = Access.optionalString(submodule, "url");
        return [path, { url, checkout: Access.optionalBool(submodule, "checkout") }];
      }),
    ),
  };
}

/** Their part of a key: up to three members, each only when it says something. */
export function keyItems(submodules: Submodules): readonly Json[] {
  const items: Json[] = [];
  if (!submodules.checkout) items.push({ checkout_submodules: false });
  const urls: Record<string, Json> = Object.create(null);
  const checkouts: Record<string, Json> = Object.create(null);
  let decided = false;
  for (const [path, { url, checkout }] of submodules.listed) {
    urls[path] = url ?? null;
    if (checkout === undefined) continue;
    checkouts[path] = checkout;
    decided = true;
  }
  if (submodules.listed.size > 0) items.push(urls);
  if (decided) items.push({ submodule_checkout_overrides: checkouts });
  return items;
}

/** Urls of listed submodules. */
export function urls(submodules: Submodules): readonly { readonly url: string; readonly primary: boolean }[] {
  return [...submodules.listed.values()].flatMap(({ url }) =>
    url === undefined || url === "" ? [] : [{ url, primary: false }],
  );
}

/** Refuses a source that has neither a ref nor something to track. */
export function needRefOrTrack(
  config: Node.Mapping,
  what: string,
  element: string,
  ref: string | undefined,
  track: string | undefined,
): void {
  if (ref !== undefined || track !== undefined) return;
  raise({
    domain: "SOURCE",
    reason: "missing-track-and-ref",
    message: `${what} source of '${element}' has neither a ref nor something to track`,
    place: Node.place(config),
    hint: "Give it `track`, and its ref comes from `bst source track`.",
  });
}
