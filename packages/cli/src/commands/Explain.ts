/** `bst explain`: entries of the catalogue of errors. */
import * as Catalogue from "@millrace/core/error/Catalogue";
import * as CatalogueText from "@millrace/core/error/CatalogueText";
import * as Output from "../app/Output.ts";
import * as UsageError from "../args/UsageError.ts";
import * as Values from "../args/Values.ts";
import * as Json from "../json/Json.ts";
import type { Invocation } from "./Dispatch.ts";

/** Prints the entries of the reasons and domains named, or all; an unknown name is a failure. */
export async function run({ values }: Invocation): Promise<number> {
  const words = Values.list(values, "reasons");
  const all = Catalogue.all();
  const names = [...new Set(all.flatMap(({ domain, reason }) => (reason === null ? [domain] : [domain, reason])))];
  const chosen = words.flatMap((word) => {
    const found = all.filter(({ domain, reason }) =>
      [domain, reason ?? domain, `${domain}/${reason}`].some((name) => name.toLowerCase() === word.toLowerCase()),
    );
    if (found.length === 0)
      Output.error(`There is no error '${word}' in the catalogue.${UsageError.suggestion(word, names)}\n`);
    return found;
  });
  if (words.length > 0 && chosen.length === 0) return 255;
  const shown = words.length === 0 ? all : chosen;
  if (Values.isSet(values, "json")) {
    Json.print("explain", { errors: shown.map(({ domain, reason, entry }) => ({ domain, reason, ...entry })) });
  } else {
    Output.out(shown.map(({ domain, reason, entry }) => CatalogueText.entry(domain, reason, entry)).join("\n"));
  }
  return 0;
}
