/**
 * Where an element's sources come from, as `%{source-info}` reports it: one record a source, in BuildStream's keys.
 */
import type { Source } from "@millrace/core/source/Source";
import type * as YamlText from "@millrace/core/yaml/BlockText";

/** The records of one source; none for kinds that have nothing to say. */
export function of(_source: Source): readonly YamlText.Value[] {
  return [];
}
