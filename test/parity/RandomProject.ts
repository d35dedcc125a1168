/**
 * Small random projects, made from a tape of choices: options, conditionals, includes, list directives, junctions with overrides and links,
 * all dependency forms, public data, sources of several kinds, and now and then a mistake. Both tools load them; what they say must agree.
 */
import { stringify } from "yaml";
import type { Choices } from "./Choices.ts";
import { configOf, element } from "./RandomElement.ts";
import * as RandomKinds from "./RandomKinds.ts";
import {
  conditional,
  decided,
  digest,
  type Mutable,
  maybe,
  texts,
  type Value,
  variables,
  words,
} from "./RandomValues.ts";

export interface RandomProject {
  /** Path to text. */
  readonly files: ReadonlyMap<string, string>;
  readonly targets: readonly string[];
  /** Options for the command line, as `-o NAME VALUE` pairs. */
  readonly options: readonly (readonly [string, string])[];
  /** Further text for the user configuration. */
  readonly configuration: string;
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
    maybe(
      choices,
      config,
      "overrides",
      () => Object.fromEntries(choices.many(2, () => [choices.one(replaced), choices.one(own)] as const)),
      3,
    );
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
  maybe(choices, conf, "variables", () => decided(choices, variables(choices), names));
  // An environment variable that is a list or a mapping is refused by ours at once.
  maybe(choices, conf, "environment", () => ({ BAR: choices.one(words) }));
  const packaged = choices.rarely(4);
  if (packaged) conf["plugins"] = RandomKinds.plugins();
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
    const refs: Mutable = {
      projects: { [name]: { "e0.bst": stored, "dir/e1.bst": stored }, subproject: { "e0.bst": stored } },
    };
    maybe(choices, refs, "(?)", () =>
      conditional(choices, names, () => ({ projects: { [name]: { "e0.bst": stored, "e2.bst": stored } } })),
    );
    put("project.refs", refs);
    if (choices.rarely(3)) put("junction.refs", { projects: { [name]: { "sub.bst": stored } } });
  }
  if (choices.rarely(50)) conf["nosuch"] = "x";
  put("project.conf", conf);
  put("include/a.yml", { variables: variables(choices), environment: { INC: choices.one(words) } });
  put("include/vars.yml", decided(choices, variables(choices), names));
  put("include/more.yml", variables(choices));
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
    put(`elements/${path}`, element(choices, elements, names, allKinds, includable, packaged));
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
