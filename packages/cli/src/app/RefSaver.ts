/**
 * Writes refs that tracking found into the project.
 *
 * With `ref-storage: inline` a ref stands in the source's own mapping, which may be in an element or in a file that it includes; all else in that file stays
 * as it is. With `project.refs` it stands in that file (`junction.refs` for junctions), by project, element and position, under the condition that holds, if it does; this also holds refs of subprojects.
 * Refs of a subproject that cannot be written are only warned about. Files are replaced whole, one after the other, since several elements may stand in one.
 */
import { readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Element, Json } from "@millrace/core/element/Element";
import { raise } from "@millrace/core/error/BstError";
import type { Project } from "@millrace/core/project/Project";
import type { Source } from "@millrace/core/source/Source";
import * as Access from "@millrace/core/yaml/Access";
import { type Mapping, mapping, type Node } from "@millrace/core/yaml/Node";
import * as Read from "@millrace/core/yaml/Read";
import * as RoundTrip from "@millrace/core/yaml/RoundTrip";

/** What became of a ref. */
export type Saved = "saved" | "not-ours";

/** Writes the ref of one source. Raises SOURCE when it cannot be written. */
export function save(top: Project, element: Element, source: Source, ref: Json): Saved {
  if (top.refStorage === "project.refs") {
    const name = element.kind.name === "junction" ? "junction.refs" : "project.refs";
    saveStored(join(top.files.directory, name), element, source, ref);
    return "saved";
  }
  const node = source.node;
  const path = node?.file.path;
  if (node === undefined || path === null || path === undefined) {
    return raise({
      domain: "SOURCE",
      reason: null,
      message: `The ref of a source of ${element.fullName} cannot be written: the source stands in no file of the project`,
    });
  }
  if (node.file.project !== top.files) {
    if (node.file.project === element.project.files) return "not-ours";
    raise({
      domain: "SOURCE",
      reason: "tracking-junction-fragment",
      message: `The ref of a source of ${element.fullName} stands in ${node.file.name}, which belongs to another project`,
      hint: "Track it in that project.",
    });
  }
  const values = refValues(source, ref, node);
  saveInline(join(top.files.directory, path), path, node, values, element.fullName);
  return "saved";
}

/** The keys that hold the ref, with what they are to hold. */
function refValues(source: Source, ref: Json, node: Mapping): ReadonlyMap<string, Access.Plain> {
  const { writeRef } = source.kind;
  if (writeRef !== undefined) {
    const before = Access.strip(node) as { readonly [key: string]: Access.Plain };
    const after = Object.entries(writeRef(source.settings, ref, before));
    return new Map(
      after
        .map(([key, value]) => [key, plain(value)] as const)
        .filter(([key, value]) => JSON.stringify(before[key]) !== JSON.stringify(value)),
    );
  }
  const keys = source.kind.refKeys ?? ["ref"];
  if (keys.length === 1 && keys[0] === "ref") return new Map([["ref", plain(ref)]]);
  const record = ref as { readonly [key: string]: Json };
  return new Map(keys.filter((key) => record[key] !== undefined).map((key) => [key, plain(record[key] as Json)]));
}

function plain(value: Json): Access.Plain {
  if (value === null) return "";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number" || typeof value === "string") return String(value);
  if (Array.isArray(value)) return (value as readonly Json[]).map(plain);
  return Object.fromEntries(
    Object.entries(value as { readonly [key: string]: Json }).map(([key, item]) => [key, plain(item)]),
  );
}

function saveInline(
  file: string,
  path: string,
  node: Mapping,
  values: ReadonlyMap<string, Access.Plain>,
  element: string,
): void {
  const before = read(file) ?? "";
  const identity = { name: path, project: null, path };
  // The way is found in the text that was loaded: refs of other sources may have been written into the file meanwhile.
  const place = pathTo(Read.read(identity, node.file.text ?? ""), node.offset);
  const there = place === undefined ? undefined : at(Read.read(identity, before), place);
  let text = there?.type === "mapping" && sameKind(there, node) ? before : undefined;
  for (const [key, value] of values) {
    if (text !== undefined) text = RoundTrip.setIn(text, [...(place as Access.Path), key], value);
  }
  if (text === undefined) {
    raise({
      domain: "SOURCE",
      reason: "save-ref-error",
      message: `The ref of a source of ${element} cannot be written into ${path}, which has changed since it was read`,
      hint: "Track it again.",
    });
  }
  replace(file, text);
}

function at(top: Node, path: Access.Path): Node | undefined {
  let node: Node | undefined = top;
  for (const step of path) {
    if (node?.type === "mapping") node = node.entries.get(String(step));
    else node = node?.type === "sequence" ? node.items[Number(step)] : undefined;
  }
  return node;
}

function sameKind(one: Mapping, other: Mapping): boolean {
  return Access.optionalString(one, "kind") === Access.optionalString(other, "kind");
}

/** The way to the mapping that begins at an offset. */
function pathTo(top: Mapping, offset: number): Access.Path | undefined {
  const pending: { readonly node: Node; readonly path: Access.Path }[] = [{ node: top, path: [] }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { node, path } = next;
    if (node.type === "mapping") {
      if (node.offset === offset && path.length > 0) return path;
      for (const [key, child] of node.entries) pending.push({ node: child, path: [...path, key] });
    } else if (node.type === "sequence") {
      for (const [index, child] of node.items.entries()) pending.push({ node: child, path: [...path, index] });
    }
  }
  return undefined;
}

function saveStored(file: string, element: Element, source: Source, ref: Json): void {
  const { index } = source;
  let text = read(file) ?? "";
  const place = ["projects", element.project.name, element.name];
  const identity = { name: file, project: null, path: null };
  const top = Read.read(identity, text);
  const { stored } = source;
  if (stored !== undefined) {
    // It may stand under a condition. The way is found in the text that was loaded, as above.
    const way = pathTo(Read.read(identity, stored.file.text ?? ""), stored.offset);
    if (way !== undefined && at(top, way)?.type === "mapping") {
      for (const [key, value] of refValues(source, ref, stored))
        text = RoundTrip.setIn(text, [...way, key], value) ?? text;
      replace(file, text);
      return;
    }
  }
  let node: Node | undefined = top;
  for (const key of place) node = node?.type === "mapping" ? node.entries.get(key) : undefined;
  const items = node?.type === "sequence" ? node.items.map(Access.strip) : [];
  const entry = node?.type === "sequence" ? node.items[index] : undefined;
  const values = refValues(source, ref, entry?.type === "mapping" ? entry : mapping());
  if (index < items.length) {
    for (const [key, value] of values) text = RoundTrip.setIn(text, [...place, index, key], value) ?? text;
  } else {
    const empty = Array.from({ length: index - items.length }, () => ({}));
    text = RoundTrip.setIn(text, place, [...items, ...empty, Object.fromEntries(values)]) ?? text;
  }
  replace(file, text);
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    return fail(file, cause);
  }
}

function replace(file: string, text: string): void {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    const mode = statSync(file, { throwIfNoEntry: false })?.mode;
    writeFileSync(temporary, text, mode === undefined ? {} : { mode });
    renameSync(temporary, file);
  } catch (cause) {
    fail(file, cause);
  }
}

function fail(file: string, cause: unknown): never {
  return raise({
    domain: "SOURCE",
    reason: "save-ref-error",
    message: `A ref cannot be written into ${file}: ${(cause as Error).message}`,
  });
}
