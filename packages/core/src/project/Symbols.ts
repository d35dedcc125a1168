/** Names that projects give to things (projects, options, variables): which are allowed. */
import { raise } from "../error/BstError.ts";
import { type Node, place, synthetic } from "../yaml/Node.ts";

const withDashes = /^[A-Za-z_-][0-9A-Za-z_-]*$/;
const withoutDashes = /^[A-Za-z_][0-9A-Za-z_]*$/;

/** Whether a name has only ASCII letters, digits, `_` (and `-`) and does not start with a digit. */
function isSymbol(name: string, allowDashes = true): boolean {
  return (allowDashes ? withDashes : withoutDashes).test(name);
}

/** Raises `invalid-symbol-name` unless {@link isSymbol}; `purpose` says what is being named, e.g. `option name`. */
export function assertSymbol(name: string, purpose: string, node?: Node, allowDashes = true): void {
  if (isSymbol(name, allowDashes)) return;
  raise({
    domain: "LOAD",
    reason: "invalid-symbol-name",
    message: `Invalid ${purpose}: '${name}'`,
    place: node === undefined || node.file === synthetic ? undefined : place(node),
    hint: `Use ASCII letters, digits${allowDashes ? ", underscores and dashes" : " and underscores"}, and do not start with a digit.`,
  });
}
