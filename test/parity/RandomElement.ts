/** Random elements: kinds, sources, dependencies in all their forms, and everything that an element may say of itself. */
import type { Choices } from "./Choices.ts";
import * as RandomKinds from "./RandomKinds.ts";
import {
  conditional,
  decided,
  digest,
  type Mutable,
  maybe,
  publicData,
  text,
  texts,
  type Value,
  variables,
  words,
} from "./RandomValues.ts";

export function source(choices: Choices, packaged = false, first = true): Value {
  if (packaged && choices.rarely(2)) return RandomKinds.source(choices, first);
  const made: Mutable = choices.one<() => Mutable>([
    () => ({
      kind: "local",
      path: choices.one(["files/a", "files/a/one.txt", "files", ...(choices.rarely(20) ? ["files/missing"] : [])]),
    }),
    () => ({
      kind: "tar",
      url: choices.one(["up:x.tar.gz", "up:y.tar", ...(choices.rarely(10) ? ["nosuch:x.tar", "up:%{one}.tar"] : [])]),
      ref: digest,
    }),
    () => ({
      kind: "remote",
      url: "up:some/file.txt",
      ref: digest,
      filename: choices.rarely(20) ? "a/b" : choices.one(["f", "%{lib}"]),
    }),
    () => ({ kind: "tar", url: "up:unresolved.tar" }),
  ])();
  maybe(choices, made, "directory", () => choices.one(["sub", "%{lib}", "/abs"]));
  if (choices.rarely(40)) made["unknown-key"] = "x";
  return made;
}

export function configOf(choices: Choices, kind: string): Mutable {
  const made: Mutable = {};
  if (kind === "manual") {
    for (const phase of ["configure", "build", "install", "strip"])
      maybe(choices, made, `${phase}-commands`, () => texts(choices));
  } else if (kind === "import") {
    maybe(choices, made, "source", () => text(choices));
    maybe(choices, made, "target", () => text(choices));
  } else if (kind === "compose" || kind === "filter") {
    maybe(choices, made, "include", () => choices.one<Value>([["runtime"], ["devel", "runtime"]]));
    maybe(choices, made, "exclude", () => choices.one<Value>([["debug"], []]));
    maybe(choices, made, "include-orphans", () =>
      choices.one(["True", "False", ...(choices.rarely(10) ? ["maybe"] : [])]),
    );
    if (kind === "compose") maybe(choices, made, "integrate", () => choices.one(["True", "False"]));
  } else if (kind === "script") {
    maybe(choices, made, "commands", () => texts(choices));
    maybe(choices, made, "root-read-only", () => choices.one(["True", "False"]));
  }
  if (choices.rarely(50)) made["bad-key"] = "x";
  return made;
}

export function dependency(choices: Choices, name: string, key: string, located: boolean): Value {
  const mixed = key === "depends";
  const strict = key !== "runtime-depends";
  const junctioned = name.includes(":");
  return choices.one<() => Value>([
    () => name,
    () => ({ filename: name }),
    () =>
      junctioned
        ? { filename: name.split(":")[1] as string, junction: name.split(":")[0] as string }
        : { filename: [name] },
    () => (mixed !== choices.rarely(30) ? { filename: name, type: choices.one(["build", "runtime", "all"]) } : name),
    () => (strict !== choices.rarely(30) ? { filename: name, strict: choices.rarely(10) ? "false" : "true" } : name),
    () => (located ? { filename: name, config: { location: choices.one(["/", "/opt", "%{prefix}/y"]) } } : name),
  ])();
}

export function element(
  choices: Choices,
  earlier: readonly string[],
  optionNames: readonly string[],
  kinds: readonly string[],
  includable: readonly string[],
  packaged: boolean,
): Mutable {
  const kind = packaged && choices.rarely(2) ? choices.one(RandomKinds.elementKinds) : choices.one(kinds);
  const buildsSources = kind === "manual" || RandomKinds.elementKinds.includes(kind);
  const made: Mutable = { kind };
  const located = kind === "manual" || kind === "script";
  const form = kind === "stack" ? ["depends"] : ["build-depends", "runtime-depends", "depends"];
  const several = kind === "filter" ? 1 : 4;
  for (const key of form) {
    if (
      earlier.length === 0 ||
      !choices.rarely(kind === "stack" || (kind === "filter" && key === "build-depends") ? 1 : 2)
    )
      continue;
    const names = choices.many(several, () => (choices.rarely(50) ? "missing.bst" : choices.one(earlier)));
    if (names.length > 0)
      made[key] = names.map((name) =>
        kind === "stack" ? name : dependency(choices, name, key, located && key !== "runtime-depends"),
      );
  }
  if (kind === "import" || (buildsSources && choices.rarely(3)))
    made["sources"] = [source(choices, packaged), ...choices.many(1, () => source(choices, packaged, false))];
  maybe(choices, made, "variables", () => {
    const values = variables(choices);
    if (packaged) maybe(choices, values, RandomKinds.variable(choices), () => choices.one(words));
    return decided(choices, values, optionNames);
  });
  maybe(choices, made, "environment", () => ({ [choices.one(["FOO", "PATH", "BAR"])]: choices.one(words) }));
  maybe(choices, made, "environment-nocache", () => ["FOO"], 6);
  maybe(choices, made, "public", () => publicData(choices));
  maybe(
    choices,
    made,
    "sandbox",
    () =>
      choices.one<Value>([
        { "build-uid": "7" },
        { "build-arch": "aarch64" },
        { "build-os": "Linux" },
        { "build-uid": "x" },
        { nosuch: "1" },
      ]),
    8,
  );
  const config = configOf(choices, kind);
  if (Object.keys(config).length > 0) made["config"] = config;
  maybe(choices, made, "description", () => text(choices), 8);
  maybe(choices, made, "(?)", () => conditional(choices, optionNames, () => ({ variables: variables(choices) })), 6);
  maybe(
    choices,
    made,
    "(@)",
    () =>
      choices.one<Value>([
        "include/a.yml",
        ["include/a.yml", "include/b.yml"],
        ...includable,
        ...(choices.rarely(10) ? ["include/missing.yml"] : []),
      ]),
    8,
  );
  if (choices.rarely(60)) made[choices.one(["deps", "kinds"])] = "x";
  return made;
}
