/**
 * Small random projects, made from a tape of choices: options, conditionals, includes, list directives, junctions with overrides and links,
 * all dependency forms, public data, sources of several kinds, and now and then a mistake. Both tools load them; what they say must agree.
 */
import { stringify } from "yaml";
import type { Choices } from "./Choices.ts";

type Value = string | readonly Value[] | { readonly [key: string]: Value };
type Mutable = { [key: string]: Value };

export interface RandomProject {
  /** Path to text. */
  readonly files: ReadonlyMap<string, string>;
  readonly targets: readonly string[];
  /** Options for the command line, as `-o NAME VALUE` pairs. */
  readonly options: readonly (readonly [string, string])[];
  /** Further text for the user configuration. */
  readonly configuration: string;
}

const words = [
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
const variableNames = ["one", "two", "three", "datadir", "bindir"];
const digest = "0123456789abcdef".repeat(4);

function mistake(choices: Choices): Value {
  return choices.one<Value>([
    "%{undefined-one}",
    ["list"],
    { map: "ping" },
    "%{loop-a}",
    { "(>)": ["x"] },
    { "(>)": ["x"], other: "y" },
  ]);
}

function text(choices: Choices): Value {
  return choices.rarely(150) ? mistake(choices) : choices.one(words);
}

function texts(choices: Choices, most = 3): Value {
  const list = choices.many(most, () => text(choices));
  return choices.one<Value>([list, list, list, { "(>)": list }, { "(<)": list }, { "(=)": list }]);
}

function condition(choices: Choices, optionNames: readonly string[]): string {
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
  ]);
  return choices.rarely(12) ? `(${simple}) and (${name} == "b"` : simple;
}

function conditional(choices: Choices, optionNames: readonly string[], body: () => Mutable): Value {
  return choices.many(2, () => ({
    [condition(choices, optionNames)]: choices.rarely(20) ? { "(!)": "refused" } : body(),
  }));
}

function variables(choices: Choices): Mutable {
  const made: Mutable = {};
  for (const name of choices.many(3, () => choices.one(variableNames))) made[name] = text(choices);
  if (choices.rarely(40)) Object.assign(made, { "loop-a": "%{loop-b}", "loop-b": "%{loop-a}" });
  if (choices.rarely(60)) made["max-jobs"] = "3";
  if (choices.rarely(30)) made["notparallel"] = choices.one(["True", "False"]);
  return made;
}

function maybe(choices: Choices, target: Mutable, key: string, make: () => Value, rarity = 3): void {
  if (choices.rarely(rarity)) target[key] = make();
}

function publicData(choices: Choices): Mutable {
  const bst: Mutable = {};
  maybe(choices, bst, "split-rules", () => ({ [choices.one(["runtime", "extra"])]: texts(choices) }));
  maybe(choices, bst, "integration-commands", () => texts(choices));
  maybe(choices, bst, "overlap-whitelist", () => texts(choices));
  const made: Mutable = Object.keys(bst).length > 0 ? { bst } : {};
  maybe(choices, made, "custom", () => ({ key: text(choices), list: texts(choices) }));
  return made;
}

function source(choices: Choices): Value {
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

function configOf(choices: Choices, kind: string): Mutable {
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

function dependency(choices: Choices, name: string, key: string, located: boolean): Value {
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

function element(
  choices: Choices,
  earlier: readonly string[],
  optionNames: readonly string[],
  kinds: readonly string[],
  includable: readonly string[],
): Mutable {
  const kind = choices.one(kinds);
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
  if (kind === "import" || (kind === "manual" && choices.rarely(3)))
    made["sources"] = [source(choices), ...choices.many(1, () => source(choices))];
  maybe(choices, made, "variables", () => variables(choices));
  maybe(choices, made, "environment", () => ({ [choices.one(["FOO", "PATH", "BAR"])]: text(choices) }));
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

const allKinds = ["manual", "stack", "import", "compose", "filter", "script", "manual"];

/** A project behind a junction. */
interface Inner {
  /** The junction's name without `.bst`, and its directory. */
  readonly name: string;
  /** Names that other projects may depend on. */
  readonly elements: readonly string[];
  readonly options: readonly string[];
  readonly junctions: readonly string[];
}

function optionOf(choices: Choices, type: string): Mutable {
  const made: Mutable = { type, description: "x" };
  if (type === "bool") made["default"] = choices.one(["True", "False"]);
  else if (type === "arch") made["values"] = ["x86_64", "aarch64", ...(choices.rarely(4) ? ["a"] : [])];
  else if (type === "os") made["values"] = choices.rarely(10) ? ["Darwin"] : ["Linux", "a"];
  else if (type === "element-mask") {
    maybe(choices, made, "default", () => choices.one<Value>([["e0.bst"], ["e0.bst", "e1.bst"], ["nosuch.bst"]]));
  } else {
    const one = () => (choices.rarely(30) ? "z" : choices.one(["a", "b"]));
    made["values"] = ["a", "b", "c"];
    made["default"] = type === "enum" ? one() : choices.one<Value>([[], ["a"], ["b", "a"]]);
  }
  maybe(choices, made, "variable", () => choices.one(["var-option", "one", "Bad Name"]));
  return made;
}

/** The junction to a project, with what it may say about it; `own` are elements that can replace some there. */
function junction(choices: Choices, inner: Inner, own: readonly string[]): Mutable {
  const config: Mutable = {};
  if (inner.options.length > 0)
    maybe(
      choices,
      config,
      "options",
      () => ({
        [choices.rarely(10) ? "nosuch" : choices.one(inner.options)]: choices.one([
          ...["True", "a", "a,b", "%{lib}", "x86_64", "Linux", "e0.bst"],
        ]),
      }),
      2,
    );
  const replaced = [...inner.junctions, ...inner.elements];
  if (own.length > 0 && replaced.length > 0)
    maybe(choices, config, "overrides", () => ({ [choices.one(replaced)]: choices.one(own) }), 3);
  maybe(choices, config, "map-aliases", () => choices.one(["identity", "none"]), 5);
  return {
    kind: "junction",
    sources: [{ kind: "local", path: inner.name }],
    ...(Object.keys(config).length > 0 ? { config } : {}),
  };
}

/** One project directory's files; `inner` are the projects inside it. */
function projectFiles(choices: Choices, name: string, prefix: string, inner: readonly Inner[]) {
  const files = new Map<string, string>();
  const put = (path: string, value: Value) =>
    files.set(
      prefix + path,
      stringify(value, { lineWidth: 0, defaultStringType: choices.one(["PLAIN", "QUOTE_DOUBLE", "QUOTE_SINGLE"]) }),
    );
  const conf: Mutable = {
    name,
    "min-version": "2.0",
    "element-path": "elements",
    aliases: { up: "https://up.example.com/" },
  };
  const options: Mutable = {};
  const kinds = choices.many(2, (index) => ({
    option: `opt${index}`,
    type: choices.one(["bool", "enum", "flags", "bool", "enum", "flags", "arch", "os", "element-mask"]),
  }));
  for (const { option, type } of kinds) options[option] = optionOf(choices, type);
  if (kinds.length > 0) conf["options"] = options;
  const names = kinds.map(({ option }) => option);
  maybe(choices, conf, "variables", () => variables(choices));
  maybe(choices, conf, "environment", () => ({ BAR: text(choices) }));
  maybe(choices, conf, "split-rules", () => ({ devel: texts(choices) }), 5);
  maybe(choices, conf, "fatal-warnings", () => choices.one<Value>([["overlaps"], ["unaliased-url", "overlaps"]]), 5);
  maybe(choices, conf, "sandbox", () => ({ "build-uid": "3" }), 8);
  maybe(
    choices,
    conf,
    "elements",
    () => ({ manual: { variables: variables(choices), config: configOf(choices, "manual") } }),
    4,
  );
  maybe(choices, conf, "(?)", () => conditional(choices, names, () => ({ variables: variables(choices) })), 4);
  maybe(
    choices,
    conf,
    "sources",
    () => ({ tar: { config: choices.one<Value>([{ directory: "d" }, { "base-dir": "x" }]) } }),
    8,
  );
  const includes = ["include/a.yml", ...inner.map(({ name: junctioned }) => `${junctioned}.bst:include/b.yml`)];
  maybe(choices, conf, "(@)", () => choices.one<Value>([...includes, includes]), 8);
  maybe(
    choices,
    conf,
    "junctions",
    () =>
      choices.one<Value>([
        { internal: ["sub.bst"] },
        { duplicates: { deeper: ["sub.bst:deep.bst"] } },
        { "disallow-subproject-uris": "True" },
      ]),
    10,
  );
  if (choices.rarely(8)) {
    conf["ref-storage"] = "project.refs";
    const stored = [{}, { ref: digest.replaceAll("0", "f") }];
    put("project.refs", {
      projects: { [name]: { "e0.bst": stored, "dir/e1.bst": stored }, subproject: { "e0.bst": stored } },
    });
  }
  if (choices.rarely(50)) conf["nosuch"] = "x";
  put("project.conf", conf);
  put("include/a.yml", { variables: variables(choices), environment: { INC: text(choices) } });
  put("include/b.yml", { variables: variables(choices), ...(choices.rarely(8) ? { "(@)": "include/a.yml" } : {}) });
  files.set(`${prefix}files/a/one.txt`, "one\n");
  files.set(`${prefix}files/a/two.txt`, "two\n");

  const elements: string[] = [];
  const junctions: string[] = [];
  const includable = [...(prefix === "" && inner[0] !== undefined ? [`${inner[0].name}.bst:include/b.yml`] : [])];
  for (const one of inner) {
    const reached = one.elements.map((element) => `${one.name}.bst:${element}`);
    put(`elements/${one.name}.bst`, junction(choices, one, [...junctions, ...elements, "e0.bst"]));
    junctions.push(`${one.name}.bst`);
    if (choices.rarely(2)) {
      const targets = [...reached, `${one.name}.bst`, ...one.junctions.map((below) => `${one.name}.bst:${below}`)];
      const target = choices.one(targets);
      put(`elements/link-${one.name}.bst`, { kind: "link", config: { target } });
      elements.push(`link-${one.name}.bst`);
      if (!reached.includes(target)) {
        junctions.push(`link-${one.name}.bst`);
        elements.push(`link-${one.name}.bst:${choices.one(["e0.bst", ...one.elements])}`);
      }
    }
    elements.push(...reached);
  }
  const own: string[] = [];
  for (const index of Array.from({ length: 1 + choices.below(5) }, (_, k) => k)) {
    const path = choices.one([`e${index}.bst`, `dir/e${index}.bst`]);
    put(`elements/${path}`, element(choices, elements, names, allKinds, includable));
    elements.push(path);
    own.push(path);
  }
  return {
    files,
    own,
    options: names,
    junctions,
    offered: [...own, ...elements.filter((element) => !own.includes(element) && choices.rarely(4))],
  };
}

/** Reads a project off the tape. */
export function randomProject(choices: Choices): RandomProject {
  const files = new Map<string, string>();
  const make = (
    name: string,
    project: string,
    prefix: string,
    inner: readonly Inner[],
  ): Inner & { own: readonly string[] } => {
    const made = projectFiles(choices, project, prefix, inner);
    for (const [path, text] of made.files) files.set(path, text);
    return { name, elements: made.offered, options: made.options, junctions: made.junctions, own: made.own };
  };
  const depth = choices.one([0, 0, 1, 1, 2, 3]);
  const deep = depth >= 2 ? [make("deep", "deeper", "sub/deep/", [])] : [];
  const sub = depth >= 1 ? [make("sub", "subproject", "sub/", deep)] : [];
  const other = depth === 3 ? [make("other", choices.one(["another", "deeper"]), "other/", [])] : [];
  const top = make("top", "top", "", [...other, ...sub]);
  const value = () =>
    choices.one(["True", "a", "b", "a,b", "", "x86_64", "aarch64", "Linux", "e0.bst", "e0.bst,e1.bst"]);
  const options: (readonly [string, string])[] = [];
  if (top.options.length > 0 && choices.rarely(2))
    options.push([choices.rarely(15) ? "nosuch" : choices.one(top.options), value()]);
  let configuration = "";
  const [project] = choices.rarely(4) ? [choices.one([top, ...sub])] : [];
  if (project !== undefined && project.options.length > 0) {
    const name = project === top ? "top" : "subproject";
    configuration = stringify({ projects: { [name]: { options: { [choices.one(project.options)]: value() } } } });
  }
  return { files, targets: [...top.own].reverse(), options, configuration };
}
