/** `tar_element`: the files of its dependencies as one tarball. */
import { raise } from "../../error/BstError.ts";
import * as Access from "../../yaml/Access.ts";
import * as Node from "../../yaml/Node.ts";
import type { ElementKind } from "../ElementKind.ts";
import * as Commands from "./Commands.ts";

const extensions: ReadonlyMap<string, string> = new Map([
  ["none", ".tar"],
  ["gzip", ".tar.gz"],
  ["xz", ".tar.xz"],
  ["bzip2", ".tar.bz2"],
]);

export interface Settings {
  readonly filename: string;
  readonly compression: string;
}

const keys = ["filename", "compression"];

/** The kind. */
export const kind: ElementKind<Settings> = {
  ...Commands.ordinary,
  name: "tar_element",
  assembledByPlugin: true,
  defaults: "config:\n  filename: files\n  compression: gzip\n",
  strictRebuild: true,
  forbidsRuntimeDepends: true,
  forbidsSources: true,
  configure: (config) => {
    Access.validateKeys(config, keys);
    const compression = Access.getScalar(config, "compression");
    if (!extensions.has(compression.value)) {
      raise({
        domain: "ELEMENT",
        reason: null,
        message: `There is no compression '${compression.value}'`,
        place: Node.place(compression),
        hint: `Use one of ${[...extensions.keys()].join(", ")}.`,
      });
    }
    return { filename: Access.getString(config, "filename"), compression: compression.value };
  },
  uniqueKey: (settings) => ({ filename: settings.filename, compression: settings.compression }),
  plan: (settings, element, graph) =>
    Commands.quietPlan(
      element,
      "/output",
      [
        {
          type: "stage-artifacts",
          elements: graph.buildScope(element.id),
          at: "/input",
          overlapAction: "warning",
          label: "Staging dependencies",
        },
      ],
      [
        { type: "mkdir", path: "/input" },
        { type: "mkdir", path: "/output" },
        {
          type: "custom",
          handler: "tarball",
          settings: {
            from: "/input",
            to: `/output/${settings.filename}${extensions.get(settings.compression)}`,
            compression: settings.compression,
          },
        },
      ],
    ),
};
