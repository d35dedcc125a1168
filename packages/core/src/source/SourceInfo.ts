/**
 * Where an element's sources come from, as `%{source-info}` reports it: records with BuildStream's keys, which scanners of licences and
 * vulnerabilities read.
 *
 * A version for people is guessed from the url or the tag, unless the source gives one: of all places where the pattern matches, the one with the most groups
 * counts, and the groups are joined by dots.
 */
import type { Json } from "../element/Element.ts";
import * as Access from "../yaml/Access.ts";
import type * as Dump from "../yaml/Dump.ts";
import type { Source } from "./Source.ts";
import * as SourceRecords from "./SourceRecords.ts";

/** The records of one source; undefined for kinds that cannot say. */
export function of(source: Source): readonly Dump.Dumpable[] | undefined {
  const { info: own } = source.kind;
  if (own !== undefined) return own(source.settings, source.context)?.map(value);
  return SourceRecords.of(source)?.map((info) => record(source, info));
}

function record(source: Source, info: SourceRecords.Info): Dump.Dumpable {
  const entries: [string, Dump.Dumpable][] = [
    ["kind", source.kind.name],
    ["url", info.url],
  ];
  const own = source.node === undefined ? undefined : Access.optionalMapping(source.node, "provenance");
  const declared =
    info.provenance ??
    (own === undefined ? undefined : new Map([...own.entries.keys()].map((key) => [key, Access.getString(own, key)])));
  if (declared !== undefined) {
    for (const key of ["homepage", "issue-tracker"]) {
      const text = declared.get(key);
      if (text !== undefined) entries.push([key, text]);
    }
    entries.push(["provenance", declared]);
  }
  entries.push(["medium", info.medium], ["version-type", info.versionType], ["version", info.version]);
  if (info.guess !== undefined) entries.push(["version-guess", info.guess]);
  if (info.extra !== undefined && info.extra.size > 0) entries.push(["extra-data", info.extra]);
  return new Map(entries);
}

/** Plain data of a kind that makes its records itself. */
function value(data: Json): Dump.Dumpable {
  if (Array.isArray(data)) return (data as readonly Json[]).map(value);
  if (typeof data === "object" && data !== null)
    return new Map(Object.entries(data as { readonly [key: string]: Json }).map(([key, item]) => [key, value(item)]));
  return String(data);
}
