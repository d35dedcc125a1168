/** What drivers of any kind ask of a source: its ref, and where its urls lead. */
import type { Json } from "@millrace/core/element/Element";
import { type BstError, formatPlace, raise, restated } from "@millrace/core/error/BstError";
import * as Node from "@millrace/core/yaml/Node";
import type { Subject } from "./SourceDriver.ts";

/** Which source of which file, as BuildStream's messages begin: `tar source at app.bst [line 3 column 2]`. */
export function describe({ source }: Subject): string {
  const { kind, node, context } = source;
  return `${kind.name} source at ${node === undefined ? context.elementName : formatPlace(Node.place(node))}`;
}

/** An error of a source with the source named in front. */
export function located(subject: Subject, error: BstError): BstError {
  return restated(error, { message: `${describe(subject)}: ${error.message}` });
}

/** The ref as plain data, undefined when the source has none. */
export function ref({ source }: Subject): Json | undefined {
  return source.kind.ref(source.settings);
}

/** A ref that is one text; raises when the source has none. */
export function textRef(subject: Subject): string {
  const value = ref(subject);
  if (typeof value === "string") return value;
  return raise({
    domain: "SOURCE",
    reason: null,
    message: `The ${subject.source.kind.name} source of ${subject.source.context.elementName} has no ref`,
    hint: `Run \`bst source track ${subject.source.context.elementName}\`.`,
  });
}

/** The project's own translation of a url (no mirrors). */
export function translate(subject: Subject, url: string): string {
  return subject.source.context.translateUrl(url, subject.source.config);
}
