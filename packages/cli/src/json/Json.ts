/** Prints the documents of `--json`: one line on the standard output, with the name and version of its schema first. */
import * as Output from "../app/Output.ts";
import type * as Documents from "./Documents.ts";

/** Of all documents; one gets a version of its own when it first needs another. */
const version = 1;

/** Prints a document. */
export function print<Name extends keyof typeof Documents.all>(schema: Name, content: Documents.Content<Name>): void {
  Output.out(`${JSON.stringify({ schema, version, ...content })}\n`);
}
