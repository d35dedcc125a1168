/**
 * `package-name:` of a `pip` origin: a Python requirement such as `buildstream-plugins>=2.1,<3`, answered by the packages built in here.
 */
import * as ElementKinds from "../element/ElementKinds.ts";
import { type ReasonOf, raise } from "../error/BstError.ts";
import * as SourceKinds from "../source/SourceKinds.ts";
import { type Node, place } from "../yaml/Node.ts";
import type { PluginType } from "./Plugins.ts";

/** The releases whose kinds and defaults are built in. */
const packages = { "buildstream-plugins": "2.8.0", "buildstream-plugins-community": "2.4.0" } as const;
type PackageName = keyof typeof packages;

const requirement = /^\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[[^\]]*\])?\s*\(?([^)]*)\)?\s*$/;
const clause = /^\s*(~=|===|==|!=|<=|>=|<|>)\s*v?(\d+(?:\.\d+)*)(\.\*)?[^,]*$/;

export interface Satisfied {
  /** The package whose kinds are built in; undefined for another, which is installed. */
  readonly home: PackageName | undefined;
  readonly detail: string;
  readonly installed: Installed | undefined;
}

/** A plugin of a Python package that is installed. */
export interface Installed {
  readonly version: string;
  /** The directory of the plugin's module; undefined when the package has no such plugin. */
  readonly directory: string | undefined;
  /** Text of the plugin's default YAML. */
  readonly defaults: string;
}

/** Finds a plugin of an installed package; undefined when the package is not installed. */
export type Find = (name: string, type: PluginType, kind: string) => Installed | undefined;

/** Answers a requirement for one kind; raises what BuildStream raises where the package, its version or the plugin is missing. */
export function check(
  text: string,
  type: PluginType,
  kind: string,
  node: Node,
  find?: Find,
  preferFound = false,
): Satisfied {
  const fail = (reason: ReasonOf<"PLUGIN">, message: string, hint?: string): never =>
    raise({ domain: "PLUGIN", reason, message, place: place(node), hint });
  const match = requirement.exec(text);
  const clauses =
    (match?.[2] ?? "")
      .split(";")[0]
      ?.split(",")
      .filter((part) => part.trim() !== "") ?? [];
  if (match === null || clauses.some((part) => !clause.test(part))) {
    return fail("package-malformed-requirement", `'${text}' is no requirement of a Python package`);
  }
  const name = (match[1] as string).toLowerCase().replace(/[-_.]+/g, "-");
  const own = isPackage(name);
  const installed = own && !preferFound ? undefined : find?.(name, type, kind);
  if (installed !== undefined) {
    const { version, directory } = installed;
    if (!clauses.every((part) => satisfies(version, part)))
      return fail(
        "package-version-conflict",
        `'${text}' is required for the ${type} kind '${kind}', installed is ${name} ${version}`,
        `Install another version: python3 -m pip install '${text}'`,
      );
    if (directory === undefined)
      return fail("plugin-not-found", `The package '${name}' has no ${type} plugin '${kind}'`);
    return { home: undefined, detail: `python package '${name}' version ${version} at: ${directory}`, installed };
  }
  if (!own) {
    return fail(
      "package-not-found",
      `The Python package '${name}' for the ${type} kind '${kind}' is not installed`,
      `Install it with: python3 -m pip install '${text}'`,
    );
  }
  const version = packages[name];
  if (!clauses.every((part) => satisfies(version, part))) {
    return fail(
      "package-version-conflict",
      `'${text}' is required for the ${type} kind '${kind}', built in is ${version}`,
    );
  }
  const known =
    type === "element" ? ElementKinds.find(kind, name) : type === "source" ? SourceKinds.find(kind, name) : true;
  if (known === undefined) return fail("plugin-not-found", `The package '${name}' has no ${type} plugin '${kind}'`);
  return { home: name, detail: `python package '${name}' version ${version}`, installed: undefined };
}

function isPackage(name: string): name is PackageName {
  return Object.hasOwn(packages, name);
}

function satisfies(version: string, part: string): boolean {
  const [, operator, wanted = "", wildcard] = clause.exec(part) ?? [];
  const prefix = wildcard !== undefined || operator === "~=";
  const order = compare(version, wanted);
  const begins = startsWith(version, operator === "~=" ? wanted.slice(0, wanted.lastIndexOf(".")) : wanted);
  switch (operator) {
    case "~=":
      return order >= 0 && begins;
    case "===":
    case "==":
      return prefix ? begins : order === 0;
    case "!=":
      return prefix ? !begins : order !== 0;
    case "<=":
      return order <= 0;
    case ">=":
      return order >= 0;
    case "<":
      return order < 0;
    default:
      return order > 0;
  }
}

function numbers(version: string): readonly number[] {
  return version.split(".").map(Number);
}

function compare(a: string, b: string): number {
  const left = numbers(a);
  const right = numbers(b);
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function startsWith(version: string, prefix: string): boolean {
  const all = numbers(version);
  return numbers(prefix).every((number, at) => all[at] === number);
}
