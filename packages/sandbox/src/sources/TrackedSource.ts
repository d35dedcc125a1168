/** A source with the ref that tracking just found, for sources after it that are tracked with it at hand. */
import type { Json } from "@millrace/core/element/Element";
import type { Source } from "@millrace/core/source/Source";
import { mapping, type Node, scalar, sequence } from "@millrace/core/yaml/Node";
import * as HostedSource from "../plugins/HostedSource.ts";

/** The source as it will be when its ref has been written; raises when the kind cannot read what it found. */
export function make(source: Source, ref: Json): Source {
  const { kind, context } = source;
  if (HostedSource.mark(kind) !== undefined) return HostedSource.withTracked(source, ref);
  if (kind.withRef === undefined) return source;
  const settings: unknown = kind.withRef(source.settings, nodeOf(ref), context);
  return {
    ...source,
    settings,
    resolved: kind.isResolved(settings),
    uniqueKey: () => kind.uniqueKey(settings, context),
  };
}

function nodeOf(value: Json): Node {
  if (Array.isArray(value)) return sequence((value as readonly Json[]).map(nodeOf));
  if (typeof value === "object" && value !== null)
    return mapping(Object.entries(value as { readonly [key: string]: Json }).map(([key, item]) => [key, nodeOf(item)]));
  return scalar(value ?? "");
}
