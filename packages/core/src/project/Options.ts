/**
 * A project's options: what may be chosen, what is chosen, and how choices are seen by conditionals and variables.
 *
 * Later choices win: declared default, values given by a junction, the user configuration, the command line. Surprises: a `flags` list keeps its order only as a
 * declared default, any later choice is sorted; `arch` defaults to that of its values which means the host's machine and is checked only in {@link resolve}, after all choices; booleans are
 * exported as `1` and `0`; the command line takes `True`, `true`, `False`, `false` but not `1`.
 */

import * as Architecture from "../element/Architecture.ts";
import { raise } from "../error/BstError.ts";
import * as Access from "../yaml/Access.ts";
import * as Closest from "../yaml/Closest.ts";
import { type Mapping, type Node, place, type Scalar, type Sequence, scalar, synthetic } from "../yaml/Node.ts";
import * as Text from "../yaml/PythonText.ts";
import type * as Expression from "./Expression.ts";
import * as Host from "./Host.ts";
import * as Symbols from "./Symbols.ts";

const types = ["bool", "enum", "flags", "element-mask", "arch", "os"] as const;
export type OptionType = (typeof types)[number];

export interface Option {
  readonly name: string;
  readonly type: OptionType;
  /** The variable that carries the value, if any. */
  readonly variable: string | undefined;
  /** What may be chosen; empty for `bool`. */
  readonly values: readonly string[];
  readonly value: boolean | string | readonly string[];
  readonly declaration: Mapping;
}

/** All options of one project, in declaration order. */
export interface Options {
  readonly byName: ReadonlyMap<string, Option>;
  /** Values for conditionals. */
  readonly scope: Expression.Scope;
}

/** What declarations need to know beside their own text. */
export interface Surroundings {
  readonly host: Host.Host;
  /** Names of all element files below the element path, asked only when there is an `element-mask`. */
  readonly elements: () => readonly string[];
}

function make(byName: ReadonlyMap<string, Option>): Options {
  return { byName, scope: new Map([...byName].map(([name, option]) => [name, option.value])) };
}

/** A project without options. */
export const none: Options = make(new Map());

function refuse(
  option: Pick<Option, "name" | "type" | "values">,
  value: string,
  node: Node | undefined,
  hint = Closest.suggest(value, option.values) ??
    (option.type === "bool" ? "Write True or False." : "Choose one of the valid values."),
): never {
  return raise({
    domain: "LOAD",
    reason: "invalid-data",
    message: `Invalid value for the ${option.type} option '${option.name}': '${value}'`,
    detail: option.values.length === 0 ? undefined : `Valid values: ${option.values.slice(0, 200).join(", ")}`,
    place: node === undefined || node.file === synthetic ? undefined : place(node),
    hint,
  });
}

function checkAll(
  option: Pick<Option, "name" | "type" | "values">,
  values: readonly string[],
  node: Node | undefined,
): void {
  const valid = new Set(option.values);
  for (const value of values) if (!valid.has(value)) refuse(option, value, node);
}

const common = ["type", "description", "variable"];
const keysOf: Readonly<Record<OptionType, readonly string[]>> = {
  bool: [...common, "default"],
  enum: [...common, "values", "default"],
  flags: [...common, "default", "values"],
  "element-mask": [...common, "default"],
  arch: [...common, "values"],
  os: [...common, "values"],
};

function archDefault(name: string, values: Sequence, host: Host.Host): string {
  const machine = Host.architecture(host);
  let found: string | undefined;
  for (const node of values.items) {
    const value = (node as Scalar).value;
    const canonical = Architecture.canonical(value);
    if (canonical === undefined) {
      return Access.invalid(
        node,
        `Invalid value for the arch option '${name}': '${value}' is no known architecture`,
        "Use a name like x86_64, aarch64, riscv64.",
      );
    }
    if (found === undefined && canonical === machine) found = value;
  }
  return found ?? machine;
}

function declareOne(name: string, node: Node, around: Surroundings): Option {
  Symbols.assertSymbol(name, "option name", node, false);
  if (node.type !== "mapping") return Access.invalid(node, `The declaration of the option '${name}' must be a mapping`);
  const type = Access.getEnum(node, "type", types);
  Access.getString(node, "description");
  const variable = Access.optionalScalar(node, "variable");
  if (variable !== undefined) Symbols.assertSymbol(variable.value, "variable name", variable);
  Access.validateKeys(node, keysOf[type]);
  const base = { name, type, variable: variable?.value, declaration: node };
  if (type === "bool") return { ...base, values: [], value: Access.getBool(node, "default") };
  const values = type === "element-mask" ? around.elements() : Access.getStringList(node, "values", []);
  if (values.length === 0) {
    return Access.invalid(node, `No values are given for the ${type} option '${name}'`, "List them under `values:`.");
  }
  switch (type) {
    case "flags":
    case "element-mask": {
      const chosen = Access.optionalSequence(node, "default");
      const value = chosen === undefined ? [] : Access.asStringList(chosen);
      checkAll({ ...base, values }, value, chosen);
      return { ...base, values, value };
    }
    case "enum": {
      const chosen = Access.getScalar(node, "default");
      if (!values.includes(chosen.value)) refuse({ ...base, values }, chosen.value, chosen);
      return { ...base, values, value: chosen.value };
    }
    case "arch":
      return { ...base, values, value: archDefault(name, Access.getSequence(node, "values"), around.host) };
    case "os":
      return { ...base, values, value: around.host.os };
  }
}

/** Reads the `options` of project.conf with their defaults. Raises `invalid-data`, `invalid-symbol-name`. */
export function declare(declarations: Mapping, around: Surroundings): Options {
  const byName = new Map<string, Option>();
  for (const [name, node] of declarations.entries) byName.set(name, declareOne(name, node, around));
  return make(byName);
}

/** Choices from a mapping of option names: a junction's `options` or the user configuration's. */
export function choose(options: Options, choices: Mapping): Options {
  const byName = new Map(options.byName);
  for (const [name, node] of choices.entries) {
    const option = byName.get(name);
    if (option === undefined) {
      return Access.invalid(node, `Unknown option '${name}'`, Closest.suggest(name, byName.keys()));
    }
    if (option.type === "bool") byName.set(name, { ...option, value: Access.getBool(choices, name) });
    else if (option.type === "flags" || option.type === "element-mask") {
      const value = [...Access.getStringList(choices, name)].sort(Text.compare);
      checkAll(option, value, node);
      byName.set(name, { ...option, value });
    } else {
      const value = Access.getString(choices, name);
      if (!option.values.includes(value)) refuse(option, value, node);
      byName.set(name, { ...option, value });
    }
  }
  return make(byName);
}

/** Choices from the command line's `-o NAME VALUE`. Unknown names fail unless `ignoreUnknown`. */
export function chooseOnCommandLine(
  options: Options,
  choices: readonly (readonly [name: string, value: string])[],
  ignoreUnknown = false,
): Options {
  const byName = new Map(options.byName);
  for (const [name, text] of choices) {
    const option = byName.get(name);
    if (option === undefined) {
      if (ignoreUnknown) continue;
      return raise({
        domain: "LOAD",
        reason: "invalid-data",
        message: `Unknown option '${name}' on the command line`,
        hint: Closest.suggest(name, byName.keys()) ?? "The options are declared in project.conf.",
      });
    }
    if (option.type === "bool") {
      const value = text === "True" || text === "true";
      if (!value && text !== "False" && text !== "false") refuse(option, text, undefined);
      byName.set(name, { ...option, value });
    } else if (option.type === "flags" || option.type === "element-mask") {
      const value = Text.withoutSpace(text).split(",").sort(Text.compare);
      checkAll(option, value, undefined);
      byName.set(name, { ...option, value });
    } else {
      if (!option.values.includes(text)) refuse(option, text, undefined);
      byName.set(name, { ...option, value: text });
    }
  }
  return make(byName);
}

/** After all choices: `arch` and `os` must have ended at a value that the project supports. */
export function resolve(options: Options): Options {
  for (const option of options.byName.values()) {
    if ((option.type === "arch" || option.type === "os") && !option.values.includes(option.value as string)) {
      const hint = `That is this machine's. Add it to the option's values in project.conf, or choose another with \`-o ${option.name}\`.`;
      refuse(option, option.value as string, undefined, hint);
    }
  }
  return options;
}

/** An option's value as text: in variables, in `show` and in the heading of a session. */
function print(option: Option): string {
  if (typeof option.value === "boolean") return option.value ? "1" : "0";
  return typeof option.value === "string" ? option.value : option.value.join(",");
}

/** Variables with those that options export, over what was there. */
export function exportVariables(options: Options, variables: Mapping): Mapping {
  const entries = new Map(variables.entries);
  for (const option of options.byName.values()) {
    if (option.variable === undefined) continue;
    const old = entries.get(option.variable);
    entries.set(option.variable, scalar(print(option), old ?? variables));
  }
  return { ...variables, entries };
}

/** Every option's value as text, sorted by name, as the heading of a session lists them. */
export function printable(options: Options): ReadonlyMap<string, string> {
  const names = [...options.byName.keys()].sort(Text.compare);
  return new Map(names.map((name) => [name, print(options.byName.get(name) as Option)]));
}
