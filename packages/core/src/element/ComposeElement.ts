/**
 * From an element's file and what its project and kind add, to what the element says: variables, environment, public data, configuration.
 *
 * Everything is composed in the order project ← kind's own YAML ← project.conf `elements:` ← element's file, and expanded with the element's variables. Of
 * public data only the split rules come from elsewhere than the element. What project and kind give is the same for all elements of a kind,
 * so it is composed once ({@link prepare}).
 */
import { raise } from "../error/BstError.ts";
import * as SharedExpansion from "../variables/SharedExpansion.ts";
import * as Variables from "../variables/Variables.ts";
import * as Access from "../yaml/Access.ts";
import * as Composite from "../yaml/Composite.ts";
import { type Mapping, mapping, type Node, place, scalar, synthetic } from "../yaml/Node.ts";
import * as Read from "../yaml/Read.ts";

/** What a project gives all its elements, in one pass; junctions and links get empty mappings for all but variables. */
export interface ProjectParts {
  readonly variables: Mapping;
  readonly environment: Mapping;
  readonly environmentNocache: readonly string[];
  readonly sandbox: Mapping;
  readonly splitRules: Mapping;
  /** `elements:` of project.conf. */
  readonly elementOverrides: Mapping;
}

/** Project and kind composed: what an element of the kind starts from. */
export interface Prepared extends Omit<ProjectParts, "elementOverrides"> {
  readonly config: Mapping;
}

const none = mapping();
/** Prepared nodes known to hold no list directive. */
const checked = new WeakSet<Mapping>();
const environments = new WeakMap<Mapping, ReadonlyMap<string, string>>();
const nocaches = new WeakMap<Prepared, ReadonlySet<string>>();
const publics = new WeakMap<Mapping, Mapping>();
const protectedVariables = ["project-name", "element-name", "max-jobs"];

/** Composes what project and kind give; `defaults` is the text of the kind's YAML, taken literally. */
export function prepare(parts: ProjectParts, kind: string, defaults: string): Prepared {
  const own = defaults === "" ? none : Read.read({ name: `${kind}.yaml`, project: null, path: null }, defaults);
  const splits = over(parts.splitRules, splitRulesOf(own));
  const overrides = Access.optionalMapping(parts.elementOverrides, kind);
  // Split rules must meet the project's before the overrides edit them.
  const withSplits = set(
    own,
    "public",
    set(child(own, "public"), "bst", set(child(child(own, "public"), "bst"), "split-rules", splits)),
  );
  const composed = overrides === undefined ? withSplits : Composite.composite(withSplits, overrides);
  return {
    variables: over(parts.variables, child(composed, "variables")),
    environment: over(parts.environment, child(composed, "environment")),
    environmentNocache: [...parts.environmentNocache, ...Access.getStringList(composed, "environment-nocache", [])],
    sandbox: over(parts.sandbox, child(composed, "sandbox")),
    splitRules: splitRulesOf(composed),
    config: child(composed, "config"),
  };
}

/** The variables of an element, unexpanded; `name` is its name inside its project. */
export function variables(prepared: Prepared, node: Mapping, name: string): Variables.Variables {
  const composed = over(prepared.variables, child(node, "variables"));
  Composite.assertFullyComposited(composed);
  for (const variable of protectedVariables) {
    const value = composed.entries.get(variable);
    if (value === undefined || value.file === synthetic) continue;
    raise({
      domain: "LOAD",
      reason: "protected-variable-redefined",
      message: `The variable '${variable}' cannot be set`,
      place: place(value),
      hint: "Its value is decided when the project is loaded; use another name.",
    });
  }
  return Variables.make(set(composed, "element-name", scalar(name)));
}

/** The environment, expanded. */
export function environment(
  prepared: Prepared,
  node: Mapping,
  variables: Variables.Variables,
): ReadonlyMap<string, string> {
  const composed = complete(prepared.environment, child(node, "environment"), variables);
  let values = environments.get(composed);
  if (values === undefined) {
    values = new Map([...composed.entries.keys()].map((name) => [name, Access.getString(composed, name)]));
    environments.set(composed, values);
  }
  return values;
}

/** Names of environment variables that do not enter keys; the same object for elements that add none. */
export function environmentNocache(prepared: Prepared, node: Mapping): ReadonlySet<string> {
  const own = Access.getStringList(node, "environment-nocache", []);
  if (own.length > 0) return new Set([...prepared.environmentNocache, ...own]);
  let shared = nocaches.get(prepared);
  if (shared === undefined) {
    shared = new Set(prepared.environmentNocache);
    nocaches.set(prepared, shared);
  }
  return shared;
}

/** Public data, expanded, always with `bst: split-rules`. */
export function publicData(prepared: Prepared, node: Mapping, variables: Variables.Variables): Mapping {
  const own = child(node, "public");
  if (own === none) return plainPublic(complete(prepared.splitRules, none, variables));
  const bst = child(own, "bst");
  const splits = child(bst, "split-rules");
  if (splits.entries.size > 0) {
    const whole = set(own, "bst", set(bst, "split-rules", Composite.composite(prepared.splitRules, splits)));
    Composite.assertFullyComposited(whole);
    return Variables.expand(variables, whole);
  }
  const rest = set(own, "bst", set(bst, "split-rules", none));
  Composite.assertFullyComposited(rest);
  const expanded = Variables.expand(variables, rest);
  const shared = complete(prepared.splitRules, none, variables);
  return set(expanded, "bst", set(child(expanded, "bst"), "split-rules", shared));
}

/** Public data that is nothing but split rules; the same object for the same rules. */
function plainPublic(splits: Mapping): Mapping {
  let made = publics.get(splits);
  if (made === undefined) {
    made = mapping([["bst", mapping([["split-rules", splits]])]]);
    publics.set(splits, made);
  }
  return made;
}

/** The kind's configuration, expanded. */
export function config(prepared: Prepared, node: Mapping, variables: Variables.Variables): Mapping {
  return complete(prepared.config, child(node, "config"), variables);
}

/** The sandbox configuration, expanded. */
export function sandbox(prepared: Prepared, node: Mapping, variables: Variables.Variables): Mapping {
  return complete(prepared.sandbox, child(node, "sandbox"), variables);
}

/** Composes, checks and expands; where the element adds nothing, elements share the result. */
function complete(base: Mapping, own: Mapping, variables: Variables.Variables): Mapping {
  if (own.entries.size === 0) {
    if (!checked.has(base)) {
      Composite.assertFullyComposited(base);
      checked.add(base);
    }
    return SharedExpansion.expand(variables, base);
  }
  const composed = Composite.composite(base, own);
  Composite.assertFullyComposited(composed);
  return Variables.expand(variables, composed);
}

function over(target: Mapping, source: Mapping): Mapping {
  return source.entries.size === 0 ? target : Composite.composite(target, source);
}

function child(node: Mapping, key: string): Mapping {
  return Access.optionalMapping(node, key) ?? none;
}

function splitRulesOf(node: Mapping): Mapping {
  return child(child(child(node, "public"), "bst"), "split-rules");
}

function set(node: Mapping, key: string, value: Node): Mapping {
  return { ...node, entries: new Map(node.entries).set(key, value) };
}
