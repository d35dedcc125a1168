/** `import`: the element's sources become its artifact, whole or a part of them, at a directory. Nothing runs. */
import { raise } from "../../error/BstError.ts";
import * as Access from "../../yaml/Access.ts";
import type { ElementKind } from "../ElementKind.ts";
import * as Commands from "./Commands.ts";

export interface Settings {
  /** The directory of the staged sources that is taken. */
  readonly source: string;
  /** Where it goes in the artifact. */
  readonly target: string;
}

const slashes = /^\/+|\/+$/g;

const keys = ["source", "target"];

function below(root: string, path: string): string {
  const inside = path.replace(slashes, "");
  return inside === "" ? root : `${root}/${inside}`;
}

/** The kind. */
export const kind: ElementKind<Settings> = {
  ...Commands.ordinary,
  name: "import",
  defaults: "config:\n  source: /\n  target: /\n",
  runsCommands: () => false,
  configure: (config) => {
    Access.validateKeys(config, keys);
    return { source: Access.getString(config, "source"), target: Access.getString(config, "target") };
  },
  preflight: (_settings, element) => {
    if (element.sources.length > 0) return;
    raise({
      domain: "ELEMENT",
      reason: null,
      message: `The import element '${element.fullName}' has no sources`,
      hint: "Give it at least one source, or use a stack for an element without files.",
    });
  },
  uniqueKey: (settings) => ({ source: settings.source, target: settings.target }),
  plan: (settings, element) => ({
    environment: Object.fromEntries(element.environment),
    workingDirectory: "/",
    markedDirectories: [],
    digestVariables: [],
    stage: [{ type: "stage-sources", at: "/input" }],
    assemble: [
      {
        type: "move",
        from: below("/input", settings.source),
        to: below("/output", settings.target),
        emptyError: `its sources have no files in '${settings.source}'`,
      },
    ],
    collect: "/output",
    runsCommands: false,
  }),
  generateScript: (settings, element) => {
    const join = (root: string, path: string): string =>
      Commands.join(root, path.replace(/^\/+/, "")).replace(/\/+$/, "");
    const from = join(Commands.join(element.variables.get("build-root") ?? "/", element.normalName), settings.source);
    const to = join(element.variables.get("install-root") ?? "/", settings.target);
    const parent = to.slice(0, to.lastIndexOf("/")) || (to.startsWith("/") ? "/" : "");
    return [`mkdir -p ${parent}`, `[ ! -e ${to} ] || rmdir ${to}`, `mv ${from} ${to}`]
      .map(Commands.scriptLine)
      .join("");
  },
};
