/**
 * The registry of source kinds: every native kind's pure half by name, and the package that BuildStream ships it in.
 *
 * Some kinds have a default url that is a package registry's and enters keys. The built-in facts hold none; a project's pinned plugin package or configuration
 * gives it (see {@link withRegistryUrl}).
 */
import type { Package } from "../element/ElementKinds.ts";
import * as Deb from "./kinds/Deb.ts";
import * as Local from "./kinds/Local.ts";
import * as Remote from "./kinds/Remote.ts";
import * as Tar from "./kinds/Tar.ts";
import * as Workspace from "./kinds/Workspace.ts";
import * as Zip from "./kinds/Zip.ts";
import type { AnySourceKind } from "./SourceKind.ts";

const registry: Readonly<Record<Package, readonly AnySourceKind[]>> = {
  core: [Local.kind, Remote.kind, Tar.kind, Workspace.kind],
  "buildstream-plugins": [],
  "buildstream-plugins-community": [Deb.kind, Zip.kind],
  project: [],
};

const byPackage = new Map(
  Object.entries(registry).map(([name, kinds]) => [name, new Map(kinds.map((kind) => [kind.name, kind]))]),
);

/** The kind of that name in a package. */
export function find(name: string, home: Package): AnySourceKind | undefined {
  return byPackage.get(home)?.get(name);
}

/** The package that has a kind of that name, and the kind; the first of core, buildstream-plugins, community, projects. */
export function locate(name: string): { readonly home: Package; readonly kind: AnySourceKind } | undefined {
  for (const [home, kinds] of Object.entries(registry) as [Package, readonly AnySourceKind[]][]) {
    const kind = kinds.find((candidate) => candidate.name === name);
    if (kind !== undefined) return { home, kind };
  }
  return undefined;
}

/** The names of a package's kinds. */
export function names(home: Package): readonly string[] {
  return registry[home].map((kind) => kind.name);
}
