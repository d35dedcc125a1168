/**
 * `(?)` and `(!)`: parts of a mapping that depend on options.
 *
 * A mapping's conditions are evaluated in order and each body that holds is composited onto the mapping at once; a body may bring further
 * conditions, so this repeats until none is left. Then the values below are processed, mappings inside lists included. `(!)` that is reached ends loading.
 */
import { BstError, raise, restated } from "../error/BstError.ts";
import * as Access from "../yaml/Access.ts";
import * as Composite from "../yaml/Composite.ts";
import { type Mapping, type Node, place } from "../yaml/Node.ts";
import * as Expression from "./Expression.ts";
import type { Options } from "./Options.ts";

/** The last version of `(?)` in a mapping, applied once; the mapping no longer holds that `(?)`. */
function applyOnce(node: Mapping, options: Options, restricted: readonly string[]): Mapping {
  const conditions = Access.getSequence(node, "(?)");
  const entries = new Map(node.entries);
  entries.delete("(?)");
  let result: Mapping = { ...node, entries };
  for (const condition of conditions.items) {
    const [pair, ...others] = condition.type === "mapping" ? [...condition.entries] : [];
    if (pair === undefined || others.length > 0) {
      return Access.invalid(
        condition,
        pair === undefined ? "A condition must be a mapping" : "This condition has more than one key",
        "Write each condition as a list item of its own: `- EXPRESSION: {…}`.",
      );
    }
    const [expression, body] = pair;
    const applies = evaluate(expression, options, condition);
    if (body.type !== "mapping") {
      return raise({
        domain: "LOAD",
        reason: "illegal-composite",
        message: "The body of a condition must be a mapping",
        place: place(condition),
        hint: "Put `(?)` beside the key that depends on the condition, not below it.",
      });
    }
    for (const key of restricted) {
      const forbidden = body.entries.get(key);
      if (forbidden !== undefined) {
        raise({
          domain: "LOAD",
          reason: "illegal-composite",
          message: `The key '${key}' cannot depend on a condition`,
          place: place(forbidden),
        });
      }
    }
    if (applies) result = Composite.composite(result, body);
  }
  return result;
}

function evaluate(expression: string, options: Options, condition: Node): boolean {
  try {
    return Expression.evaluate(expression, options.scope);
  } catch (cause) {
    if (!(cause instanceof BstError) || cause.place !== undefined) throw cause;
    throw restated(cause, { place: place(condition) });
  }
}

/**
 * A mapping with all conditions below it decided; what has none is shared. Raises `expression-failed`, `user-assertion`, `illegal-composite`, `invalid-data`.
 * `restricted` names keys that the outermost conditions may not set.
 */
export function process(node: Mapping, options: Options, restricted: readonly string[] = []): Mapping {
  let result = node;
  while (true) {
    const assertion = Access.optionalScalar(result, "(!)");
    const conditional = result.entries.has("(?)");
    if (conditional) Access.getSequence(result, "(?)");
    if (assertion !== undefined) {
      raise({ domain: "LOAD", reason: "user-assertion", message: assertion.value, place: place(assertion) });
    }
    if (!conditional) break;
    result = applyOnce(result, options, restricted);
  }
  let entries: Map<string, Node> | undefined;
  for (const [key, value] of result.entries) {
    if (value.type === "scalar") continue;
    const processed = value.type === "mapping" ? process(value, options) : processList(value, options);
    if (processed === value) continue;
    entries ??= new Map(result.entries);
    entries.set(key, processed);
  }
  return entries === undefined ? result : { ...result, entries };
}

function processList(node: Node, options: Options): Node {
  if (node.type === "scalar") return node;
  if (node.type === "mapping") return process(node, options);
  let changed = false;
  const items = node.items.map((item) => {
    const processed = processList(item, options);
    if (processed !== item) changed = true;
    return processed;
  });
  return changed ? { ...node, items } : node;
}
