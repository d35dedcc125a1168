/** A source of an element after loading. */
import type { Json } from "../element/Element.ts";
import type { Mapping } from "../yaml/Node.ts";
import type { AnySourceKind, SourceContext } from "./SourceKind.ts";

export interface Source {
  readonly kind: AnySourceKind;
  /** Position among the element's sources. */
  readonly index: number;
  /** `directory:` as written (never expanded), undefined when absent or empty. */
  readonly directory: string | undefined;
  /** The declared mapping, unexpanded, for writing refs back; undefined for the workspace source. */
  readonly node: Mapping | undefined;
  /** The mapping of `project.refs` or `junction.refs` that holds its ref; undefined where there is none. */
  readonly stored: Mapping | undefined;
  /** The composed and expanded configuration that `settings` was made from. */
  readonly config: Mapping;
  readonly settings: unknown;
  readonly context: SourceContext;
  readonly resolved: boolean;
  /** Unique key, computed on first use (it may digest files); raises when the source is unresolved. */
  readonly uniqueKey: () => Json;
}
