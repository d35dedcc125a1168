// Writes the pages of docs/ that come from the code: the catalogue of errors, the table of commands, and the schemas of JSON documents.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import * as CatalogueText from "@millrace/core/error/CatalogueText";
import * as Schemas from "../packages/cli/src/json/Schemas.ts";
import * as CommandTable from "./commandTable.ts";

writeFileSync(new URL("../docs/errors.md", import.meta.url), CatalogueText.page());
writeFileSync(new URL("../docs/commands.md", import.meta.url), CommandTable.page());

const schemas = new URL("../docs/schemas/", import.meta.url);
rmSync(schemas, { recursive: true, force: true });
mkdirSync(schemas);
for (const [name, text] of Schemas.files()) writeFileSync(new URL(name, schemas), text);
