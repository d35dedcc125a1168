/**
 * `collect_manifest`: a JSON description of the sources of all that it is built from, as a module list or an SPDX document.
 *
 * What it writes needs what sources say about themselves and the public data of artifacts, so its plan is an action of its own.
 */

import * as Access from "../../yaml/Access.ts";
import type { Json } from "../Element.ts";
import type { ElementKind } from "../ElementKind.ts";
import * as Commands from "./Commands.ts";

export interface Settings {
  /** Absolute path of the file; without one only public data is made. */
  readonly path: string | undefined;
  readonly outputType: "manifest" | "spdx";
  readonly creators: readonly string[] | undefined;
  readonly dataLicense: string | undefined;
  /** Seconds since 1970. */
  readonly created: number | undefined;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly sourceProvenance: boolean;
}

/** What only the module list needs. */
const plain: Settings = {
  path: undefined,
  outputType: "manifest",
  creators: undefined,
  dataLicense: undefined,
  created: undefined,
  namespace: undefined,
  name: undefined,
  sourceProvenance: false,
};

const spdxKeys = ["creators", "created", "data-license", "doc-namespace", "name"];

const current: ElementKind<Settings> = {
  ...Commands.ordinary,
  name: "collect_manifest",
  assembledByPlugin: true,
  artifactVersion: 2,
  strictRebuild: true,
  forbidsRuntimeDepends: true,
  forbidsSources: true,
  runsCommands: () => false,
  configure: (config) => {
    const spdx = Access.optionalMapping(config, "spdx-info");
    if (spdx !== undefined) Access.validateKeys(spdx, spdxKeys);
    const text = (key: string): string | undefined =>
      spdx === undefined ? undefined : Access.optionalString(spdx, key);
    return {
      path: Access.optionalString(config, "path"),
      outputType: Access.getEnum(config, "output-type", ["manifest", "spdx"], "manifest"),
      creators: spdx === undefined ? undefined : Access.optionalStringList(spdx, "creators"),
      created: spdx === undefined ? undefined : Access.optionalInt(spdx, "created"),
      dataLicense: text("data-license"),
      namespace: text("doc-namespace"),
      name: text("name"),
      sourceProvenance: Access.getBool(config, "use-source-provenance", true),
    };
  },
  uniqueKey: (settings) => {
    const spdx: Json = [
      settings.creators ?? null,
      settings.dataLicense ?? null,
      settings.created ?? null,
      settings.namespace ?? null,
      settings.name ?? null,
    ];
    return {
      path: settings.path ?? null,
      ...(settings.outputType === "spdx" ? { output_type: "spdx", spdx_info: spdx } : {}),
      ...(settings.sourceProvenance ? { source_provenance: true } : {}),
    };
  },
  plan: (settings, element, graph) =>
    Commands.quietPlan(
      element,
      "/",
      [],
      [
        {
          type: "custom",
          handler: "collect-manifest",
          settings: { ...settings, elements: graph.buildScope(element.id) },
        },
      ],
    ),
};

/** Before 2.1.0: one format only, and in all else an element like others. */
const early: ElementKind<Settings> = {
  ...current,
  strictRebuild: false,
  forbidsRuntimeDepends: false,
  forbidsSources: false,
  runsCommands: () => true,
  configure: (config) => ({ ...plain, path: Access.optionalString(config, "path") }),
};

/** The kind. Unknown keys beside `spdx-info` are accepted. */
export const kind: ElementKind<Settings> = {
  ...current,
  pinned: (module) => (/output-type/.test(module) ? current : early),
};
