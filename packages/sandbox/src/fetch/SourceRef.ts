/** What drivers of any kind ask of a source: its ref, and where its urls lead. */
import type { Json } from "@millrace/core/element/Element";
import { raise } from "@millrace/core/error/BstError";
import type { Subject } from "./SourceDriver.ts";

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
