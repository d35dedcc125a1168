/** Commands directly under `bst` that BuildStream does not have. */
import * as Specification from "../Specification.ts";
import * as Shared from "./Shared.ts";

/** `bst explain`. */
export const explain: Specification.Command = {
  name: "explain",
  summary: "Say what a kind of error means and what to do",
  description: [
    "Say what a kind of error means and what to do",
    "Names are the domain or the reason of an error, as they stand in the file that BST_ERROR_FILE names. Without names it prints the whole catalogue.",
  ],
  options: [Shared.json, Specification.helpOption],
  arguments: [Specification.argument("reasons", "type", { metavar: "NAME", many: true })],
  commands: [],
  extension: true,
};
