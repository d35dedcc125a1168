/**
 * The keys under which the source cache holds sources: one for a single source, one for all of an element's sources staged together.
 *
 * The second is over the same array that an element's document holds, so elements with equal sources share it; without sources it is the key of `[]`.
 */
import type { Source } from "../source/Source.ts";
import * as Sha256 from "../tree/Sha256.ts";
import * as Canonical from "./Canonical.ts";
import * as KeyDocument from "./KeyDocument.ts";

/** Key of one source, as in `source_protos/KIND/KEY`. Raises when it has no ref. */
export function single(source: Source): string {
  return Canonical.hash(source.uniqueKey());
}

/** Key of an element's sources, as in `elementsources/KEY`. Raises when one has no ref. */
export function all(sources: readonly Source[]): string {
  return Sha256.hex(KeyDocument.sourcesText(sources));
}
