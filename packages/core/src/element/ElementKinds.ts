/**
 * The registry of element kinds: every native kind by name, and the package that BuildStream ships it in.
 *
 * A project's `plugins:` section says which packages it uses and where they come from; native code stands in for a package's Python, while its default YAML may be
 * the pinned package's own (see {@link withDefaults}). The same name in two packages is two kinds.
 */
import type { AnyElementKind } from "./ElementKind.ts";
import * as Autotools from "./kinds/Autotools.ts";
import * as BazelBuild from "./kinds/BazelBuild.ts";
import * as Cargo from "./kinds/Cargo.ts";
import * as Cmake from "./kinds/Cmake.ts";
import * as Compose from "./kinds/Compose.ts";
import * as Filter from "./kinds/Filter.ts";
import * as Import from "./kinds/Import.ts";
import * as Junction from "./kinds/Junction.ts";
import * as Link from "./kinds/Link.ts";
import * as Make from "./kinds/Make.ts";
import * as Makemaker from "./kinds/Makemaker.ts";
import * as Manual from "./kinds/Manual.ts";
import * as Meson from "./kinds/Meson.ts";
import * as Modulebuild from "./kinds/Modulebuild.ts";
import * as Pip from "./kinds/Pip.ts";
import * as Pyproject from "./kinds/Pyproject.ts";
import * as Qmake from "./kinds/Qmake.ts";
import * as Script from "./kinds/Script.ts";
import * as Setuptools from "./kinds/Setuptools.ts";
import * as Stack from "./kinds/Stack.ts";

/**
 * Where a kind is at home: BuildStream itself, its two plugin packages, or `project` for plugins that well-known projects carry in their own
 * tree (origin `local`).
 */
export type Package = "core" | "buildstream-plugins" | "buildstream-plugins-community" | "project";

const registry: Readonly<Record<Package, readonly AnyElementKind[]>> = {
  core: [Compose.kind, Filter.kind, Import.kind, Junction.kind, Link.kind, Manual.kind, Script.kind, Stack.kind],
  "buildstream-plugins": [Autotools.kind, Cmake.kind, Make.kind, Meson.kind, Pip.kind, Setuptools.kind],
  "buildstream-plugins-community": [
    BazelBuild.kind,
    Cargo.kind,
    Makemaker.kind,
    Modulebuild.kind,
    Pyproject.kind,
    Qmake.kind,
  ],
  project: [],
};

const byPackage = new Map(
  Object.entries(registry).map(([name, kinds]) => [name, new Map(kinds.map((kind) => [kind.name, kind]))]),
);

/** The kind of that name in a package. */
export function find(name: string, home: Package): AnyElementKind | undefined {
  return byPackage.get(home)?.get(name);
}

/** The package that has a kind of that name, and the kind; the first of core, buildstream-plugins, community, projects. */
export function locate(name: string): { readonly home: Package; readonly kind: AnyElementKind } | undefined {
  for (const home of packages) {
    const kind = find(name, home);
    if (kind !== undefined) return { home, kind };
  }
  return undefined;
}

/** All packages, in the order of {@link locate}. */
export const packages: readonly Package[] = ["core", "buildstream-plugins", "buildstream-plugins-community", "project"];

/** The names of a package's kinds. */
export function names(home: Package): readonly string[] {
  return registry[home].map((kind) => kind.name);
}

/** A kind with other default YAML: that of the package which a project pins. */
export function withDefaults(kind: AnyElementKind, defaults: string): AnyElementKind {
  return { ...kind, defaults };
}
