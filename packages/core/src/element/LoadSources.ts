/**
 * `sources:` of an element: each entry composed over the project's defaults for its kind, expanded, configured, and given its ref.
 *
 * An open workspace replaces them all by one source of kind `workspace`. With `ref-storage: project.refs` refs in the element's file are ignored
 * (and reported), unless the element belongs to a subproject of a project that keeps its refs inline.
 */
import { formatPlace, raise } from "../error/BstError.ts";
import type { Source } from "../source/Source.ts";
import type { AnySourceKind, SourceContext } from "../source/SourceKind.ts";
import * as Variables from "../variables/Variables.ts";
import * as Access from "../yaml/Access.ts";
import * as Composite from "../yaml/Composite.ts";
import { type Mapping, mapping, type Node, place, scalar } from "../yaml/Node.ts";
import type { Json, Workspace } from "./Element.ts";

/** What loading sources needs of the element's project. */
export interface SourceParts {
  /** `sources:` of project.conf. */
  readonly sourceOverrides: Mapping;
  /** Finds a kind; `user` is where it is named. */
  readonly kind: (name: string, user: Node) => AnySourceKind;
  /** The context for a source; `describe` names it in messages. */
  readonly context: (kind: string, describe: string) => SourceContext;
  /** Checks the urls that a source will download from. */
  readonly checkUrl: (url: string, describe: string, context: SourceContext) => void;
  /** Declared attributes of `provenance:`; undefined while the project is not fully loaded. */
  readonly provenanceAttributes: ReadonlyMap<string, string> | undefined;
  /** Keeps a check for when these attributes are known. */
  readonly whenDeclared: (check: (attributes: ReadonlyMap<string, string>) => void) => void;
  /** What `project.refs` says of a source: undefined when refs are kept inline. */
  readonly storedRef:
    | ((index: number) => { readonly node: Mapping | undefined; readonly replaces: boolean })
    | undefined;
  /** Hears of refs in element files that are not used. */
  readonly redundantRef: (place: string, ref: Json) => void;
}

/** The sources of an element's file. */
export function load(
  node: Mapping,
  elementName: string,
  variables: Variables.Variables,
  workspace: Workspace | undefined,
  parts: SourceParts,
): readonly Source[] {
  if (workspace !== undefined) return [workspaceSource(node, elementName, workspace, parts)];
  const list = Access.optionalSequence(node, "sources");
  if (list === undefined) return [];
  return Access.asMappingList(list).map((entry, index) => loadOne(entry, index, elementName, variables, parts));
}

function loadOne(
  entry: Mapping,
  index: number,
  elementName: string,
  variables: Variables.Variables,
  parts: SourceParts,
): Source {
  const kindNode = Access.getScalar(entry, "kind");
  if (kindNode.value === "workspace") {
    Access.invalid(kindNode, "Sources of kind 'workspace' are made by `bst workspace open`, they cannot be declared");
  }
  const directory = Access.optionalString(entry, "directory");
  const provenance = Access.optionalMapping(entry, "provenance");
  if (provenance !== undefined) {
    checkProvenance(provenance, parts.provenanceAttributes);
    if (parts.provenanceAttributes === undefined)
      parts.whenDeclared((attributes) => checkProvenance(provenance, attributes));
  }
  const entries = new Map(entry.entries);
  entries.delete("kind");
  if (directory !== "") entries.delete("directory");
  entries.delete("provenance");
  const own: Mapping = { ...entry, entries };
  const kind = parts.kind(kindNode.value, entry);
  const defaults = Access.optionalMapping(parts.sourceOverrides, kindNode.value);
  const base = defaults === undefined ? undefined : Access.optionalMapping(defaults, "config");
  const composed = base === undefined ? own : Composite.composite(base, own);
  Composite.assertFullyComposited(composed);
  const config = Variables.expand(variables, composed);
  const describe = `${elementName} (${kind.name} source at ${formatPlace(place(entry))})`;
  const context: SourceContext = {
    ...parts.context(kind.name, describe),
    declared: {
      node: entry,
      index,
      directory: directory === "" ? undefined : directory,
      provenance,
      provenanceAttributes: [...(parts.provenanceAttributes?.keys() ?? [])],
    },
  };
  let settings: unknown = kind.configure(config, context);
  let stored: Mapping | undefined;
  for (const { url } of kind.urls(settings)) parts.checkUrl(url, describe, context);
  if (parts.storedRef !== undefined) {
    const found = parts.storedRef(index);
    stored = found.node;
    if (found.replaces) {
      const inline = kind.ref(settings);
      if (inline !== undefined) {
        parts.redundantRef(formatPlace(place(entry)), inline);
        settings = kind.withRef?.(settings, undefined, context) ?? settings;
      }
    }
    if (stored !== undefined && kind.withRef !== undefined) {
      const whole = kind.refKeys !== undefined && !(kind.refKeys.length === 1 && kind.refKeys[0] === "ref");
      settings = kind.withRef(settings, whole ? stored : stored.entries.get("ref"), context);
    }
  }
  return {
    kind,
    index,
    directory: directory === "" ? undefined : directory,
    node: entry,
    stored,
    config,
    settings,
    context,
    resolved: kind.isResolved(settings),
    uniqueKey: once(() => kind.uniqueKey(settings, context)),
  };
}

function workspaceSource(node: Mapping, elementName: string, workspace: Workspace, parts: SourceParts): Source {
  const kind = parts.kind("workspace", node);
  const config = mapping([
    ["path", scalar(workspace.directory)],
    ["last_build", scalar(workspace.lastBuild ?? "")],
  ]);
  const context = parts.context("workspace", `${elementName} (workspace ${workspace.directory})`);
  const settings: unknown = kind.configure(config, context);
  return {
    kind,
    index: 0,
    directory: undefined,
    node: undefined,
    stored: undefined,
    config,
    settings,
    context,
    resolved: kind.isResolved(settings),
    uniqueKey: once(() => kind.uniqueKey(settings, context)),
  };
}

/** Checks `provenance:` of a source against the attributes that project.conf declares. */
function checkProvenance(node: Mapping, declared: ReadonlyMap<string, string> | undefined): void {
  for (const [name, value] of node.entries) {
    if (declared !== undefined && !declared.has(name)) {
      raise({
        domain: "LOAD",
        reason: "undefined-source-provenance-attribute",
        message: `The source provenance attribute '${name}' is not declared`,
        place: place(value),
        hint: `Declare it under \`source-provenance-attributes\` in project.conf; declared are: ${[...declared.keys()].join(", ")}.`,
      });
    }
    if (value.type !== "scalar") Access.invalid(value, `The provenance attribute '${name}' must be a single value`);
  }
}

/** Checks that no source comes first that needs the sources before it, then each source itself. */
export function preflight(sources: readonly Source[], elementName: string): void {
  const first = sources[0];
  if (
    first !== undefined &&
    (first.kind.requiresPreviousTrack || first.kind.requiresPreviousFetch || first.kind.requiresPreviousStage)
  ) {
    raise({
      domain: "ELEMENT",
      reason: null,
      message: `${elementName}: a source of kind '${first.kind.name}' needs sources before it, so it cannot be the first`,
      place: first.node === undefined ? undefined : place(first.node),
      hint: "Put the source that it works on in front of it.",
    });
  }
  for (const source of sources) source.kind.preflight?.(source.settings, source.context);
}

function once<A>(compute: () => A): () => A {
  let known: { readonly value: A } | undefined;
  return () => {
    known ??= { value: compute() };
    return known.value;
  };
}
