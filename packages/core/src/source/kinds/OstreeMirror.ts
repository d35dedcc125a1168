/**
 * `ostree_mirror`: several branches of an OSTree repository, mirrored. Freedesktop SDK carries this kind as a plugin of its own.
 *
 * Without ref it counts as resolved with an empty list, unless refs are kept in project.refs. A repository in the project is named by its absolute
 * path, which so enters the key.
 */
import type { Json } from "../../element/Element.ts";
import * as ProjectPath from "../../project/ProjectPath.ts";
import * as Access from "../../yaml/Access.ts";
import type * as Node from "../../yaml/Node.ts";
import * as PythonText from "../../yaml/PythonText.ts";
import type { SourceKind } from "../SourceKind.ts";
import * as Common from "./Common.ts";

export interface Branch {
  readonly ref: string;
  readonly checksum: string;
}

export interface Settings {
  readonly url: string;
  /** Whether the url was written; else it names a directory of the project. */
  readonly remote: boolean;
  readonly branches: readonly Branch[] | undefined;
  readonly gpg: string;
  /** Glob of branches to track. */
  readonly match: string | undefined;
}

const keys = Common.keys("match", "path", "url", "ref", "gpg");
const branchKeys = ["ref", "checksum"];

function branches(list: Node.Sequence | undefined): readonly Branch[] | undefined {
  if (list === undefined) return undefined;
  return Access.asMappingList(list).map((node) => {
    Access.validateKeys(node, branchKeys);
    return { ref: Access.getString(node, "ref"), checksum: Access.getString(node, "checksum") };
  });
}

function json(list: readonly Branch[]): Json {
  return list.map(({ ref, checksum }) => ({ ref, checksum }));
}

/** The kind. */
export const kind: SourceKind<Settings> = {
  ...Common.ordinary,
  name: "ostree_mirror",
  configure: (config, context) => {
    Access.validateKeys(config, keys);
    const url = Access.optionalString(config, "url") || undefined;
    const local = (): string => {
      const path = ProjectPath.check(Access.getScalar(config, "path"), context.files);
      return `file://${context.files.directory.replace(/\/$/, "")}/${path}`;
    };
    return {
      url: url ?? local(),
      remote: url !== undefined,
      branches: branches(Access.optionalSequence(config, "ref")) ?? [],
      gpg: ProjectPath.check(Access.getScalar(config, "gpg"), context.files),
      match: Access.optionalString(config, "match"),
    };
  },
  isResolved: (settings) => settings.branches !== undefined,
  uniqueKey: (settings) => [
    settings.url,
    json([...(settings.branches ?? [])].sort((left, right) => PythonText.compare(left.ref, right.ref))),
  ],
  ref: (settings) => (settings.branches === undefined ? undefined : json(settings.branches)),
  withRef: (settings, ref) => ({ ...settings, branches: branches(Common.listRef(ref)) }),
  urls: (settings) => (settings.remote ? [{ url: settings.url, primary: true }] : []),
};
