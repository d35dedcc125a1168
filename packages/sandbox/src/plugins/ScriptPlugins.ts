/**
 * Loads plugins that are TypeScript or JavaScript modules: Node strips the types, and modules load synchronously as long as they do not await at their top level.
 */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { BstError, raise } from "@millrace/core/error/BstError";
import * as Scripts from "@millrace/core/plugin/Scripts";
import { type Node, place } from "@millrace/core/yaml/Node";

/** Loads a module; what goes wrong in it is told with its name and the place that asked for it. */
export const load: Scripts.Load = (script, user) => {
  const { directory } = script.files;
  const require = createRequire(join(directory, "project.conf"));
  const path = script.type === "file" ? join(directory, script.path) : script.name;
  if (script.type === "file" && !existsSync(path)) {
    return failed(
      script,
      user,
      "is in a project that is not checked out",
      "Put the plugin into the project that uses it, or take it from an npm package.",
    );
  }
  try {
    return require(path) as Readonly<Record<string, unknown>>;
  } catch (cause) {
    if (cause instanceof BstError) throw cause;
    const message = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    const hint =
      script.type === "package"
        ? `Install it beside the project: npm install ${script.name}`
        : "A plugin imports types only, and does not await while it is loaded.";
    return failed(script, user, `cannot be loaded: ${message}`, hint);
  }
};

function failed(script: Scripts.Script, user: Node, what: string, hint: string): never {
  return raise({
    domain: "PLUGIN",
    reason: null,
    message: `The plugin ${Scripts.describe(script)} ${what}`,
    place: place(user),
    hint,
  });
}
