/**
 * The registry of element kinds: every native kind by name, and the package that BuildStream ships it in.
 *
 * A project's `plugins:` section says which packages it uses and where they come from; native code stands in for a package's Python, while its default YAML may be
 * the pinned package's own (see {@link withDefaults}). The same name in two packages is two kinds.
 */
import type { AnyElementKind } from "./ElementKind.ts";
import * as Autotools from "./kinds/Autotools.ts";
import * as BazelBuild from "./kinds/BazelBuild.ts";
import * as Bazelize from "./kinds/Bazelize.ts";
import * as Cargo from "./kinds/Cargo.ts";
import * as CheckForbidden from "./kinds/CheckForbidden.ts";
import * as Cmake from "./kinds/Cmake.ts";
import * as CollectInitialScripts from "./kinds/CollectInitialScripts.ts";
import * as CollectIntegration from "./kinds/CollectIntegration.ts";
import * as CollectManifest from "./kinds/CollectManifest.ts";
import * as Compose from "./kinds/Compose.ts";
import * as DpkgBuild from "./kinds/DpkgBuild.ts";
import * as DpkgDeploy from "./kinds/DpkgDeploy.ts";
import * as FastbootBootimg from "./kinds/FastbootBootimg.ts";
import * as FastbootExt4 from "./kinds/FastbootExt4.ts";
import * as Filter from "./kinds/Filter.ts";
import * as FlatpakImage from "./kinds/FlatpakImage.ts";
import * as FlatpakRepo from "./kinds/FlatpakRepo.ts";
import * as Import from "./kinds/Import.ts";
import * as Junction from "./kinds/Junction.ts";
import * as Link from "./kinds/Link.ts";
import * as Make from "./kinds/Make.ts";
import * as Makemaker from "./kinds/Makemaker.ts";
import * as Manual from "./kinds/Manual.ts";
import * as Meson from "./kinds/Meson.ts";
import * as Modulebuild from "./kinds/Modulebuild.ts";
import * as Oci from "./kinds/Oci.ts";
import * as Ostree from "./kinds/Ostree.ts";
import * as Pip from "./kinds/Pip.ts";
import * as Pyproject from "./kinds/Pyproject.ts";
import * as Qmake from "./kinds/Qmake.ts";
import * as Script from "./kinds/Script.ts";
import * as Setuptools from "./kinds/Setuptools.ts";
import * as SnapImage from "./kinds/SnapImage.ts";
import * as Stack from "./kinds/Stack.ts";
import * as TarElement from "./kinds/TarElement.ts";
import * as X86Image from "./kinds/X86Image.ts";

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
    Bazelize.kind,
    CheckForbidden.kind,
    CollectIntegration.kind,
    CollectManifest.kind,
    DpkgBuild.kind,
    DpkgDeploy.kind,
    FastbootBootimg.kind,
    FastbootExt4.kind,
    FlatpakImage.kind,
    FlatpakRepo.kind,
    Oci.kind,
    Ostree.kind,
    SnapImage.kind,
    TarElement.kind,
    X86Image.kind,
  ],
  project: [CollectInitialScripts.kind],
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

/** A kind as the `KIND.py` of the package which a project pins means it: releases differ in the version of artifacts. */
export function withModule(kind: AnyElementKind, module: string): AnyElementKind {
  const version = /^\s*BST_ARTIFACT_VERSION\s*=\s*(\d+)/m.exec(module)?.[1];
  const meant: AnyElementKind = kind.pinned?.(module) ?? kind;
  return version === undefined || Number(version) === meant.artifactVersion
    ? meant
    : { ...meant, artifactVersion: Number(version) };
}
