/** Sources and elements made by hand, and a scratch cache, for tests of drivers and of the source cache. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Element } from "@millrace/core/element/Element";
import * as MemoryFiles from "@millrace/core/project/MemoryFiles";
import type { Project } from "@millrace/core/project/Project";
import type { ProjectFiles } from "@millrace/core/project/ProjectFiles";
import type { Source } from "@millrace/core/source/Source";
import * as SourceKinds from "@millrace/core/source/SourceKinds";
import * as Node from "@millrace/core/yaml/Node";
import * as Cas from "@millrace/sandbox/cas/Cas";
import { Locations } from "@millrace/sandbox/cas/Locations";
import type { Environment, Progress, Subject } from "@millrace/sandbox/fetch/SourceDriver";
import { ElementSources } from "@millrace/sandbox/sources/ElementSources";
import { SourceCache } from "@millrace/sandbox/sources/SourceCache";
import * as Layer from "effect/Layer";

/** Plain data as a node. */
export function node(value: unknown): Node.Node {
  if (Array.isArray(value)) return Node.sequence(value.map(node));
  if (typeof value === "object" && value !== null)
    return Node.mapping(Object.entries(value).map(([key, inner]) => [key, node(inner)] as const));
  return Node.scalar(value as string);
}

export interface Options {
  readonly files?: ProjectFiles;
  readonly translate?: (url: string) => string;
  readonly warn?: (token: string | null, message: string) => void;
  /** The text of the plugin's module, for kinds with defaults from there. */
  readonly module?: string;
}

/** A source of a kind with some configuration. */
export function source(name: string, config: Record<string, unknown>, options: Options = {}, index = 0): Source {
  const located = SourceKinds.locate(name);
  if (located === undefined) throw new Error(`no kind ${name}`);
  const { directory, ...rest } = config;
  const mapping = node(rest) as Node.Mapping;
  const context = {
    elementName: "element.bst",
    projectName: "test",
    files: options.files ?? MemoryFiles.make({}),
    translateUrl: options.translate ?? ((url: string) => url),
    warn: options.warn ?? (() => {}),
  };
  const kind = SourceKinds.withModule(located.kind, options.module ?? "");
  const settings = kind.configure(mapping, context);
  return {
    kind,
    index,
    directory: directory as string | undefined,
    node: mapping,
    stored: undefined,
    config: mapping,
    settings,
    context,
    resolved: kind.isResolved(settings),
    uniqueKey: () => kind.uniqueKey(settings, context),
  };
}

/** A project of which only what fetching asks for is there. */
export function project(parts: Partial<Project> = {}): Project {
  return {
    name: "test",
    parent: undefined,
    mirrors: [],
    defaultMirror: undefined,
    aliases: new Map(),
    ...parts,
  } as Project;
}

/** An element of which only what the source cache asks for is there. */
export function element(sources: readonly Source[]): Element {
  return { name: "element.bst", sources, project: project() } as unknown as Element;
}

export interface Scratch {
  readonly directory: string;
  readonly cachedir: string;
  readonly sourcedir: string;
  readonly environment: Environment;
  readonly progress: Progress[];
  readonly subject: (source: Source, project?: Project) => Subject;
  readonly layer: Layer.Layer<Cas.Cas | SourceCache | ElementSources | Locations, unknown>;
  readonly remove: () => void;
}

/** The services over a cache directory. */
export function layerOf(cachedir: string): Scratch["layer"] {
  return ElementSources.layer.pipe(
    Layer.provideMerge(SourceCache.layer),
    Layer.provideMerge(Cas.Cas.layer),
    Layer.provideMerge(Locations.layer({ cachedir, sourcedir: join(cachedir, "sources") })),
  );
}

/** A cache directory of its own below the system's directory for temporary files. */
export function scratch(): Scratch {
  const directory = mkdtempSync(join(tmpdir(), "millrace-test-"));
  const cachedir = join(directory, "cache");
  const sourcedir = join(cachedir, "sources");
  mkdirSync(sourcedir, { recursive: true });
  const progress: Progress[] = [];
  const locations = { cachedir, sourcedir };
  const environment: Environment = {
    cas: Cas.open(cachedir),
    locations,
    fetchPolicy: "all",
    trackPolicy: "aliases",
    report: (event) => void progress.push(event),
  };
  return {
    directory,
    cachedir,
    sourcedir,
    environment,
    progress,
    subject: (of, owner = project()) => ({ source: of, project: owner, environment }),
    layer: layerOf(cachedir),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}
