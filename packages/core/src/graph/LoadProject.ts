/**
 * project.conf in two passes.
 *
 * The first pass sees no files of other projects; it gives the plugin origins and all that junctions and links need. The second pass, made
 * when the first ordinary element is met and after the parent's, includes what other projects offer. Names, element path, fatal warnings,
 * junction settings, ref storage and default targets are read from project.conf alone, before any include or conditional.
 */

import * as Junction from "../element/kinds/Junction.ts";
import { formatPlace, raise } from "../error/BstError.ts";
import * as Conditionals from "../project/Conditionals.ts";
import * as Includes from "../project/Includes.ts";
import * as MinVersion from "../project/MinVersion.ts";
import * as Mirrors from "../project/Mirrors.ts";
import * as Options from "../project/Options.ts";
import * as Plugins from "../project/Plugins.ts";
import type { Mirror, Project } from "../project/Project.ts";
import * as ProjectDefaults from "../project/ProjectDefaults.ts";
import type { ProjectFiles } from "../project/ProjectFiles.ts";
import * as ProjectPath from "../project/ProjectPath.ts";
import * as Refs from "../project/Refs.ts";
import * as Remotes from "../project/Remotes.ts";
import * as Shell from "../project/Shell.ts";
import * as Symbols from "../project/Symbols.ts";
import * as Variables from "../variables/Variables.ts";
import * as Access from "../yaml/Access.ts";
import * as Composite from "../yaml/Composite.ts";
import { type Mapping, mapping, type Node, place, type Scalar, scalar, sequence, synthetic } from "../yaml/Node.ts";
import * as PythonText from "../yaml/PythonText.ts";
import * as AliasScopes from "./AliasScopes.ts";
import * as ElementNames from "./ElementNames.ts";
import * as Junctions from "./Junctions.ts";
import type { FullConfig, JunctionUse, LoadingProject, Pass, Session } from "./LoadState.ts";
import * as ParsedFiles from "./ParsedFiles.ts";
import * as Warnings from "./Warnings.ts";

const confName = "project.conf";
const topKeys = [
  "min-version",
  "element-path",
  "variables",
  "environment",
  "environment-nocache",
  "split-rules",
  "elements",
  "plugins",
  "aliases",
  "name",
  "defaults",
  "artifacts",
  "options",
  "fail-on-overlap",
  "shell",
  "fatal-warnings",
  "ref-storage",
  "sandbox",
  "mirrors",
  "sources",
  "source-caches",
  "junctions",
  "source-provenance-attributes",
  "(@)",
  "(?)",
];
/** Keys that are read before conditionals, which therefore may not set them. */
const unconditionalKeys = [
  "min-version",
  "name",
  "element-path",
  "junctions",
  "defaults",
  "fatal-warnings",
  "ref-storage",
  "options",
  "plugins",
];
const ownKeys = ["name", "element-path", "min-version", "plugins"];
const defaultsKeys = ["targets"];
const junctionKeys = ["duplicates", "internal", "disallow-subproject-uris"];
const empty = mapping();

/** A project.conf was not found where a project should be. */
export const missingReason = "missing-project-conf";

/** Loads a project as far as its junctions need it. */
export function loadFirstPass(
  session: Session,
  files: ProjectFiles,
  junction: JunctionUse | undefined,
  parent: LoadingProject | undefined,
  provenance: Node | undefined,
): LoadingProject {
  const shown = prefixOf(junction) + confName;
  const conf =
    ParsedFiles.read(session.files, files, confName, shown) ??
    raise({
      domain: "LOAD",
      reason: missingReason,
      message: `There is no project.conf in ${files.directory}`,
      hint: "Make a project with `bst init`, or name its directory with `bst -C`.",
    });
  const early = Composite.composite(ProjectDefaults.node(), conf);
  MinVersion.check(early);
  Access.validateKeys(early, topKeys);
  const name = Access.getScalar(conf, "name");
  Symbols.assertSymbol(name.value, "project name", name);
  const elementPath = ProjectPath.normalize(
    ProjectPath.check(Access.getScalar(early, "element-path"), files, "directory"),
  );
  const defaults = Access.getMapping(early, "defaults");
  Access.validateKeys(defaults, defaultsKeys);
  const junctions = Access.getMapping(early, "junctions", empty);
  Access.validateKeys(junctions, junctionKeys);
  const fatalWarnings = [...Access.getStringList(early, "fatal-warnings", [])];
  const inherited = parent?.disallowSubprojectUris === true;
  if (inherited && !fatalWarnings.includes("unaliased-url")) fatalWarnings.push("unaliased-url");
  const refStorage = Access.getEnum(early, "ref-storage", ["inline", "project.refs"]);

  const unfinished: Omit<LoadingProject, "plugins" | "first" | "project"> = {
    session,
    files,
    junction,
    parent,
    provenance,
    name: name.value,
    elementPath,
    conf,
    defaultTargets: Access.getStringList(defaults, "targets"),
    fatalWarnings,
    disallowSubprojectUris: inherited || Access.getBool(junctions, "disallow-subproject-uris", false),
    duplicates: readDuplicates(Access.getMapping(junctions, "duplicates", empty)),
    internal: scalars(Access.getSequence(junctions, "internal", sequence())),
    refStorage,
    junctionRefs: undefined,
    full: undefined,
    fullyLoading: false,
    elements: new Map(),
    links: new Map(),
    overrides: undefined,
    loaders: new Map(),
    searches: new Map(),
    alternativeParents: [],
    prepared: new Map(),
    elementKinds: new Map(),
    sourceKinds: new Map(),
    afterFullLoad: [],
  };
  const project = unfinished as LoadingProject;
  session.projects.push(project);

  const own = Includes.process(includer(project, Options.none, undefined), conf, {
    onlyLocal: true,
    conditionals: false,
  });
  const composed = Composite.composite(ProjectDefaults.node(), own);
  project.plugins = Plugins.read(Access.mappingList(composed, "plugins"), files);
  // A mirror's plugin may come from behind a junction, which is loaded with what is known by then.
  loadPass(project, composed, true, (pass) => {
    project.first = pass;
    (project as { project: Project }).project = publish(project);
  });
  Object.assign(project.project, published(project));
  if (refStorage === "project.refs") project.junctionRefs = loadRefs(project, "junction.refs", project.first);
  return project;
}

/** Completes a project, its parents first; does nothing when that was done or has begun. */
export function loadFully(project: LoadingProject): void {
  if (project.fullyLoading) return;
  if (project.parent !== undefined) loadFully(project.parent);
  // The parent's includes may have asked for this project meanwhile.
  if (project.fullyLoading) return;
  project.fullyLoading = true;
  const { session } = project;
  const own = Includes.process(includer(project, Options.none, undefined), project.conf, { conditionals: false });
  const composed = Composite.composite(ProjectDefaults.node(), own);
  const pass = loadPass(project, composed, false);
  const conf = pass.conf;
  Access.validateKeys(conf, topKeys);
  for (const key of ownKeys) checkOwn(project, conf, key);
  const failOnOverlap = Access.optionalScalar(conf, "fail-on-overlap");
  if (failOnOverlap !== undefined) {
    Warnings.add(session, "'fail-on-overlap' in project.conf is deprecated: list 'overlaps' below 'fatal-warnings'.");
    if (Access.asBool(failOnOverlap, "fail-on-overlap") && !project.fatalWarnings.includes("overlaps")) {
      project.fatalWarnings.push("overlaps");
    }
  }
  const declared = Access.optionalMapping(own, "source-provenance-attributes");
  const attributes =
    declared === undefined
      ? Access.getMapping(conf, "source-provenance-attributes")
      : Conditionals.process(declared, pass.options);
  const full: FullConfig = {
    pass,
    parts: {
      variables: pass.variables,
      environment: Access.getMapping(conf, "environment"),
      environmentNocache: Access.getStringList(conf, "environment-nocache"),
      sandbox: Access.getMapping(conf, "sandbox"),
      splitRules: Access.getMapping(conf, "split-rules"),
      elementOverrides: pass.elementOverrides,
    },
    shell: Shell.read(Access.getMapping(conf, "shell"), session.request.environment),
    provenanceAttributes: new Map(
      [...attributes.entries.keys()].map((attribute) => [attribute, Access.getString(attributes, attribute)]),
    ),
    artifactServers: Access.mappingList(conf, "artifacts").map((node) => Remotes.readRemote(node)),
    sourceServers: Access.mappingList(conf, "source-caches").map((node) => Remotes.readRemote(node)),
    includer: includer(project, pass.options, pass.variables),
    refs: project.refStorage === "project.refs" ? loadRefs(project, "project.refs", pass) : undefined,
  };
  project.full = full;
  Object.assign(project.project, published(project));
  for (const check of project.afterFullLoad.splice(0)) check();
}

/** The project as includes see it. */
function includer(
  project: LoadingProject,
  options: Options.Options,
  variables: Mapping | undefined,
): Includes.Includer {
  return Includes.make({
    files: project.files,
    project: project.files,
    prefix: prefixOf(project.junction),
    options,
    variables,
    subproject: (junction, include) => {
      const found = Junctions.find(project, junction, include);
      loadFully(found);
      return (
        found.full?.includer ??
        raise({
          domain: "LOAD",
          reason: "circular-reference",
          message: `The project '${found.name}' includes a file of '${project.name}' while it is itself being loaded`,
          place: place(include),
          hint: "Two projects cannot include each other's files in project.conf.",
        })
      );
    },
  });
}

/** What stands before file names of a project in messages. */
export function prefixOf(junction: JunctionUse | undefined): string {
  return junction === undefined ? "" : `${junction.name}:`;
}

/**
 * Reads what may differ between the passes from a composed configuration whose conditionals are still there. `begun` is given the pass before its
 * mirrors are made.
 */
function loadPass(
  project: LoadingProject,
  composed: Mapping,
  ignoreUnknownOptions: boolean,
  begun: (pass: Pass) => void = () => {},
): Pass {
  const { session, files } = project;
  const { request } = session;
  const overrides = request.overrides(project.name);
  let options = Options.declare(Access.getMapping(composed, "options", empty), {
    host: request.host,
    elements: () => ElementNames.list(files, project.elementPath),
  });
  if (project.junction !== undefined) options = Options.choose(options, project.junction.settings.options);
  if (overrides.options !== undefined) options = Options.choose(options, overrides.options);
  if (project.junction === undefined) {
    options = Options.chooseOnCommandLine(options, request.options, ignoreUnknownOptions);
  }
  options = Options.resolve(options);
  const processed = Conditionals.process(composed, options, unconditionalKeys);
  const elementOverrides = Access.getMapping(processed, "elements", empty);
  const sourceOverrides = Access.getMapping(processed, "sources", empty);
  const entries = new Map(processed.entries);
  entries.delete("elements");
  entries.delete("sources");
  const conf: Mapping = { ...processed, entries };
  Composite.assertFullyComposited(conf);

  const declared = Access.getMapping(conf, "variables");
  const maxJobs = request.maxJobs > 0 ? request.maxJobs : Math.min(request.host.cpus, 8);
  // Where a project sets these itself, the place stays, by which elements will refuse it.
  const automatic = new Map(declared.entries)
    .set("project-name", scalar(project.name, declared.entries.get("project-name")))
    .set("max-jobs", scalar(maxJobs, declared.entries.get("max-jobs")));
  const variables = Options.exportVariables(options, { ...declared, entries: automatic });

  // Aliases and mirrors may also name the directories on the host.
  const top = project.parent === undefined ? files : session.top().files;
  const located = new Map(variables.entries)
    .set("project-root", scalar(files.directory))
    .set("toplevel-root", scalar(top.directory))
    .set("project-root-uri", scalar(fileUrl(files.directory)))
    .set("toplevel-root-uri", scalar(fileUrl(top.directory)));
  const known = Variables.make({ ...variables, entries: located });
  const aliases = Variables.expand(known, Access.getMapping(conf, "aliases", empty));
  const mirrorList = overrides.mirrors ?? Access.getSequence(conf, "mirrors", sequence());
  const preferred = (project.parent === undefined ? request.defaultMirror : undefined) ?? overrides.defaultMirror;
  const mirrors: Mirror[] = [];
  const pass = {
    options,
    variables,
    elementOverrides,
    sourceOverrides,
    aliases: new Map([...aliases.entries.keys()].map((alias) => [alias, Access.getString(aliases, alias)])),
    mirrors,
    mirrorsOverridden: overrides.mirrors !== undefined,
    defaultMirror: preferred,
    conf,
  };
  begun(pass);
  for (const node of Access.asMappingList(mirrorList)) {
    const expanded = Variables.expand(known, node);
    const mirror = Mirrors.read(expanded);
    mirrors.push(mirror.kind === "default" ? mirror : Plugins.mirror(AliasScopes.plugins(project), mirror, expanded));
    pass.defaultMirror ??= mirror.name;
  }
  return pass;
}

/** Some keys count only in project.conf itself: finding one elsewhere means that it would be ignored. */
function checkOwn(project: LoadingProject, conf: Mapping, key: string): void {
  const node = conf.entries.get(key);
  if (node === undefined || node.file === project.conf.file || node.file === ProjectDefaults.node().file) return;
  raise({
    domain: "LOAD",
    reason: "invalid-data",
    message: `The key '${key}' can only be given in project.conf itself`,
    place: place(node),
    hint: "Move it out of the included file.",
  });
}

function loadRefs(project: LoadingProject, file: Refs.FileName, pass: Pass): Mapping | undefined {
  const node = ParsedFiles.read(project.session.files, project.files, file, file);
  return node === undefined ? undefined : Refs.check(Conditionals.process(node, pass.options));
}

function readDuplicates(node: Mapping): ReadonlyMap<string, readonly Scalar[]> {
  return new Map([...node.entries.keys()].map((name) => [name, scalars(Access.getSequence(node, name))]));
}

function scalars(list: { readonly items: readonly Node[] }): readonly Scalar[] {
  return list.items.map((item) =>
    item.type === "scalar" ? item : Access.invalid(item, "Each item must be the path of a junction"),
  );
}

/** `file://` and the path, with what an url cannot hold as percent escapes; `/`, letters, digits and `_.-~` stay. */
function fileUrl(path: string): string {
  const escaped = encodeURIComponent(path).replaceAll("%2F", "/");
  return `file://${escaped.replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)}`;
}

function publish(project: LoadingProject): Project {
  return {
    name: project.name,
    files: project.files,
    junctionPath: project.junction?.fullName.split(":") ?? [],
    loadedBy: loadedBy(project),
    elementPath: project.elementPath,
    refStorage: project.refStorage,
    parent: project.parent?.project,
    defaultTargets: project.defaultTargets,
    plugins: [],
    conf: project.conf.file,
    strict: project.session.request.strict,
    mapAlias: (alias) =>
      project.junction === undefined ? undefined : Junction.parentAlias(project.junction.settings, alias),
    ...published(project),
  };
}

/** Where somebody first asked for a project; a place in the top-level project's own files, or in those of a subproject. */
function loadedBy({ provenance }: LoadingProject): string | undefined {
  return provenance === undefined || provenance.file === synthetic ? undefined : formatPlace(place(provenance));
}

/** The parts of a published project that the second pass replaces. */
function published(project: LoadingProject) {
  const { full } = project;
  const pass = full?.pass ?? project.first;
  const variables = Variables.make(pass.variables);
  return {
    fatalWarnings: [...project.fatalWarnings].sort(PythonText.compare),
    aliases: pass.aliases,
    mirrors: pass.mirrors,
    defaultMirror: pass.defaultMirror,
    options: Options.printable(pass.options),
    variables: AliasScopes.resolvable(variables),
    shell: full?.shell ?? { command: [], environment: new Map(), hostFiles: [] },
    artifactServers: full?.artifactServers ?? [],
    sourceServers: full?.sourceServers ?? [],
    sourceProvenanceAttributes: full?.provenanceAttributes ?? new Map(),
    mirrorsFromUser: pass.mirrorsOverridden,
  } satisfies Partial<Project>;
}
