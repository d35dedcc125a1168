// Writes the pages of docs/ that come from the code: the catalogue of errors.
import { writeFileSync } from "node:fs";
import * as CatalogueText from "@millrace/core/error/CatalogueText";

writeFileSync(new URL("../docs/errors.md", import.meta.url), CatalogueText.page());
