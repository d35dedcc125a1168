/**
 * The registry of source kinds: every native kind's pure half by name, and the package that BuildStream ships it in.
 *
 * Some kinds have a default url that is a package registry's and enters keys. The built-in facts hold none; a project's pinned plugin package or configuration
 * gives it (see {@link withModule}).
 */
import type { Package } from "../element/ElementKinds.ts";
import * as Anitya from "./kinds/Anitya.ts";
import * as BazelFile from "./kinds/BazelFile.ts";
import * as BazelSource from "./kinds/BazelSource.ts";
import * as Bzr from "./kinds/Bzr.ts";
import * as Cargo from "./kinds/Cargo.ts";
import * as Cargo2 from "./kinds/Cargo2.ts";
import * as Cpan from "./kinds/Cpan.ts";
import * as Deb from "./kinds/Deb.ts";
import * as Docker from "./kinds/Docker.ts";
import * as GenCargoLock from "./kinds/GenCargoLock.ts";
import * as Git from "./kinds/Git.ts";
import * as GitModule from "./kinds/GitModule.ts";
import * as GitRepo from "./kinds/GitRepo.ts";
import * as GitTag from "./kinds/GitTag.ts";
import * as Gnu from "./kinds/Gnu.ts";
import * as GoModule from "./kinds/GoModule.ts";
import * as Local from "./kinds/Local.ts";
import * as Ostree from "./kinds/Ostree.ts";
import * as OstreeMirror from "./kinds/OstreeMirror.ts";
import * as Patch from "./kinds/Patch.ts";
import * as PatchQueue from "./kinds/PatchQueue.ts";
import * as Pip from "./kinds/Pip.ts";
import * as Pypi from "./kinds/Pypi.ts";
import * as Quilt from "./kinds/Quilt.ts";
import * as Remote from "./kinds/Remote.ts";
import * as Tar from "./kinds/Tar.ts";
import * as Workspace from "./kinds/Workspace.ts";
import * as Zip from "./kinds/Zip.ts";
import type { AnySourceKind } from "./SourceKind.ts";

const registry: Readonly<Record<Package, readonly AnySourceKind[]>> = {
  core: [Local.kind, Remote.kind, Tar.kind, Workspace.kind],
  "buildstream-plugins": [Bzr.kind, Cargo.kind, Docker.kind, Git.kind, Patch.kind, Pip.kind],
  "buildstream-plugins-community": [
    Deb.kind,
    Zip.kind,
    Anitya.kind,
    BazelFile.kind,
    BazelSource.kind,
    Cargo2.kind,
    Cpan.kind,
    GenCargoLock.kind,
    GitModule.kind,
    GitRepo.kind,
    GitTag.kind,
    Gnu.kind,
    GoModule.kind,
    Ostree.kind,
    PatchQueue.kind,
    Pypi.kind,
    Quilt.kind,
  ],
  project: [OstreeMirror.kind],
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

/** A kind as the `KIND.py` of the package which a project pins means it. */
export function withModule(kind: AnySourceKind, module: string): AnySourceKind {
  const meant: AnySourceKind = kind.pinned?.(module) ?? kind;
  const mark = ecosystemMarks[kind.name];
  return mark === undefined || mark.test(module) ? meant : { ...meant, namesEcosystem: false };
}

/** What modules have since the release (2.3.2) from which on records name the ecosystem of a version. */
const ecosystemMarks: Readonly<Record<string, RegExp>> = {
  cargo2: /ecosystem/,
  git_module: /if not fields/,
  git_repo: /ecosystem/,
  go_module: /P<major>/,
  pypi: /ecosystem/,
};

/** What looks kinds up by name; this module is one. */
export interface Registry {
  readonly find: typeof find;
  readonly locate: typeof locate;
  readonly names: typeof names;
}

/**
 * This registry with the facts of plugin packages that are installed on the host, for origins that name a Python package: `read` gives the text of a
 * kind's module in a package, undefined when it is not installed. It is asked only for kinds whose facts differ.
 */
export function withModules(read: (home: Package, name: string) => string | undefined): Registry {
  const known = new Map<AnySourceKind, AnySourceKind>();
  const installed = (home: Package, kind: AnySourceKind): AnySourceKind => {
    if (kind.pinned === undefined) return kind;
    let chosen = known.get(kind);
    if (chosen === undefined) {
      const module = read(home, kind.name);
      chosen = module === undefined ? kind : withModule(kind, module);
      known.set(kind, chosen);
    }
    return chosen;
  };
  return {
    names,
    find: (name, home) => {
      const kind = find(name, home);
      return kind === undefined ? undefined : installed(home, kind);
    },
    locate: (name) => {
      const found = locate(name);
      return found === undefined ? undefined : { home: found.home, kind: installed(found.home, found.kind) };
    },
  };
}
