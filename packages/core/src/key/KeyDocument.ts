/**
 * The document whose hash is an element's key: everything about the element that can change what its build makes, and its dependencies.
 *
 * Why each member counts: the base key is the build directory, which alone carries the element's own name (compilers leave paths in output); the
 * plugin's key, name and version say what would be run; `public` can be read by dependants while they build; sources are the input;
 * `fatal-warnings` decide whether a build succeeds; sandbox and environment are what commands see, hence only where commands run. Environment variables that the element declares harmless stay out.
 *
 * The weak document lists dependencies by name, strict and strong documents by key, and those two carry the weak key as well: a strong key
 * differs from the weak one even without dependencies. Members are sorted, so dependencies come second and their text can be hashed ahead of the rest.
 */
import type { Element, Json, SandboxConfig } from "../element/Element.ts";
import type { Source } from "../source/Source.ts";
import type { Mapping } from "../yaml/Node.ts";
import * as Canonical from "./Canonical.ts";

/** The version of the format of artifacts, part of every key. */
const coreArtifactVersion = 11;

/** The start of every document, up to the first dependency. */
export const head = `{"core-artifact-version":${coreArtifactVersion},"dependencies":[`;

/** A dependency's entry: with its key in strict, strong and some weak documents, else by name only. */
export function entry(element: Element, key: string | undefined): string {
  return namedEntry(element.project.name, element.name, key);
}

/** {@link entry} of an element that need not be at hand. */
export function namedEntry(project: string, name: string, key: string | undefined): string {
  const text = `[${Canonical.string(project)},${Canonical.string(name)}`;
  return key === undefined ? `${text}]` : `${text},"${key}"]`;
}

/** Texts of parts that elements share: environments and public data that come from the project alone are one object for all elements of a kind. */
export interface SharedTexts {
  readonly environments: Map<Element["environment"], { readonly nocache: ReadonlySet<string>; readonly text: string }>;
  readonly publics: Map<Mapping, string>;
}

/** An empty memory, for the documents of one graph. */
export function sharedTexts(): SharedTexts {
  return { environments: new Map(), publics: new Map() };
}

function environmentText(element: Element, shared: SharedTexts): string {
  const nocache = element.environmentNocache;
  let known = shared.environments.get(element.environment);
  if (known?.nocache !== nocache) {
    known = { nocache, text: Canonical.text(environment(element)) };
    shared.environments.set(element.environment, known);
  }
  return known.text;
}

function publicText(element: Element, shared: SharedTexts): string {
  let known = shared.publics.get(element.public);
  if (known === undefined) {
    known = Canonical.nodeText(element.public);
    shared.publics.set(element.public, known);
  }
  return known;
}

/**
 * The rest of a document behind its dependencies, without the weak key and the last brace. Raises when a source has no ref. `shared` remembers texts
 * between the elements of a graph.
 */
export function body(element: Element, shared: SharedTexts = sharedTexts()): string {
  const kind = element.kind;
  let text = `],"element-base-key":${Canonical.text({ "build-root": element.variables.get("build-root") ?? null })}`;
  text += `,"element-plugin-key":${Canonical.text(element.uniqueKey)}`;
  text += `,"element-plugin-name":${Canonical.string(kind.name)}`;
  text += `,"element-plugin-version":${kind.artifactVersion}`;
  const runs = kind.runsCommands(element.settings);
  if (runs) text += `,"environment":${environmentText(element, shared)}`;
  text += `,"fatal-warnings":${Canonical.text(element.project.fatalWarnings)}`;
  text += `,"public":${publicText(element, shared)}`;
  if (runs) text += `,"sandbox":${Canonical.text(sandbox(element.sandbox))}`;
  text += `,"sources":${sourcesText(element.sources)}`;
  return text;
}

/** What a document says of the element itself, as JSON: all but dependencies and weak key. Raises when a source has no ref. */
export function inputs(element: Element, shared: SharedTexts = sharedTexts()): string {
  return `{${body(element, shared).slice("],".length)}}`;
}

/** The end of a document: with the weak key unless it is the weak document itself. */
export function tail(weakKey: string | undefined): string {
  return weakKey === undefined ? "}" : `,"weak-cache-key":"${weakKey}"}`;
}

/** The whole document, for people and as the slow twin of how keys are computed. Entries are texts of {@link entry}. */
export function text(element: Element, entries: readonly string[], weakKey: string | undefined): string {
  return head + entries.join(",") + body(element) + tail(weakKey);
}

function environment(element: Element): Json {
  const object: Record<string, Json> = Object.create(null);
  for (const [name, value] of element.environment) {
    if (!element.environmentNocache.has(name)) object[name] = value;
  }
  return object;
}

function sandbox(config: SandboxConfig): Json {
  const { buildUid, buildGid, remoteApisSocket: socket } = config;
  return {
    "build-arch": config.buildArch,
    "build-os": config.buildOs,
    ...(buildUid === undefined ? {} : { "build-uid": buildUid }),
    ...(buildGid === undefined ? {} : { "build-gid": buildGid }),
    ...(socket === undefined
      ? {}
      : {
          "remote-apis-socket": {
            path: socket.path,
            ...(socket.actionCacheEnableUpdate ? { "action-cache-enable-update": true } : {}),
          },
        }),
  };
}

const sourcesTexts = new WeakMap<readonly Source[], string>();

/** The `sources` member: kind and key of each, and the directory as written when there is one. Raises when a source has no ref. Remembered, since the source cache's key is of it too. */
export function sourcesText(list: readonly Source[]): string {
  let known = sourcesTexts.get(list);
  if (known === undefined) {
    known = Canonical.text(sources(list));
    sourcesTexts.set(list, known);
  }
  return known;
}

function sources(list: readonly Source[]): Json {
  return list.map((source) => ({
    key: source.uniqueKey(),
    name: source.kind.name,
    ...(source.directory === undefined || source.directory === "" ? {} : { directory: source.directory }),
  }));
}
