/** `link`: another name for an element. The loader follows it; nothing else ever sees one. */
import { raise } from "../../error/BstError.ts";
import * as Access from "../../yaml/Access.ts";
import type * as Node from "../../yaml/Node.ts";
import type { ElementKind } from "../ElementKind.ts";
import * as Commands from "./Commands.ts";

export interface Settings {
  /** The name it stands for, with its place. */
  readonly target: Node.Scalar;
}

const keys = ["target"];

/** The kind. */
export const kind: ElementKind<Settings> = {
  ...Commands.ordinary,
  name: "link",
  forbidsBuildDepends: true,
  forbidsRuntimeDepends: true,
  forbidsSources: true,
  configure: (config) => {
    Access.validateKeys(config, keys);
    return { target: Access.getScalar(config, "target") };
  },
  uniqueKey: () => 1,
  plan: (_settings, element) =>
    raise({
      domain: "PIPELINE",
      reason: null,
      message: `'${element.fullName}' is a link, and links cannot be built`,
      hint: "Name the element it stands for.",
    }),
};
