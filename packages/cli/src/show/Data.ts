/** What each symbol of `bst show --format` stands for as JSON: values as they are, where the text is padded, abbreviated or YAML. */
import type { Json } from "@millrace/core/element/Element";
import type { Plain } from "@millrace/core/yaml/Access";
import * as Access from "@millrace/core/yaml/Access";
import type * as Dump from "@millrace/core/yaml/Dump";
import type { Node } from "@millrace/core/yaml/Node";
import * as Fields from "./Fields.ts";
import type * as Template from "./Template.ts";

/** The format for `--json` where none is given: what costs little and fits on a screen. */
export const usual = [
  "name",
  "kind",
  "description",
  "key",
  "full-key",
  "state",
  "workspace-dirs",
  "build-deps",
  "runtime-deps",
  "artifact-cas-digest",
]
  .map((name) => `%{${name}}`)
  .join("");

function dumpable(value: Dump.Dumpable): Json {
  if (typeof value === "string") return value;
  if (value instanceof Map)
    return Object.fromEntries(
      [...(value as ReadonlyMap<string, Dump.Dumpable>)].map(([key, item]) => [key, dumpable(item)]),
    );
  if (Array.isArray(value)) return (value as readonly Dump.Dumpable[]).map(dumpable);
  return "offset" in value && typeof value.offset === "number" ? Access.strip(value as Node) : (value as Plain);
}

/** What follows from the project's files. */
const described: Readonly<Record<string, (subject: Fields.Subject) => Json>> = {
  "key-document": (subject) => {
    const document = subject.keyDocument();
    return document === "" ? null : (JSON.parse(document) as Json);
  },
  config: ({ element }) => Access.strip(element.config),
  vars: ({ element }) => Object.fromEntries(element.variables),
  env: ({ element }) => Object.fromEntries(element.environment),
  public: ({ element }) => Access.strip(element.public),
  workspaced: ({ element }) => element.workspace !== undefined,
  "workspace-dirs": ({ element }) => element.workspace?.directory ?? null,
  deps: (subject) => Fields.dependencies(subject, "all"),
  "build-deps": (subject) => Fields.dependencies(subject, "build"),
  "runtime-deps": (subject) => Fields.dependencies(subject, "run"),
  "source-info": (subject) => subject.sourceInfo().map(dumpable),
};

/** What also depends on the caches. */
const looked: Readonly<Record<string, (row: Fields.Row) => Json>> = {
  key: (row) => row.state?.key?.slice(0, row.keyLength) ?? null,
  "full-key": (row) => row.state?.key ?? null,
  "artifact-cas-digest": (row) => Fields.value("artifact-cas-digest", row) || null,
};

/** The symbols of a format with their values for one element. */
export function of(
  pieces: readonly Template.Piece[],
  row: Fields.Row,
  subject: Fields.Subject,
): Readonly<Record<string, Json>> {
  const names = pieces.flatMap((piece) => (piece.type === "symbol" ? [piece.name] : []));
  const value = (name: string) => described[name]?.(subject) ?? looked[name]?.(row);
  return Object.fromEntries(
    names.map((name) => {
      const found = value(name);
      return [name, found === undefined ? Fields.value(name, row) : found];
    }),
  );
}
