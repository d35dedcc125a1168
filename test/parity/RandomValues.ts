/** The small parts of random projects: texts, lists with directives, conditions, variables, public data. */
import type { Choices } from "./Choices.ts";

export type Value = string | readonly Value[] | { readonly [key: string]: Value };
export type Mutable = { [key: string]: Value };

export const words = [
  "alpha",
  "beta",
  "gamma",
  "%{prefix}/x",
  "%{one}",
  "%{two} %{one}",
  "no",
  "0x1f",
  " spaced ",
  "ünïcode",
  "%{element-name}",
  "%{max-jobs}",
  "a: b",
  "",
];
export const variableNames = ["one", "two", "three", "datadir", "bindir"];
export const digest = "0123456789abcdef".repeat(4);

export function mistake(choices: Choices): Value {
  return choices.one<Value>([
    "%{undefined-one}",
    ["list"],
    { map: "ping" },
    "%{loop-a}",
    { "(>)": ["x"] },
    { "(>)": ["x"], other: "y" },
  ]);
}

export function text(choices: Choices): Value {
  return choices.rarely(150) ? mistake(choices) : choices.one(words);
}

export function texts(choices: Choices, most = 3): Value {
  const list = choices.many(most, () => text(choices));
  return choices.one<Value>([list, list, list, { "(>)": list }, { "(<)": list }, { "(=)": list }]);
}

export function condition(choices: Choices, optionNames: readonly string[]): string {
  const name = choices.one(
    optionNames.length > 0 ? [...Array.from({ length: 8 }, () => optionNames).flat(), "nosuch"] : ["nosuch"],
  );
  const simple = choices.one([
    name,
    `not ${name}`,
    `${name} == "a"`,
    `${name} != 'b'`,
    `"a" in ${name}`,
    `${name} == "b" or ${name} == "a"`,
    `not (${name} == "a" and ${name})`,
    `${name} in ("a", "b")`,
    `${name} not in ['a', 'c']`,
    `${name} and "b" in ${name} or ${name} == ("a")`,
    `(${name}|length) > 0`,
    `${name} is defined and not ${name} is none`,
  ]);
  return choices.rarely(12) ? `(${simple}) and (${name} == "b"` : simple;
}

export function conditional(choices: Choices, optionNames: readonly string[], body: () => Mutable, depth = 0): Value {
  const inner = (): Mutable => {
    const made = body();
    if (depth < 2 && choices.rarely(8)) made["(?)"] = conditional(choices, optionNames, body, depth + 1);
    return made;
  };
  return choices.many(2, () => ({
    [condition(choices, optionNames)]: choices.rarely(20) ? { "(!)": "refused" } : inner(),
  }));
}

/** A value that may be decided by an option where it stands, or come from a file. */
export function decided(choices: Choices, made: Mutable, optionNames: readonly string[]): Mutable {
  if (choices.rarely(8)) made["(?)"] = conditional(choices, optionNames, () => variables(choices));
  if (choices.rarely(10))
    made["(@)"] = choices.one<Value>(["include/vars.yml", ["include/vars.yml", "include/more.yml"]]);
  return made;
}

export function variables(choices: Choices): Mutable {
  const made: Mutable = {};
  for (const name of choices.many(3, () => choices.one(variableNames))) made[name] = text(choices);
  if (choices.rarely(40)) Object.assign(made, { "loop-a": "%{loop-b}", "loop-b": "%{loop-a}" });
  if (choices.rarely(60)) made["max-jobs"] = "3";
  if (choices.rarely(30)) made["notparallel"] = choices.one(["True", "False"]);
  return made;
}

export function maybe(choices: Choices, target: Mutable, key: string, make: () => Value, rarity = 3): void {
  if (choices.rarely(rarity)) target[key] = make();
}

export function publicData(choices: Choices): Mutable {
  const bst: Mutable = {};
  maybe(choices, bst, "split-rules", () => ({ [choices.one(["runtime", "extra"])]: texts(choices) }));
  maybe(choices, bst, "integration-commands", () => texts(choices));
  maybe(choices, bst, "overlap-whitelist", () => texts(choices));
  const made: Mutable = Object.keys(bst).length > 0 ? { bst } : {};
  maybe(choices, made, "custom", () => ({ key: text(choices), list: texts(choices) }));
  return made;
}
