/**
 * Plugins written in TypeScript or JavaScript: which files they may be, and how a loaded module becomes a kind.
 *
 * Loading a module is the host's business, since it runs code; {@link Load} is its half of the contract.
 */
import { raise } from "../error/BstError.ts";
import type { ProjectFiles } from "../project/ProjectFiles.ts";
import { type Node, place } from "../yaml/Node.ts";
import { toolbox } from "./Toolbox.ts";

/** Where a module is: a file of a project, or an npm package as seen from a project. */
export type Script =
  | { readonly type: "file"; readonly files: ProjectFiles; readonly path: string }
  | { readonly type: "package"; readonly files: ProjectFiles; readonly name: string };

/** Loads a module and gives its exports; raises a BstError when it cannot. */
export type Load = (script: Script, user: Node) => Readonly<Record<string, unknown>>;

/** File name endings of plugins, in the order in which they are looked for. */
export const endings = [".ts", ".mts", ".js", ".mjs"] as const;

/** How messages call a script. */
export function describe(script: Script): string {
  return script.type === "file" ? script.path : `npm package ${script.name}`;
}

/**
 * The kind that a module exports: under `element` or `source`, or under the kind's own name, where one package has several. `defaults` replaces its own when given.
 */
export function kind<Kind>(
  script: Script,
  type: "element" | "source",
  name: string,
  defaults: string | undefined,
  load: Load | undefined,
  user: Node,
): Kind {
  const fail = (message: string, hint: string): never =>
    raise({ domain: "PLUGIN", reason: null, message: `${describe(script)}: ${message}`, place: place(user), hint });
  if (load === undefined)
    return fail("plugins that are modules are not loaded here", "Load the project through `bst`.");
  const exported = load(script, user);
  const found = byName(exported[`${type}s`], name) ?? exported[type];
  const made: unknown = typeof found === "function" ? found(toolbox) : found;
  if (typeof made !== "object" || made === null) {
    return fail(
      `the module exports no ${type} kind '${name}'`,
      `Export it as \`${type}\` (or in a record \`${type}s\` by its name): a kind, or a function from the toolbox to one.`,
    );
  }
  const needed = type === "element" ? ["configure", "uniqueKey", "plan"] : ["configure", "uniqueKey"];
  for (const member of needed) {
    if (typeof (made as Record<string, unknown>)[member] !== "function")
      return fail(
        `the ${type} kind '${name}' has no function '${member}'`,
        `Every ${type} kind needs: ${needed.join(", ")}.`,
      );
  }
  const { Commands } = toolbox;
  const common =
    type === "element"
      ? Commands.ordinary
      : {
          defaults: "",
          requiresPreviousStage: false,
          requiresPreviousTrack: false,
          requiresPreviousFetch: false,
          isResolved: () => true,
          ref: () => undefined,
          urls: () => [],
        };
  return { ...common, ...made, name, ...(defaults === undefined ? {} : { defaults }) } as Kind;
}

function byName(record: unknown, name: string): unknown {
  return typeof record === "object" && record !== null && Object.hasOwn(record, name)
    ? (record as Record<string, unknown>)[name]
    : undefined;
}
