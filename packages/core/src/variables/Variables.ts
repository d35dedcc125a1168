/**
 * `%{name}`: a set of variables and what their values expand to.
 *
 * A variable's value may refer to others, to any depth and in any order; it is expanded when it is first asked for and then kept, so an element pays for what it
 * uses. Only `%{` + letter + letters, digits, `_`, `-` + `}` is a reference; anything else with `%{` is plain text. Mapping keys are never expanded and nothing is
 * stripped again afterwards. When `notparallel` is true, `max-jobs` is `1` whatever it was.
 */
import { formatPlace, raise } from "../error/BstError.ts";
import * as Access from "../yaml/Access.ts";
import * as Closest from "../yaml/Closest.ts";
import { type Mapping, type Node, place, type Scalar, scalar, synthetic } from "../yaml/Node.ts";

/** Variables as declared, with the expansions known so far. The two maps inside are caches: every function here is pure towards its callers. */
export interface Variables {
  /** Every variable by name, unexpanded. */
  readonly declared: Mapping;
  readonly expanded: Map<string, string>;
}

/** Text split at its references: even positions are literal, odd ones names. */
type Expression = readonly string[];

const reference = /%\{([a-zA-Z][a-zA-Z0-9_-]*)\}/;

/** Longest text that a value may expand to; doubling variables would otherwise exhaust memory. */
const maximumLength = 1 << 26;

const expressions = new Map<string, Expression>();
const maximumExpressions = 200_000;

/** Values without a reference are not kept: finding that out is as cheap as a look-up. */
function parse(text: string): Expression | undefined {
  if (!text.includes("%{")) return undefined;
  const known = expressions.get(text);
  if (known !== undefined) return known;
  const parts = text.split(reference);
  if (parts.length === 1) return undefined;
  if (expressions.size >= maximumExpressions) expressions.clear();
  expressions.set(text, parts);
  return parts;
}

/** Variables from their mapping. Raises `invalid-data` when a value is not a single value or `notparallel` is no boolean. */
export function make(declared: Mapping): Variables {
  let all = declared;
  if (Access.getBool(declared, "notparallel", false)) {
    const old = declared.entries.get("max-jobs");
    all = { ...declared, entries: new Map(declared.entries).set("max-jobs", scalar("1", old)) };
  }
  for (const [name, value] of all.entries) if (value.type !== "scalar") Access.getScalar(all, name);
  return { declared: all, expanded: new Map() };
}

/** Whether a variable of this name exists. */
export function has(variables: Variables, name: string): boolean {
  return variables.declared.entries.has(name);
}

/** The expanded value of a variable, undefined when there is none. Raises `unresolved-variable` or `circular-reference-variable`. */
export function get(variables: Variables, name: string): string | undefined {
  return has(variables, name) ? resolve(variables, name, undefined) : undefined;
}

/** Every variable, expanded, in declaration order. */
export function all(variables: Variables): ReadonlyMap<string, string> {
  const result = new Map<string, string>();
  for (const name of variables.declared.entries.keys()) result.set(name, resolve(variables, name, undefined));
  return result;
}

/** The text of a scalar with its references replaced. */
function expandText(variables: Variables, node: Scalar): string {
  const parts = parse(node.value);
  return parts === undefined ? node.value : join(variables, parts, node);
}

/** A node with the references in all its values replaced; what holds none is shared. */
export function expand(variables: Variables, node: Mapping): Mapping;
export function expand(variables: Variables, node: Node): Node;
export function expand(variables: Variables, node: Node): Node {
  if (node.type === "scalar") {
    const value = expandText(variables, node);
    return value === node.value ? node : { type: "scalar", value, file: node.file, offset: node.offset };
  }
  if (node.type === "sequence") {
    let changed = false;
    const items = node.items.map((item) => {
      const result = expand(variables, item);
      if (result !== item) changed = true;
      return result;
    });
    return changed ? { type: "sequence", items, file: node.file, offset: node.offset } : node;
  }
  let entries: Map<string, Node> | undefined;
  for (const [key, child] of node.entries) {
    const result = expand(variables, child);
    if (result === child) continue;
    entries ??= new Map(node.entries);
    entries.set(key, result);
  }
  return entries === undefined ? node : { type: "mapping", entries, file: node.file, offset: node.offset };
}

function join(variables: Variables, parts: Expression, asker: Scalar): string {
  let text = parts[0] as string;
  for (let index = 1; index < parts.length; index += 2) {
    text += resolve(variables, parts[index] as string, asker) + (parts[index + 1] as string);
    if (text.length > maximumLength) tooLong(asker);
  }
  return text;
}

interface Frame {
  readonly name: string;
  readonly parts: Expression;
  readonly node: Scalar;
  index: number;
  text: string;
}

/** Expands one variable with an explicit stack, so that chains may be of any length. */
function resolve(variables: Variables, name: string, asker: Scalar | undefined): string {
  const known = variables.expanded.get(name);
  if (known !== undefined) return known;
  const stack: Frame[] = [];
  const active = new Set<string>();
  const start = (wanted: string, referee: Scalar | undefined): void => {
    const node = variables.declared.entries.get(wanted);
    if (node?.type !== "scalar") undefinedVariable(variables, wanted, referee);
    if (active.has(wanted)) circular(variables, stack, wanted);
    const parts = parse(node.value);
    // A missing name is reported before a cycle through the same value.
    for (let index = 1; parts !== undefined && index < parts.length; index += 2) {
      if (!has(variables, parts[index] as string)) undefinedVariable(variables, parts[index] as string, node);
    }
    if (parts === undefined) variables.expanded.set(wanted, node.value);
    else {
      active.add(wanted);
      stack.push({ name: wanted, parts, node, index: 1, text: parts[0] as string });
    }
  };
  start(name, asker);
  for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
    if (frame.index >= frame.parts.length) {
      variables.expanded.set(frame.name, frame.text);
      active.delete(frame.name);
      stack.pop();
      continue;
    }
    const wanted = frame.parts[frame.index] as string;
    const value = variables.expanded.get(wanted);
    if (value === undefined) start(wanted, frame.node);
    else {
      frame.text += value + (frame.parts[frame.index + 1] as string);
      if (frame.text.length > maximumLength) tooLong(frame.node);
      frame.index += 2;
    }
  }
  return variables.expanded.get(name) as string;
}

const placeOf = (node: Scalar | undefined) => (node === undefined || node.file === synthetic ? undefined : place(node));

function undefinedVariable(variables: Variables, name: string, referee: Scalar | undefined): never {
  return raise({
    domain: "LOAD",
    reason: "unresolved-variable",
    message: `Reference to the undefined variable '${name}'`,
    place: placeOf(referee),
    hint:
      Closest.suggest(name, variables.declared.entries.keys()) ??
      "Declare it under `variables:` in project.conf or in the element.",
  });
}

function circular(variables: Variables, stack: readonly Frame[], name: string): never {
  const from = stack.findIndex((frame) => frame.name === name);
  const cycle = stack.slice(from);
  const lines = cycle.map((frame, index) => {
    const next = cycle[index + 1]?.name ?? name;
    const where = placeOf(frame.node);
    return `${where === undefined ? "" : `${formatPlace(where)}: `}variable '${frame.name}' refers to variable '${next}'`;
  });
  const shown =
    lines.length > 100 ? [...lines.slice(0, 50), `… ${lines.length - 100} more …`, ...lines.slice(-50)] : lines;
  return raise({
    domain: "LOAD",
    reason: "circular-reference-variable",
    message: `The variable '${name}' refers to itself`,
    detail: shown.join("\n"),
    place: placeOf(variables.declared.entries.get(name) as Scalar | undefined),
    hint: "Remove one of these references.",
  });
}

function tooLong(node: Scalar): never {
  return raise({
    domain: "LOAD",
    reason: "invalid-data",
    message: `This value expands to more than ${maximumLength} characters`,
    place: placeOf(node),
    hint: "Check for variables that repeat each other.",
  });
}
