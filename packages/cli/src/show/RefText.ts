/** Refs as one word for people. */
import type { Json } from "@millrace/core/element/Element";

/** A text as it is, the members of a mapping that are texts, the number of a list's items; `-` for no ref. */
export function short(ref: Json | undefined): string {
  if (ref === null || ref === undefined) return "-";
  if (typeof ref === "string") return ref.includes("\n") ? `(${ref.trim().split("\n").length} lines)` : ref;
  if (Array.isArray(ref)) return `(${ref.length} items)`;
  return Object.values(ref)
    .filter((value) => typeof value === "string")
    .join(" ");
}
