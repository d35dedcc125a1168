/** What artifacts say of the element that they were built from: mappings of texts, in small files of their own. */
import type { Artifact } from "@millrace/core/artifact/Artifact";
import type { Digest } from "@millrace/core/tree/Digest";
import * as Access from "@millrace/core/yaml/Access";
import * as Read from "@millrace/core/yaml/Read";
import * as ObjectStore from "../cas/ObjectStore.ts";

type Texts = Readonly<Record<string, string>>;

/** The environment of its commands. Raises when it is not in the store. */
export function environment(store: ObjectStore.ObjectStore, { lowDiversityMeta }: Artifact): Texts {
  return texts(store, lowDiversityMeta, "environment");
}

/** Its variables. Raises when they are not in the store. */
export function variables(store: ObjectStore.ObjectStore, { highDiversityMeta }: Artifact): Texts {
  return texts(store, highDiversityMeta, "variables");
}

function texts(store: ObjectStore.ObjectStore, file: Digest | undefined, name: string): Texts {
  if (file === undefined) return {};
  const node = Read.read({ name: `${name} of an artifact`, project: null, path: null }, ObjectStore.read(store, file));
  const mapping = Access.getMapping(node, name);
  return Object.fromEntries([...mapping.entries.keys()].map((key) => [key, Access.getString(mapping, key)]));
}
