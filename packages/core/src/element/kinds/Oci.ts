/**
 * `oci`: container images out of layers of other elements, in OCI or Docker form.
 *
 * The key holds the images as validated, in order, but not `mode`. Annotations of the whole and labels fail in the original (it reads the wrong node, and
 * puts nodes into its key); here they are read as they are meant. `variant` counts only beside `os.features`.
 */
import * as Access from "../../yaml/Access.ts";
import type { Mapping } from "../../yaml/Node.ts";
import type { Json } from "../Element.ts";
import type { ElementKind } from "../ElementKind.ts";
import * as Commands from "./Commands.ts";

export interface Settings {
  readonly mode: "docker" | "oci";
  readonly gzip: boolean;
  readonly annotations: Json;
  readonly images: readonly Json[];
}

const keys = ["mode", "gzip", "images", "annotations"];
const imageKeys = [
  "parent",
  "layer",
  "architecture",
  "variant",
  "os",
  "os.version",
  "os.features",
  "author",
  "comment",
  "config",
  "annotations",
];
const dockerImageKeys = [...imageKeys, "tags"];
const parentKeys = ["element", "image"];
const commonConfig = ["User", "ExposedPorts", "Env", "Entrypoint", "Cmd", "Volumes", "WorkingDir"];
const dockerConfig = [...commonConfig, "Memory", "MemorySwap", "CpuShares", "Healthcheck"];
const ociConfig = [...commonConfig, "Labels", "StopSignal"];
const healthKeys = ["Test", "Interval", "Timeout", "Retries"];

/** Members of a mapping that are there, each read in its way. */
function pick(
  mapping: Mapping,
  into: Record<string, Json>,
  names: readonly string[],
  read: (mapping: Mapping, name: string) => Json,
): void {
  for (const name of names) if (mapping.entries.has(name)) into[name] = read(mapping, name);
}

function texts(mapping: Mapping, name: string): Json {
  const node = Access.getMapping(mapping, name);
  const object: Record<string, Json> = Object.create(null);
  for (const key of node.entries.keys()) object[key] = Access.getString(node, key);
  return object;
}

function health(mapping: Mapping, name: string): Json {
  const node = Access.getMapping(mapping, name);
  Access.validateKeys(node, healthKeys);
  const value: Record<string, Json> = {};
  pick(node, value, ["Test"], Access.getStringList);
  pick(node, value, ["Interval", "Timeout", "Retries"], Access.getInt);
  return value;
}

function container(mode: Settings["mode"]): (mapping: Mapping, name: string) => Json {
  return (mapping, name) => {
    const node = Access.getMapping(mapping, name);
    Access.validateKeys(node, mode === "docker" ? dockerConfig : ociConfig);
    const value: Record<string, Json> = {};
    pick(node, value, ["User", "WorkingDir", "StopSignal"], Access.getString);
    pick(node, value, ["Memory", "MemorySwap", "CpuShares"], Access.getInt);
    pick(node, value, ["ExposedPorts", "Volumes", "Env", "Entrypoint", "Cmd"], Access.getStringList);
    pick(node, value, ["Labels"], texts);
    pick(node, value, ["Healthcheck"], health);
    return value;
  };
}

function image(node: Mapping, mode: Settings["mode"]): Json {
  Access.validateKeys(node, mode === "docker" ? dockerImageKeys : imageKeys);
  const value: Record<string, Json> = {};
  const parent = Access.optionalMapping(node, "parent");
  if (parent !== undefined && parent.entries.size > 0) {
    Access.validateKeys(parent, parentKeys);
    value["parent"] = { element: Access.getString(parent, "element"), image: Access.getInt(parent, "image", 0) };
  }
  value["architecture"] = Access.getString(node, "architecture");
  value["os"] = Access.getString(node, "os");
  pick(node, value, ["layer", "tags", "os.features"], Access.getStringList);
  pick(node, value, ["os.version", "author", "comment"], Access.getString);
  if (node.entries.has("os.features")) value["variant"] = Access.getString(node, "variant");
  pick(node, value, ["config"], container(mode));
  pick(node, value, ["annotations"], texts);
  return value;
}

/** The kind. */
export const kind: ElementKind<Settings> = {
  ...Commands.ordinary,
  name: "oci",
  assembledByPlugin: true,
  configure: (config) => {
    Access.validateKeys(config, keys);
    const mode = Access.getEnum(config, "mode", ["docker", "oci"], "oci");
    return {
      mode,
      gzip: Access.getBool(config, "gzip", mode === "oci"),
      annotations: config.entries.has("annotations") ? texts(config, "annotations") : null,
      images: Access.asMappingList(Access.getSequence(config, "images")).map((node) => image(node, mode)),
    };
  },
  uniqueKey: (settings) => ({ annotations: settings.annotations, images: settings.images, gzip: settings.gzip }),
  plan: (settings, element, graph) =>
    Commands.quietPlan(
      element,
      "/",
      [],
      [{ type: "custom", handler: "oci-image", settings: { ...settings, elements: graph.buildScope(element.id) } }],
    ),
};
