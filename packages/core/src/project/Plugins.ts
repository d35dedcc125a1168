/**
 * `plugins:` of project.conf: which kinds a project uses beyond the core ones, and where each comes from.
 *
 * Kinds are native here, so an origin decides two things: whether a kind may be used at all, and which package's default YAML counts. An
 * origin `local` or `junction` leads to a directory that may hold a `KIND.yaml`; that one is taken instead of the built-in facts.
 */
import type { AnyElementKind } from "../element/ElementKind.ts";
import * as ElementKinds from "../element/ElementKinds.ts";
import { BstError, raise } from "../error/BstError.ts";
import * as Scripts from "../plugin/Scripts.ts";
import type { AnySourceKind } from "../source/SourceKind.ts";
import * as SourceKinds from "../source/SourceKinds.ts";
import * as Access from "../yaml/Access.ts";
import { type Mapping, type Node, place } from "../yaml/Node.ts";
import * as KeyTexts from "./KeyTexts.ts";
import * as KnownModules from "./KnownModules.ts";
import type { Mirror, PluginOrigin } from "./Project.ts";
import type { ProjectFiles } from "./ProjectFiles.ts";
import * as ProjectPath from "./ProjectPath.ts";
import * as Requirement from "./Requirement.ts";
import * as UnknownKind from "./UnknownKind.ts";

/** What a plugin makes. */
export type PluginType = "element" | "source" | "source-mirror";

/** One entry of `plugins:`. */
export type Origin =
  | { readonly origin: "local"; readonly path: string; readonly node: Mapping }
  | { readonly origin: "pip"; readonly requirement: string; readonly node: Mapping }
  | { readonly origin: "npm"; readonly package: string; readonly node: Mapping }
  | { readonly origin: "junction"; readonly junction: string; readonly node: Mapping };

export interface Registration {
  readonly origin: Origin;
  readonly allowDeprecated: boolean;
}

/** Registered kinds by type and name. */
export type Table = Readonly<Record<PluginType, ReadonlyMap<string, Registration>>>;

const listKeys = { element: "elements", source: "sources", "source-mirror": "source-mirrors" } as const;
const types = ["element", "source", "source-mirror"] as const;
const commonKeys = ["origin", "sources", "elements", "source-mirrors", "allow-deprecated"];
const originKeys = {
  local: ["path", ...commonKeys],
  pip: ["package-name", ...commonKeys],
  npm: ["package-name", ...commonKeys],
  junction: ["junction", ...commonKeys],
} as const;
const registrationKeys = ["kind", "allow-deprecated"];

/** Reads the list; a kind registered twice is `duplicate-plugin`. */
export function read(origins: readonly Mapping[], files: ProjectFiles): Table {
  const table = { element: new Map(), source: new Map(), "source-mirror": new Map() } satisfies Table;
  for (const node of origins) {
    const origin = readOrigin(node, files);
    const allowAll = Access.getBool(node, "allow-deprecated", false);
    for (const type of types) {
      const registered: Map<string, Registration> = table[type];
      // Within one list the last entry of a kind counts; only another origin for it is an error.
      const own = new Map<string, Registration>();
      for (const item of Access.optionalSequence(node, listKeys[type])?.items ?? []) {
        const { kind, allowDeprecated } = readRegistration(item, allowAll);
        own.set(kind, { origin, allowDeprecated });
      }
      for (const [kind, registration] of own) {
        if (registered.has(kind)) {
          raise({
            domain: "PLUGIN",
            reason: "duplicate-plugin",
            message: `The ${type} kind '${kind}' comes from more than one origin`,
            place: place(node),
            hint: "List each kind under one origin only.",
          });
        }
        registered.set(kind, registration);
      }
    }
  }
  return table;
}

function readOrigin(node: Mapping, files: ProjectFiles): Origin {
  const origin = Access.getEnum(node, "origin", ["local", "pip", "junction", "npm"]);
  Access.validateKeys(node, originKeys[origin]);
  switch (origin) {
    case "local":
      return { origin, path: ProjectPath.check(Access.getScalar(node, "path"), files, "directory"), node };
    case "pip":
      return { origin, requirement: Access.getString(node, "package-name"), node };
    case "npm":
      return { origin, package: Access.getString(node, "package-name"), node };
    case "junction":
      return { origin, junction: Access.getString(node, "junction"), node };
  }
}

function readRegistration(item: Node, allowAll: boolean): { readonly kind: string; readonly allowDeprecated: boolean } {
  if (item.type === "scalar") return { kind: item.value, allowDeprecated: allowAll };
  if (item.type === "sequence")
    return Access.invalid(item, "A plugin is named by its kind or by a mapping with `kind`");
  Access.validateKeys(item, registrationKeys);
  return {
    kind: Access.getString(item, "kind"),
    allowDeprecated: Access.getBool(item, "allow-deprecated", allowAll),
  };
}

/** Where a registered kind was found. */
export interface Location {
  readonly origin: Origin["origin"];
  /** The package whose kinds are meant; undefined when the place does not tell. */
  readonly home: ElementKinds.Package | undefined;
  /** Text of the `KIND.yaml` beside the plugin, when there is one. */
  readonly defaults: string | undefined;
  /** Text of the plugin's `KIND.py`, when it can be read: facts that differ between releases are taken from it. */
  readonly module: string | undefined;
  /** The directory that holds the plugin's files: one of a project, or of an installed package. */
  readonly directory?: { readonly files: ProjectFiles; readonly path: string } | string | undefined;
  /** The module that is the plugin, when it is written in TypeScript or JavaScript. */
  readonly script?: Scripts.Script | undefined;
  /** How the session heading calls the place. */
  readonly detail: string;
}

/** Runs plugins that are not native. What it gives behaves like a native kind. */
export interface Hosting {
  readonly element: (plugin: HostedPlugin) => AnyElementKind;
  readonly source: (plugin: HostedPlugin) => AnySourceKind;
  /** A mirror of a plugin's kind; `node` is its entry under `mirrors`. */
  readonly mirror: (plugin: HostedPlugin, node: Mapping) => Mirror;
  /** A native kind that only its plugin assembles: the plugin is started when an element's plan is made, and not before. */
  readonly assembly: (native: AnyElementKind, plugin: AssemblyPlugin) => AnyElementKind;
  /** Whether plugins run that have a native equivalent (`plugins: prefer: python`). */
  readonly preferred: boolean;
  /** Finds plugins of installed Python packages. */
  readonly installed: Requirement.Find;
}

/** A plugin to be hosted. */
export interface HostedPlugin {
  readonly kind: string;
  /** Name and files of the project that uses it. */
  readonly project: { readonly name: string; readonly files: ProjectFiles };
  /** Where its files are: in a project, or a directory on this machine. */
  readonly directory: { readonly files: ProjectFiles; readonly path: string } | string;
  readonly defaults: string;
}

/** A plugin that is to assemble elements of a native kind; without files it is looked for among the installed packages. */
export type AssemblyPlugin = Omit<HostedPlugin, "directory"> & {
  readonly directory: HostedPlugin["directory"] | undefined;
  /** The package that has it. */
  readonly home: string;
};

/** What locating needs of a project: its table, its files, and the way to its subprojects. */
export interface PluginScope {
  readonly name: string;
  readonly plugins: Table;
  readonly files: ProjectFiles;
  /** Full name of the junction it was loaded through; undefined for the top-level project. */
  readonly junctionName: string | undefined;
  readonly subproject: (junction: string, provenance: Node) => PluginScope;
  readonly registries: Registries;
  readonly hosting?: Hosting | undefined;
  /** Loads plugins written in TypeScript. */
  readonly scripts?: Scripts.Load | undefined;
}

/** Finds where a kind comes from; undefined when the project registers no such kind. */
export function locate(scope: PluginScope, type: PluginType, kind: string): Location | undefined {
  const registration = scope.plugins[type].get(kind);
  if (registration === undefined) return undefined;
  const { origin } = registration;
  switch (origin.origin) {
    case "local":
      return locateDirectory(scope.files, origin.path, kind, origin);
    case "pip": {
      const { hosting } = scope;
      const { requirement, node } = origin;
      const found = Requirement.check(requirement, type, kind, node, hosting?.installed, hosting?.preferred);
      const { home, detail, installed } = found;
      const { directory, defaults } = installed ?? {};
      return { origin: "pip", home, defaults, module: undefined, directory, detail };
    }
    case "npm": {
      const script = { type: "package", files: scope.files, name: origin.package } as const;
      const detail = `npm package: ${origin.package}`;
      return { origin: "npm", home: undefined, defaults: undefined, module: undefined, script, detail };
    }
    case "junction": {
      const subproject = scope.subproject(origin.junction, origin.node);
      const found = locateBehind(subproject, type, kind, origin);
      if (found === undefined) {
        return raise({
          domain: "PLUGIN",
          reason: "junction-plugin-not-found",
          message: `The project '${subproject.name}' behind the junction '${origin.junction}' has no ${type} plugin '${kind}'`,
          place: place(origin.node),
          hint: "Take the kind from the list, or use a version of the subproject that has it.",
        });
      }
      const where = subproject.junctionName ?? "toplevel project";
      return { ...found, origin: "junction", detail: `junction: ${where} (${found.detail})` };
    }
  }
}

/** Finds a kind in a subproject; what is wrong with its origins there is told as a failure of the junction. */
function locateBehind(
  subproject: PluginScope,
  type: PluginType,
  kind: string,
  origin: Extract<Origin, { readonly origin: "junction" }>,
): Location | undefined {
  try {
    return locate(subproject, type, kind);
  } catch (cause) {
    if (!(cause instanceof BstError) || cause.domain !== "PLUGIN") throw cause;
    return raise({
      domain: "PLUGIN",
      reason: "junction-plugin-load-error",
      message: `The ${type} plugin '${kind}' of the project '${subproject.name}' behind the junction '${origin.junction}' cannot be loaded: ${cause.message}`,
      detail: cause.detail,
      place: place(origin.node),
      hint: cause.hint,
    });
  }
}

function locateDirectory(files: ProjectFiles, path: string, kind: string, origin: Origin): Location {
  const file = ProjectPath.join(path, `${kind}.yaml`);
  const bytes = files.read(file);
  const module = files.read(ProjectPath.join(path, `${kind}.py`));
  const ending = Scripts.endings.find((name) => files.kind(ProjectPath.join(path, kind + name)) !== undefined);
  if (module === undefined && ending !== undefined) {
    return {
      origin: "local",
      home: undefined,
      defaults: bytes === undefined ? undefined : new TextDecoder().decode(bytes),
      module: undefined,
      script: { type: "file", files, path: ProjectPath.join(path, kind + ending) },
      detail: `project directory: ${path}`,
    };
  }
  if (bytes === undefined && module === undefined) {
    raise({
      domain: "PLUGIN",
      reason: null,
      message: `There is no plugin '${kind}' in '${path}'`,
      place: place(origin.node),
      hint: `A plugin of this kind would be the file ${ProjectPath.join(path, `${kind}.py`)}, or ${kind}.ts there.`,
    });
  }
  return {
    origin: "local",
    home: packageOf(path),
    defaults: bytes === undefined ? "" : new TextDecoder().decode(bytes),
    module: module === undefined ? undefined : new TextDecoder().decode(module),
    directory: { files, path },
    detail: `project directory: ${path}`,
  };
}

/** The packages keep their plugins in directories of their own names. */
function packageOf(path: string): ElementKinds.Package | undefined {
  const names = path.split("/");
  if (names.includes("buildstream_plugins_community")) return "buildstream-plugins-community";
  if (names.includes("buildstream_plugins")) return "buildstream-plugins";
  return undefined;
}

/** A kind as a project means it. */
export interface Found<Kind> {
  readonly kind: Kind;
  readonly allowDeprecated: boolean;
  readonly origin: "core" | Origin["origin"];
  readonly detail: string;
}

/** Native kinds by name and package. */
export interface Registry<Kind> {
  readonly find: (name: string, home: ElementKinds.Package) => Kind | undefined;
  readonly locate: (name: string) => { readonly kind: Kind } | undefined;
  readonly names: (home: ElementKinds.Package) => readonly string[];
}

/** The native kinds of both types. */
export interface Registries {
  readonly element: Registry<AnyElementKind>;
  readonly source: Registry<AnySourceKind>;
}

/** The kinds built in here. */
export const builtIn: Registries = { element: ElementKinds, source: SourceKinds };

/** The element kind of that name in a project; `user` is the node that names it. */
export function elementKind(scope: PluginScope, name: string, user: Node): Found<AnyElementKind> {
  return findKind(scope, "element", name, user, scope.registries.element, scope.hosting?.element, (kind, at) => {
    const facts = at.module === undefined ? kind : ElementKinds.withModule(kind, at.module);
    const found = at.defaults === undefined ? facts : ElementKinds.withDefaults(facts, at.defaults);
    const { hosting } = scope;
    if (found.assembledByPlugin !== true || hosting === undefined) return found;
    const project = { name: scope.name, files: scope.files };
    const { directory, home = "project" } = at;
    return hosting.assembly(found, { kind: name, project, directory, home, defaults: found.defaults });
  });
}

/** The source kind of that name in a project; `user` is the node that names it. */
export function sourceKind(scope: PluginScope, name: string, user: Node): Found<AnySourceKind> {
  return findKind(scope, "source", name, user, scope.registries.source, scope.hosting?.source, (kind, at) => ({
    ...(at.module === undefined ? kind : SourceKinds.withModule(kind, at.module)),
    standsFor: { home: at.home ?? "project", plugin: hostedPlugin(scope, name, at) },
  }));
}

function findKind<Kind>(
  scope: PluginScope,
  type: "element" | "source",
  name: string,
  user: Node,
  registry: Registry<Kind>,
  host: ((plugin: HostedPlugin) => Kind) | undefined,
  asFound: (kind: Kind, location: Location) => Kind,
): Found<Kind> {
  const registration = scope.plugins[type].get(name);
  const location = locate(scope, type, name);
  if (location === undefined || registration === undefined) {
    const core = registry.find(name, "core");
    if (core === undefined)
      return UnknownKind.fail(type, name, user, [...scope.plugins[type].keys(), ...registry.names("core")], registry);
    return { kind: core, allowDeprecated: false, origin: "core", detail: "core plugin" };
  }
  if (location.script !== undefined) {
    const { script, defaults, origin, detail } = location;
    const made: Kind = Scripts.kind(script, type, name, defaults, scope.scripts, user);
    return { kind: made, allowDeprecated: registration.allowDeprecated, origin, detail };
  }
  const kind =
    location.home === undefined
      ? (registry.find(name, "project") ?? registry.locate(name)?.kind)
      : registry.find(name, location.home);
  if (host !== undefined && (kind === undefined || !isNative(scope, type, name, location))) {
    const plugin = hostedPlugin(scope, name, location);
    if (plugin !== undefined) {
      const { allowDeprecated } = registration;
      return { kind: host(plugin), allowDeprecated, origin: location.origin, detail: location.detail };
    }
  }
  if (kind === undefined) {
    return raise({
      domain: "PLUGIN",
      reason: "plugin-not-found",
      message: `The ${type} kind '${name}' (${location.detail}) is not implemented`,
      place: place(user),
      hint: "Nothing that runs plugins is at hand here; the kinds of BuildStream's own plugin packages are built in.",
    });
  }
  const { allowDeprecated } = registration;
  return { kind: asFound(kind, location), allowDeprecated, origin: location.origin, detail: location.detail };
}

/** Whether a plugin that has a native equivalent is what that stands for: its package's, with the same keys, or a copy of it. */
function isNative(scope: PluginScope, type: PluginType, kind: string, location: Location): boolean {
  if (scope.hosting?.preferred === true) return location.directory === undefined;
  if (typeof location.directory === "string") return false;
  if (location.module === undefined) return true;
  if (location.home !== undefined) return KeyTexts.areKnown(type, kind, location.module);
  return KnownModules.has(type, location.module);
}

function hostedPlugin(scope: PluginScope, kind: string, location: Location): HostedPlugin | undefined {
  const { defaults = "", directory } = location;
  const project = { name: scope.name, files: scope.files };
  return directory === undefined ? undefined : { kind, project, directory, defaults };
}

/** A mirror of a plugin's kind, run where it is not native; `native` is what is known of it otherwise. */
export function mirror(scope: PluginScope, native: Mirror, node: Mapping): Mirror {
  const location = locate(scope, "source-mirror", native.kind);
  if (location === undefined)
    return UnknownKind.fail("source-mirror", native.kind, node, scope.plugins["source-mirror"].keys());
  if (scope.hosting === undefined || isNative(scope, "source-mirror", native.kind, location)) return native;
  const plugin = hostedPlugin(scope, native.kind, location);
  return plugin === undefined ? native : scope.hosting.mirror(plugin, node);
}

/** A kind that took part, as the session heading lists it. */
export type Used = PluginOrigin;
