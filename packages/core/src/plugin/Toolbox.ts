/**
 * What a plugin written in TypeScript is handed when it is loaded.
 *
 * A plugin lives in somebody's project, where nothing of this program is installed; so it imports types only, which vanish, and gets every function through this
 * record. All of it is what built-in kinds are made of.
 */
import type { AnyElementKind, ElementKind } from "../element/ElementKind.ts";
import * as ElementKinds from "../element/ElementKinds.ts";
import * as BuildElement from "../element/kinds/BuildElement.ts";
import * as Commands from "../element/kinds/Commands.ts";
import { raise } from "../error/BstError.ts";
import type { AnySourceKind, SourceKind } from "../source/SourceKind.ts";
import * as SourceKinds from "../source/SourceKinds.ts";
import * as Access from "../yaml/Access.ts";
import * as Node from "../yaml/Node.ts";

/** The record itself. */
export const toolbox = {
  /** Reads nodes: strings, lists, mappings, known keys; what is wrong is told with its place. */
  Access,
  /** Nodes and their places. */
  Node,
  /** What kinds of elements share: `ordinary` members, plans, groups of dependencies. */
  Commands,
  /** `kind(name, defaults)`: the pattern of four lists of commands. */
  BuildElement,
  /** Ends with an error value. */
  raise,
  /** A built-in kind of element to start from. */
  elementKind: (name: string): AnyElementKind =>
    ElementKinds.locate(name)?.kind ??
    raise({ domain: "PLUGIN", reason: "plugin-not-found", message: `There is no built-in element kind '${name}'` }),
  /** A built-in kind of source to start from. */
  sourceKind: (name: string): AnySourceKind =>
    SourceKinds.locate(name)?.kind ??
    raise({ domain: "PLUGIN", reason: "plugin-not-found", message: `There is no built-in source kind '${name}'` }),
} as const;

/** Its type, for plugins to import. */
export type Toolbox = typeof toolbox;

/** What the export `element` of a module may be; `name` is set to the kind's registered name, `defaults` to its `KIND.yaml` when there is one. */
export type ElementPlugin<Settings> = ElementKind<Settings> | ((toolbox: Toolbox) => ElementKind<Settings>);

/** What the export `source` of a module may be. */
export type SourcePlugin<Settings> = SourceKind<Settings> | ((toolbox: Toolbox) => SourceKind<Settings>);
