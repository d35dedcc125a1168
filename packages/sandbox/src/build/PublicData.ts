/**
 * The public data of an element that was built: what its artifact recorded, which assembling may have changed. Staging and integration
 * go by it, not by what the element's file says.
 */
import type { Artifact } from "@millrace/core/artifact/Artifact";
import type { Element } from "@millrace/core/element/Element";
import * as Access from "@millrace/core/yaml/Access";
import * as Node from "@millrace/core/yaml/Node";
import * as Read from "@millrace/core/yaml/Read";
import * as ObjectStore from "../cas/ObjectStore.ts";

/** Reads it from the store; an artifact without any has its element's own. */
export function of(store: ObjectStore.ObjectStore, artifact: Artifact, element: Element): Node.Mapping {
  if (artifact.publicData === undefined) return element.public;
  const known = decoded.get(artifact.publicData.hash);
  if (known !== undefined) return known;
  const text = Buffer.from(ObjectStore.read(store, artifact.publicData)).toString("utf8");
  const mapping = Read.read({ name: "public.yaml", project: null, path: null }, text);
  if (decoded.size >= memory) decoded.clear();
  decoded.set(artifact.publicData.hash, mapping);
  return mapping;
}

const memory = 5000;
const decoded = new Map<string, Node.Mapping>();

function domain(data: Node.Mapping): Node.Mapping {
  return Access.optionalMapping(data, "bst") ?? Node.mapping();
}

/** `integration-commands`, in order. */
export function integrationCommands(data: Node.Mapping): readonly string[] {
  const bst = domain(data);
  return bst.entries.has("integration-commands") ? Access.getStringList(bst, "integration-commands") : [];
}

/** `split-rules`: globs by domain. */
export function splitRules(data: Node.Mapping): ReadonlyMap<string, readonly string[]> {
  const rules = Access.optionalMapping(domain(data), "split-rules");
  if (rules === undefined) return new Map();
  return new Map([...rules.entries.keys()].map((name) => [name, Access.getStringList(rules, name)]));
}

/** `overlap-whitelist`: globs. */
export function overlapWhitelist(data: Node.Mapping): readonly string[] {
  const bst = domain(data);
  return bst.entries.has("overlap-whitelist") ? Access.getStringList(bst, "overlap-whitelist") : [];
}

/** The data with commands put before its integration commands. */
export function withIntegrationBefore(data: Node.Mapping, commands: readonly string[]): Node.Mapping {
  const all = [...commands, ...integrationCommands(data)].map((command) => Node.scalar(command));
  const bst = Node.mapping(new Map(domain(data).entries).set("integration-commands", Node.sequence(all)));
  return Node.mapping(new Map(data.entries).set("bst", bst));
}
