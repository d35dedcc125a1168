/** The schemas of the documents as JSON Schema, for `docs/schemas`. */
import * as Schema from "effect/Schema";
import * as Documents from "./Documents.ts";

/** File names (`artifact-show.json`) and their content. */
export function files(): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(Documents.all).map(([name, schema]) => {
      const { schema: body, definitions } = Schema.toJsonSchemaDocument(schema);
      const whole = {
        $schema: "https://json-schema.org/draft/2020-12/schema",
        title: `bst ${name} --json`,
        ...body,
        ...(Object.keys(definitions).length === 0 ? {} : { $defs: definitions }),
      };
      return [`${name.replaceAll(" ", "-")}.json`, `${JSON.stringify(whole, null, 2)}\n`];
    }),
  );
}
