/** The schemas of the documents as JSON Schema, for `docs/schemas`. */
import * as Recording from "@millrace/core/event/Recording";
import * as Schema from "effect/Schema";
import * as Documents from "./Documents.ts";

/** File names (`artifact-show.json`) and their content. */
export function files(): ReadonlyMap<string, string> {
  const documents = Object.entries(Documents.all).map(
    ([name, schema]) => [`${name.replaceAll(" ", "-")}.json`, written(`bst ${name} --json`, schema)] as const,
  );
  return new Map([...documents, ["event-line.json", written("a line of bst --events", Recording.Line)]]);
}

function written(title: string, schema: Schema.Top): string {
  const { schema: body, definitions } = Schema.toJsonSchemaDocument(schema);
  const whole = {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title,
    ...body,
    ...(Object.keys(definitions).length === 0 ? {} : { $defs: definitions }),
  };
  return `${JSON.stringify(whole, null, 2)}\n`;
}
