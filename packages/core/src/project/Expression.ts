/**
 * The value of a conditional: Jinja2's expressions over option values, as BuildStream evaluates them.
 *
 * Option values are Python's: `bool` options are booleans (equal to 1 and 0), `flags` and `element-mask` are lists of texts, all others are texts. A name that is no
 * option may only be asked whether it is defined; anything else with it fails. What Python would answer with a `TypeError` fails here as an expression too.
 */
import { raise } from "../error/BstError.ts";
import * as Closest from "../yaml/Closest.ts";
import * as Text from "../yaml/PythonText.ts";
import * as ExpressionText from "./ExpressionText.ts";

/** A name without a value. */
interface Undefined {
  readonly undefinedName: string;
}

export type Value = string | number | boolean | null | readonly Value[];
type Result = Value | Undefined;

/** Option names and their values. */
export type Scope = ReadonlyMap<string, Value>;

const fail = (problem: string): never => {
  throw new ExpressionText.ExpressionError(problem);
};

/** Lists that were written with round brackets: never equal to, nor comparable with, those in square ones. */
const tuples = new WeakSet<readonly Value[]>();

const sameSort = (left: readonly Value[], right: readonly Value[]): boolean => tuples.has(left) === tuples.has(right);

const isList = (value: Result): value is readonly Value[] => Array.isArray(value);

const isUndefined = (value: Result): value is Undefined =>
  typeof value === "object" && value !== null && !isList(value);

const kindOf = (value: Value): string =>
  value === null ? "none" : isList(value) ? "list" : typeof value === "string" ? "text" : typeof value;

function define(value: Result, scope: Scope): Value {
  if (!isUndefined(value)) return value;
  const hint = Closest.suggest(value.undefinedName, scope.keys());
  return fail(`'${value.undefinedName}' is undefined${hint === undefined ? "" : `. ${hint}`}`);
}

function truth(value: Value): boolean {
  if (isList(value)) return value.length > 0;
  return Boolean(value);
}

function equals(left: Value, right: Value): boolean {
  if (isList(left) && isList(right)) {
    return (
      sameSort(left, right) &&
      left.length === right.length &&
      left.every((item, index) => equals(item, right[index] as Value))
    );
  }
  const number = (value: Value): Value => (typeof value === "boolean" ? Number(value) : value);
  return number(left) === number(right);
}

function order(left: Value, right: Value): number {
  if (typeof left === "string" && typeof right === "string") return Text.compare(left, right);
  if (isList(left) && isList(right) && sameSort(left, right)) {
    for (let index = 0; index < Math.min(left.length, right.length); index++) {
      const a = left[index] as Value;
      const b = right[index] as Value;
      if (!equals(a, b)) return order(a, b);
    }
    return left.length - right.length;
  }
  const numeric = (value: Value): value is number | boolean => typeof value === "number" || typeof value === "boolean";
  if (numeric(left) && numeric(right)) return Number(left) - Number(right);
  return fail(`cannot order ${kindOf(left)} and ${kindOf(right)}`);
}

function contains(container: Value, item: Value): boolean {
  if (isList(container)) return container.some((member) => equals(member, item));
  if (typeof container === "string") {
    return typeof item === "string"
      ? container.includes(item)
      : fail(`'in' needs a text on its left, not ${kindOf(item)}`);
  }
  return fail(`'in' needs a list or a text on its right, not ${kindOf(container)}`);
}

function holds(operator: string, left: Value, right: Value): boolean {
  switch (operator) {
    case "==":
      return equals(left, right);
    case "!=":
      return !equals(left, right);
    case "<":
      return order(left, right) < 0;
    case "<=":
      return order(left, right) <= 0;
    case ">":
      return order(left, right) > 0;
    case ">=":
      return order(left, right) >= 0;
    case "in":
      return contains(right, left);
    default:
      return !contains(right, left);
  }
}

/** `str(value)`. */
function print(value: Value): string {
  if (typeof value === "string") return value;
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (isList(value))
    return `[${value.map((item) => (typeof item === "string" ? `'${item}'` : print(item))).join(", ")}]`;
  return String(value);
}

function calculate(operator: string, left: Value, right: Value): Value {
  if (operator === "~") return print(left) + print(right);
  if (operator === "+") {
    if (typeof left === "string" && typeof right === "string") return left + right;
    if (isList(left) && isList(right)) return [...left, ...right];
  }
  const operand = (value: Value): number =>
    typeof value === "number" || typeof value === "boolean"
      ? Number(value)
      : fail(`cannot calculate with ${kindOf(value)}`);
  const a = operand(left);
  const b = operand(right);
  if (b === 0 && (operator === "/" || operator === "//" || operator === "%")) fail("division by zero");
  switch (operator) {
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
    case "/":
      return a / b;
    case "//":
      return Math.floor(a / b);
    case "%":
      return a - b * Math.floor(a / b);
    default:
      return a ** b;
  }
}

const sequenceOf = (value: Value, what: string): readonly Value[] =>
  isList(value) ? value : typeof value === "string" ? [...value] : fail(`${what} needs a list or a text`);

const textOf = (value: Value | undefined, what: string): string =>
  typeof value === "string" ? value : fail(`${what} needs a text`);

function filter(name: string, value: Value, args: readonly Value[]): Value {
  switch (name) {
    case "lower":
      return print(value).toLowerCase();
    case "upper":
      return print(value).toUpperCase();
    case "trim":
      return Text.strip(print(value));
    case "string":
      return print(value);
    case "length":
    case "count":
      return sequenceOf(value, name).length;
    case "list":
      return sequenceOf(value, name);
    case "first":
      return sequenceOf(value, name)[0] ?? fail("'first' of nothing");
    case "last":
      return sequenceOf(value, name).at(-1) ?? fail("'last' of nothing");
    case "join":
      return sequenceOf(value, name)
        .map(print)
        .join(args[0] === undefined ? "" : print(args[0]));
    case "sort":
      return [...sequenceOf(value, name)].sort(order);
    case "reverse":
      return typeof value === "string" ? [...value].reverse().join("") : [...sequenceOf(value, name)].reverse();
    case "sum":
      return sequenceOf(value, name).reduce((total, item) => calculate("+", total, item), 0);
    case "unique":
      return sequenceOf(value, name).filter(
        (item, index, all) => all.findIndex((other) => equals(item, other)) === index,
      );
    case "replace":
      return print(value).replaceAll(textOf(args[0], name), textOf(args[1], name));
    case "int": {
      if (typeof value === "number" || typeof value === "boolean") return Math.trunc(Number(value));
      const number = typeof value === "string" ? Number.parseFloat(value) : Number.NaN;
      return Number.isNaN(number) ? (args[0] ?? 0) : Math.trunc(number);
    }
    case "abs":
      return typeof value === "number" ? Math.abs(value) : fail("'abs' needs a number");
    case "default":
    case "d":
      return args[1] !== undefined && truth(args[1]) && !truth(value) ? (args[0] ?? "") : value;
    default:
      return fail(`there is no filter '${name}'`);
  }
}

function test(name: string, value: Value, args: readonly Value[]): boolean {
  const other = (): Value => args[0] ?? fail(`the test '${name}' needs a value`);
  switch (name) {
    case "none":
      return value === null;
    case "string":
      return typeof value === "string";
    case "number":
      return typeof value === "number" || typeof value === "boolean";
    case "integer":
      return typeof value === "number" && Number.isInteger(value);
    case "boolean":
      return typeof value === "boolean";
    case "true":
      return value === true;
    case "false":
      return value === false;
    case "sequence":
    case "iterable":
      return isList(value) || typeof value === "string";
    case "mapping":
      return false;
    case "lower":
    case "upper": {
      const text = print(value);
      const wanted = name === "lower" ? text.toLowerCase() : text.toUpperCase();
      return text === wanted && text.toLowerCase() !== text.toUpperCase();
    }
    case "odd":
      return truth(calculate("%", value, 2));
    case "even":
      return !truth(calculate("%", value, 2));
    case "divisibleby":
      return !truth(calculate("%", value, other()));
    case "in":
      return contains(other(), value);
    case "sameas":
      return value === other();
    case "eq":
    case "equalto":
      return equals(value, other());
    case "ne":
      return !equals(value, other());
    case "lt":
    case "lessthan":
      return order(value, other()) < 0;
    case "le":
      return order(value, other()) <= 0;
    case "gt":
    case "greaterthan":
      return order(value, other()) > 0;
    case "ge":
      return order(value, other()) >= 0;
    default:
      return fail(`there is no test '${name}'`);
  }
}

function method(name: string, value: Value, args: readonly Value[]): Value {
  if (isList(value)) {
    if (name === "count") return value.filter((item) => equals(item, args[0] ?? null)).length;
    if (name === "index") {
      const found = value.findIndex((item) => equals(item, args[0] ?? null));
      return found === -1 ? fail("the value is not in the list") : found;
    }
  }
  if (typeof value !== "string") return fail(`${kindOf(value)} has no '${name}'`);
  const affixes = (): readonly string[] =>
    isList(args[0] ?? "") ? (args[0] as readonly Value[]).map(print) : [textOf(args[0], name)];
  switch (name) {
    case "startswith":
      return affixes().some((affix) => value.startsWith(affix));
    case "endswith":
      return affixes().some((affix) => value.endsWith(affix));
    case "lower":
      return value.toLowerCase();
    case "upper":
      return value.toUpperCase();
    case "strip":
      return Text.strip(value);
    case "find":
      return value.indexOf(textOf(args[0], name));
    case "count":
      return value.split(textOf(args[0], name)).length - 1;
    case "replace":
      return value.replaceAll(textOf(args[0], name), textOf(args[1], name));
    case "split":
      return args[0] === undefined ? Text.strip(value).split(/\s+/) : value.split(textOf(args[0], name));
    case "isdigit":
    case "isnumeric":
      return /^\p{Nd}+$/u.test(value);
    default:
      return fail(`a text has no '${name}'`);
  }
}

function evaluateTree(tree: ExpressionText.Expression, scope: Scope): Result {
  const value = (of: ExpressionText.Expression): Value => define(evaluateTree(of, scope), scope);
  switch (tree.type) {
    case "literal":
      return tree.value;
    case "name": {
      const found = scope.get(tree.name);
      return found === undefined ? { undefinedName: tree.name } : found;
    }
    case "list":
      return tree.items.map(value);
    case "tuple": {
      const items = tree.items.map(value);
      tuples.add(items);
      return items;
    }
    case "not":
      return !truth(value(tree.operand));
    case "negate":
      return calculate("*", value(tree.operand), tree.sign);
    case "and": {
      const left = value(tree.left);
      return truth(left) ? evaluateTree(tree.right, scope) : left;
    }
    case "or": {
      const left = value(tree.left);
      return truth(left) ? left : evaluateTree(tree.right, scope);
    }
    case "choice":
      if (truth(value(tree.test))) return evaluateTree(tree.yes, scope);
      return tree.no === undefined ? { undefinedName: "else" } : evaluateTree(tree.no, scope);
    case "compare": {
      let left = evaluateTree(tree.first, scope);
      for (const { operator, operand } of tree.rest) {
        const right = value(operand);
        // Nothing is compared with the members of an empty list, not even a name without a value.
        if (!(isList(right) && right.length === 0 && operator.endsWith("in"))) left = define(left, scope);
        if (isUndefined(left)) left = null;
        if (!holds(operator, left, right)) return false;
        left = right;
      }
      return true;
    }
    case "arithmetic":
      return calculate(tree.operator, value(tree.left), value(tree.right));
    case "index": {
      const base = sequenceOf(value(tree.base), "an index");
      const index = value(tree.index);
      if (typeof index !== "number") return fail("an index must be a number");
      return base.at(index) ?? { undefinedName: `item ${index}` };
    }
    case "method":
      return method(tree.name, value(tree.base), tree.args.map(value));
    case "filter": {
      const base = evaluateTree(tree.base, scope);
      if ((tree.name === "default" || tree.name === "d") && isUndefined(base)) {
        return tree.args[0] === undefined ? "" : value(tree.args[0]);
      }
      return filter(tree.name, define(base, scope), tree.args.map(value));
    }
    case "test": {
      const base = evaluateTree(tree.base, scope);
      if (tree.name === "defined") return !isUndefined(base);
      if (tree.name === "undefined") return isUndefined(base);
      return test(tree.name, define(base, scope), tree.args.map(value));
    }
  }
}

const trees = new Map<string, ExpressionText.Expression>();
const maximumTrees = 10_000;

/** Whether a condition holds. Raises `expression-failed` (without a place; the caller adds it). */
export function evaluate(text: string, scope: Scope): boolean {
  try {
    let tree = trees.get(text);
    if (tree === undefined) {
      tree = ExpressionText.parse(text);
      if (trees.size >= maximumTrees) trees.clear();
      trees.set(text, tree);
    }
    return truth(define(evaluateTree(tree, scope), scope));
  } catch (cause) {
    if (!(cause instanceof ExpressionText.ExpressionError)) throw cause;
    return raise({
      domain: "LOAD",
      reason: "expression-failed",
      message: `Cannot evaluate the expression '${text}': ${cause.problem}`,
      hint: "Conditions are Jinja2 expressions over the names of the project's options.",
    });
  }
}
