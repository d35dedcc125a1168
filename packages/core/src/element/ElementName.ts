/** Names of elements: what they may look like, and the forms that other parts derive from them. */
import { raise } from "../error/BstError.ts";
import { type Node, place, synthetic } from "../yaml/Node.ts";

/** Raises unless a name inside a project ends in `.bst` and holds only printable ASCII without `< > " | ? *`. */
export function check(name: string, provenance: Node | undefined): void {
  const where = provenance === undefined || provenance.file === synthetic ? undefined : place(provenance);
  if (!name.endsWith(".bst")) {
    raise({
      domain: "LOAD",
      reason: "bad-element-suffix",
      message:
        name === "." ? "The name of an element is missing here" : `The element name '${name}' does not end in .bst`,
      place: where,
      hint: name === "." ? "Write the name behind the dash, or take the dash out." : `Did you mean '${name}.bst'?`,
    });
  }
  const bad = /[^\x20-\x7e]|[<>"|?*]/u.exec(name)?.[0];
  if (bad === undefined) return;
  raise({
    domain: "LOAD",
    reason: "bad-characters-in-name",
    message: `The element name '${name}' holds the character '${bad}'`,
    place: where,
    hint: 'Names are printable ASCII without < > " | ? *.',
  });
}

/** `/` replaced by `-` and the extension dropped: what names directories and refs. */
export function normal(name: string): string {
  const flat = name.replaceAll("/", "-");
  return flat.endsWith(".bst") ? flat.slice(0, -4) : flat;
}

/** Splits at the last `:` into a path of junctions and a name in the project it leads to. */
export function split(path: string): { readonly junction: string | undefined; readonly name: string } {
  const colon = path.lastIndexOf(":");
  if (colon === -1) return { junction: undefined, name: path };
  return { junction: path.slice(0, colon), name: path.slice(colon + 1) };
}
