/**
 * From an element's file to the element: composed, expanded, configured, with its sources.
 *
 * It happens in two steps, as in BuildStream: {@link begin} needs the element alone, {@link finish} its dependencies, which are complete by then. Junctions and links are
 * composed with the first pass of their project and get neither environment nor sandbox from it.
 */

import * as Architecture from "../element/Architecture.ts";
import * as ComposeElement from "../element/ComposeElement.ts";
import type { Dependency, Element, SandboxConfig, Workspace } from "../element/Element.ts";
import type { AnyElementKind, ConfigureContext, GraphView } from "../element/ElementKind.ts";
import * as ElementName from "../element/ElementName.ts";
import * as LoadSources from "../element/LoadSources.ts";
import * as SandboxSettings from "../element/SandboxSettings.ts";
import { BstError, foreign, formatPlace, type ReasonOf, raise } from "../error/BstError.ts";
import * as Aliases from "../project/Aliases.ts";
import * as Host from "../project/Host.ts";
import * as Plugins from "../project/Plugins.ts";
import * as Refs from "../project/Refs.ts";
import type { Source } from "../source/Source.ts";
import type { AnySourceKind, SourceContext } from "../source/SourceKind.ts";
import * as Variables from "../variables/Variables.ts";
import * as Access from "../yaml/Access.ts";
import { type Mapping, mapping, type Node, place } from "../yaml/Node.ts";
import * as AliasScopes from "./AliasScopes.ts";
import * as LoadProject from "./LoadProject.ts";
import { type FullConfig, isFirstPass, type LoadElement, type LoadingProject } from "./LoadState.ts";
import * as Warnings from "./Warnings.ts";

/** An element before its dependencies are known. */
export interface Begun {
  readonly load: LoadElement;
  readonly kind: AnyElementKind;
  readonly declared: Variables.Variables;
  readonly context: ConfigureContext;
  readonly environmentNocache: ReadonlySet<string>;
  readonly config: Mapping;
  readonly sandbox: SandboxConfig;
  readonly settings: unknown;
  readonly sources: readonly Source[];
  readonly workspace: Workspace | undefined;
}

const empty = mapping();

/** Composes, expands and configures an element and its sources. */
export function begin(load: LoadElement): Begun {
  const { owner, node } = load;
  const firstPass = isFirstPass(load.kind);
  if (!firstPass) LoadProject.loadFully(owner);
  const kind = elementKind(owner, load.kind, node);
  const prepared = prepare(owner, kind, firstPass);
  const declared = ComposeElement.variables(prepared, node, load.name);
  // Junctions and links are made before all variables can have values.
  const variables = firstPass ? AliasScopes.resolvable(declared) : Variables.all(declared);
  const environment = ComposeElement.environment(prepared, node, declared);
  const environmentNocache = ComposeElement.environmentNocache(prepared, node);
  const publicData = ComposeElement.publicData(prepared, node, declared);
  const config = ComposeElement.config(prepared, node, declared);
  let sources: readonly Source[] = [];
  const context: ConfigureContext = {
    name: load.name,
    projectName: owner.name,
    variables,
    environment,
    public: publicData,
    node,
    instance: {
      fullName: load.fullName,
      files: owner.files,
      workspace: owner.session.request.workspaces.has(load.fullName),
      warn: (token, message) => Warnings.addFromPlugin(owner, load.fullName, kind.name, token, message),
      inform: (message, detail) => Warnings.inform(owner.session, message, detail, load.fullName),
      sources: () => sources,
    },
  };
  const settings: unknown = kind.configure(config, context);
  const { host } = owner.session.request;
  const sandbox = SandboxSettings.read(ComposeElement.sandbox(prepared, node, declared), {
    os: Architecture.operatingSystem(host.os),
    arch: Host.architecture(host),
  });
  const workspace = owner.session.request.workspaces.get(load.fullName);
  sources = LoadSources.load(node, load.fullName, declared, workspace, sourceParts(load, firstPass));
  return { load, kind, declared, context, environmentNocache, config, sandbox, settings, sources, workspace };
}

/** Completes an element. `append` makes it visible to the view under its id before it is checked. */
export function finish(
  begun: Begun,
  id: number,
  dependencies: readonly Dependency[],
  graph: GraphView,
  append: (element: Element) => void,
): Element {
  const { kind, load, context } = begun;
  const direct = dependencies.filter((dependency) => dependency.build);
  let settings = begun.settings;
  if (kind.configureDependencies !== undefined) {
    settings = kind.configureDependencies(settings, direct, context, graph);
  } else {
    const config = direct.find((dependency) => dependency.configs.length > 0)?.configs[0];
    if (config !== undefined) {
      raise({
        domain: "LOAD",
        reason: "invalid-dependency-config",
        message: `Elements of kind '${kind.name}' take no 'config' for their dependencies`,
        place: place(config),
        hint: "Remove it.",
      });
    }
  }
  const element: Element = {
    id,
    project: load.owner.project,
    name: load.name,
    fullName: load.fullName,
    normalName: ElementName.normal(load.name),
    kind,
    description: Access.getString(load.node, "description", ""),
    node: load.node,
    variables: context.variables,
    environment: context.environment,
    environmentNocache: begun.environmentNocache,
    config: begun.config,
    public: context.public,
    sandbox: begun.sandbox,
    sources: begun.sources,
    dependencies,
    settings,
    uniqueKey: kind.uniqueKey(settings, context),
    workspace: begun.workspace,
    role: load.kind === "junction" || load.kind === "link" ? load.kind : "element",
  };
  append(element);
  checkForbidden(element);
  preflight(element, () => kind.preflight?.(settings, element, graph));
  LoadSources.preflight(element.sources, element.fullName);
  return element;
}

/** A junction or link, which has no dependencies; its id is -1. */
export function alone(load: LoadElement): Element {
  const graph: GraphView = { element: () => made as Element, buildScope: () => [], runScope: () => [-1] };
  let made: Element | undefined;
  return finish(begin(load), -1, [], graph, (element) => {
    made = element;
  });
}

/** Errors of a preflight name the element's file as their place, as BuildStream does; what they named before goes into the detail. */
function preflight(element: Element, body: () => void): void {
  try {
    body();
  } catch (cause) {
    if (!(cause instanceof BstError)) throw cause;
    const finer = cause.place === undefined ? undefined : `See ${formatPlace(cause.place)}`;
    raise({
      domain: "ELEMENT",
      reason: cause.reason === null ? null : foreign(cause.reason),
      message: cause.message,
      detail: [cause.detail, finer].filter((part) => part !== undefined && part !== "").join("\n") || undefined,
      place: place(element.node),
      hint: cause.hint,
    });
  }
}

function checkForbidden(element: Element): void {
  const { kind, dependencies } = element;
  const refuse = (what: string, reason: ReasonOf<"ELEMENT">, node: Node): never =>
    raise({
      domain: "ELEMENT",
      reason,
      message: `Elements of kind '${kind.name}' cannot have ${what}, and '${element.fullName}' has some`,
      place: place(element.node),
      hint: `The first is at ${formatPlace(place(node))}.`,
    });
  const build = dependencies.find((dependency) => dependency.build);
  const runtime = dependencies.find((dependency) => dependency.runtime);
  const any = runtime ?? build;
  if (kind.forbidsBuildDepends && kind.forbidsRuntimeDepends && any !== undefined) {
    refuse("dependencies", "element-forbidden-depends", any.node);
  }
  if (kind.forbidsRuntimeDepends && runtime !== undefined) {
    refuse("runtime dependencies", "element-forbidden-rdepends", runtime.node);
  }
  if (kind.forbidsBuildDepends && build !== undefined) {
    refuse("build dependencies", "element-forbidden-bdepends", build.node);
  }
  const source = element.sources[0];
  if (kind.forbidsSources && source !== undefined) {
    refuse("sources", "element-forbidden-sources", source.node ?? element.node);
  }
}

function elementKind(project: LoadingProject, name: string, user: Node): AnyElementKind {
  let found = project.elementKinds.get(name);
  if (found === undefined) {
    found = Plugins.elementKind(AliasScopes.plugins(project), name, user);
    project.elementKinds.set(name, found);
    noteKind(project, "element", found);
  }
  warnDeprecated(project, found, user);
  return found.kind;
}

function warnDeprecated(
  project: LoadingProject,
  found: Plugins.Found<{ readonly name: string; readonly deprecated?: string | undefined }>,
  user: Node,
): void {
  const { name, deprecated } = found.kind;
  if (deprecated === undefined || found.allowDeprecated) return;
  Warnings.add(project.session, `${formatPlace(place(user))}: Using deprecated plugin '${name}'`, deprecated);
}

function sourceKind(project: LoadingProject, name: string, user: Node): AnySourceKind {
  let found = project.sourceKinds.get(name);
  if (found === undefined) {
    found = Plugins.sourceKind(AliasScopes.plugins(project), name, user);
    project.sourceKinds.set(name, found);
    noteKind(project, "source", found);
  }
  warnDeprecated(project, found, user);
  return found.kind;
}

/** Adds a kind to those that the session heading lists. */
function noteKind(
  project: LoadingProject,
  type: "element" | "source",
  found: Plugins.Found<{ readonly name: string }>,
): void {
  const { kind, origin, detail } = found;
  (project.project.plugins as Plugins.Used[]).push({ kind: kind.name, type, origin, detail });
}

function prepare(project: LoadingProject, kind: AnyElementKind, firstPass: boolean): ComposeElement.Prepared {
  const known = project.prepared.get(kind.name);
  if (known !== undefined) return known;
  const parts: ComposeElement.ProjectParts =
    firstPass || project.full === undefined
      ? {
          variables: project.first.variables,
          environment: empty,
          environmentNocache: [],
          sandbox: empty,
          splitRules: empty,
          elementOverrides: project.first.elementOverrides,
        }
      : project.full.parts;
  const prepared = ComposeElement.prepare(parts, kind.name, kind.defaults);
  project.prepared.set(kind.name, prepared);
  return prepared;
}

function sourceParts(load: LoadElement, firstPass: boolean): LoadSources.SourceParts {
  const { owner } = load;
  const { session } = owner;
  const { request } = session;
  const pass = firstPass ? owner.first : (owner.full?.pass ?? owner.first);
  const scope = AliasScopes.make(owner, firstPass);
  return {
    sourceOverrides: pass.sourceOverrides,
    kind: (name, user) => sourceKind(owner, name, user),
    context: (kind, describe): SourceContext => ({
      elementName: load.fullName,
      projectName: owner.name,
      files: owner.files,
      translateUrl: (url) => Aliases.translate(scope, url, describe),
      workspaceDigest: session.host.workspaceDigest,
      warn: (token, message, node) => Warnings.addFromPlugin(owner, load.fullName, kind, token, message, node),
    }),
    checkUrl: (url, describe, context) =>
      Aliases.check(scope, url, describe, { fetch: request.fetchPolicy, track: request.trackPolicy }, context.warn),
    provenanceAttributes: owner.full?.provenanceAttributes,
    whenDeclared: (check) => owner.afterFullLoad.push(() => check((owner.full as FullConfig).provenanceAttributes)),
    storedRef: storedRef(load),
    redundantRef: (where, ref) => session.redundantRefs.push(`${where}:${JSON.stringify(ref)}`),
  };
}

/** Where the refs of an element's sources are kept, when that is not its own file: the top-level project may keep those of subprojects. */
function storedRef(load: LoadElement): LoadSources.SourceParts["storedRef"] {
  const { owner } = load;
  const top = owner.parent === undefined ? owner : owner.session.top();
  const find = (project: LoadingProject, index: number) =>
    Refs.find(load.kind === "junction" ? project.junctionRefs : project.full?.refs, owner.name, load.name, index);
  const fromTop = owner !== top && top.refStorage === "project.refs";
  const fromOwn = owner.refStorage === "project.refs";
  if (!fromTop && !fromOwn) return undefined;
  return (index) => {
    const node = fromTop ? find(top, index) : undefined;
    if (node !== undefined || !fromOwn) return { node, replaces: false };
    return { node: find(owner, index), replaces: true };
  };
}
