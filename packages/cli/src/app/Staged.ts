/** Elements and artifacts as the executor stages them for checkouts and shells. */
import type { Artifact } from "@millrace/core/artifact/Artifact";
import * as ArtifactName from "@millrace/core/artifact/ArtifactName";
import type { Element } from "@millrace/core/element/Element";
import type { AnyElementKind } from "@millrace/core/element/ElementKind";
import * as ElementKinds from "@millrace/core/element/ElementKinds";
import type { BstError } from "@millrace/core/error/BstError";
import type { Project } from "@millrace/core/project/Project";
import * as Access from "@millrace/core/yaml/Access";
import * as Node from "@millrace/core/yaml/Node";
import * as Read from "@millrace/core/yaml/Read";
import type { Dependency } from "@millrace/sandbox/build/Job";
import { attempt, Cas } from "@millrace/sandbox/cas/Cas";
import * as ObjectStore from "@millrace/sandbox/cas/ObjectStore";
import * as Effect from "effect/Effect";
import type { Context } from "./Context.ts";
import type { Item } from "./Items.ts";

/** An item as a dependency of what is staged. */
export function dependency(context: Context, element: Element, item: Item): Dependency {
  const strongKey = item.name?.key ?? "?".repeat(64);
  const briefKey = strongKey.slice(0, context.config.logging.keyLength);
  return {
    element,
    strongKey,
    briefKey,
    subject: { name: element.fullName, key: briefKey, keyIsStrict: item.artifact?.strictKey === strongKey },
    artifact: Effect.succeed(item.artifact),
  };
}

/**
 * A stand-in for the element of an artifact that was named by its key: what the artifact records of environment, public data and sandbox.
 * Loading the element itself could give another one, since the project may have changed.
 */
export const elementOf = Effect.fnUntraced(function* (
  id: number,
  name: ArtifactName.ArtifactName,
  artifact: Artifact | undefined,
  host: Context["host"],
): Effect.fn.Return<Element, BstError, Cas> {
  const { store } = yield* Cas;
  return yield* attempt(() => {
    const read = (digest: Artifact["publicData"]): Node.Mapping =>
      digest === undefined
        ? Node.mapping()
        : Read.read({ name: ArtifactName.format(name), project: null, path: null }, ObjectStore.read(store, digest));
    const low = read(artifact?.lowDiversityMeta);
    const sandbox = Access.getMapping(low, "sandbox-config", Node.mapping());
    const environment = Access.getMapping(low, "environment", Node.mapping());
    const number = (key: string) => Access.optionalInt(sandbox, key);
    const element: Element = {
      id,
      project: { name: name.project, fatalWarnings: [] as readonly string[] } as Project,
      name: name.element,
      fullName: ArtifactName.format(name),
      normalName: name.element,
      kind: ElementKinds.find("stack", "core") as AnyElementKind,
      description: "",
      node: Node.mapping(),
      variables: new Map(),
      environment: new Map(Object.entries(Access.strip(environment) as Readonly<Record<string, string>>)),
      environmentNocache: new Set<string>(),
      config: Node.mapping(),
      public: read(artifact?.publicData),
      sandbox: {
        buildOs: Access.getString(sandbox, "build-os", host.os.toLowerCase()),
        buildArch: Access.getString(sandbox, "build-arch", host.machine),
        buildUid: number("build-uid"),
        buildGid: number("build-gid"),
        remoteApisSocket: undefined,
      },
      sources: [],
      dependencies: [],
      settings: undefined,
      uniqueKey: null,
      workspace: undefined,
      role: "element",
    };
    return element;
  });
});
