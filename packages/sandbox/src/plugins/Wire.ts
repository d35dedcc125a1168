/**
 * What goes over the line to the plugin host: nodes with their places, elements' facts, errors.
 *
 * A node is `[type, content, file, line, column]`, with `file` an index into a list of names that goes with the message, -1 for nodes made by code.
 */
import type { Json } from "@millrace/core/element/Element";
import { BstError, type Domain, foreign } from "@millrace/core/error/BstError";
import { type Node, place, type SourceFile, synthetic } from "@millrace/core/yaml/Node";

/** Anything that JSON can hold; what comes from a plugin is checked where it is used. */
export type Data = Json | undefined | readonly Data[] | { readonly [name: string]: Data };

/** A message's arguments by name. */
export type Arguments = { readonly [name: string]: Data };

/** Collects the names of files while nodes of one message are written. */
export interface Files {
  readonly names: string[];
  readonly known: Map<SourceFile, number>;
}

/** No files yet. */
export function files(): Files {
  return { names: [], known: new Map() };
}

/** A node as it goes over the line. */
export function node(value: Node, files: Files): Json {
  let file = -1;
  let line = 0;
  let column = 0;
  if (value.file !== synthetic) {
    file = files.known.get(value.file) ?? files.names.push(value.file.name) - 1;
    files.known.set(value.file, file);
    const at = place(value);
    line = at.line;
    column = at.column;
  }
  switch (value.type) {
    case "scalar":
      return [0, value.value, file, line, column];
    case "sequence":
      return [1, value.items.map((item) => node(item, files)), file, line, column];
    case "mapping": {
      const record: Record<string, Json> = Object.create(null);
      for (const [name, child] of value.entries) record[name] = node(child, files);
      return [2, record, file, line, column];
    }
  }
}

/** An error as plugins get it. */
export function errorFields(error: BstError): Json {
  return {
    domain: error.domain,
    reason: error.reason,
    message: error.message,
    detail: error.detail ?? null,
    temporary: error.temporary === true,
  };
}

const domains: ReadonlySet<string> = new Set([
  "PLUGIN",
  "LOAD",
  "IMPL",
  "PLATFORM",
  "SANDBOX",
  "ARTIFACT",
  "PIPELINE",
  "UTIL",
  "SOURCE",
  "ELEMENT",
  "APP",
  "STREAM",
  "VIRTUAL_FS",
  "CAS",
  "PROG_NOT_FOUND",
  "REMOTE",
  "PROFILE",
]);

/** An error that a plugin raised; `raised` are those that it was given before, one of which it may only have passed on. */
export function error(fields: Data, raised: readonly BstError[]): BstError {
  const { domain, reason, message, detail, temporary } = record(fields);
  const same = raised.find((known) => known.message === message && known.reason === (reason ?? null));
  if (same !== undefined) return same;
  return new BstError({
    domain: typeof domain === "string" && domains.has(domain) ? (domain as Domain) : "PLUGIN",
    reason: typeof reason === "string" ? foreign(reason) : null,
    message: text(message) === "" ? "A plugin failed without a word" : text(message),
    detail: typeof detail === "string" ? detail : undefined,
    temporary: temporary === true,
  });
}

/** Data as a record; empty when it is none. */
export function record(data: Data): Arguments {
  return typeof data === "object" && data !== null && !Array.isArray(data) ? (data as Arguments) : {};
}

/** Data as a list; empty when it is none. */
export function list(data: Data): readonly Data[] {
  return Array.isArray(data) ? (data as readonly Data[]) : [];
}

/** Data as a text; empty when it is none. */
export function text(data: Data): string {
  return typeof data === "string" ? data : "";
}

/** Data as a list of texts, undefined when it is none. */
export function texts(data: Data): readonly string[] | undefined {
  return Array.isArray(data) ? (data as readonly Data[]).map(text) : undefined;
}
