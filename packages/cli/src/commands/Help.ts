/** `bst help COMMAND...`: a help page on the standard error, for people who read it while a report goes elsewhere. */

import * as Output from "../app/Output.ts";
import * as HelpPage from "../args/Help.ts";
import { type Command, find } from "../args/Specification.ts";
import { bst } from "../args/Table.ts";
import * as UsageError from "../args/UsageError.ts";
import * as Values from "../args/Values.ts";
import type { Invocation } from "./Dispatch.ts";

/** Prints the page; an unknown command is a failure. */
export async function run(invocation: Invocation): Promise<number> {
  const words = Values.list(invocation.values, "command");
  const path: Command[] = [bst];
  for (const word of words) {
    const parent = path[path.length - 1] as Command;
    const next = find(parent, word);
    if (next === undefined) {
      const names = parent.commands.map((command) => command.name);
      Output.error(`Not a valid command: 'bst ${words.join(" ")}'${UsageError.suggestion(word, names)}\n`);
      return 255;
    }
    path.push(next);
  }
  Output.error(HelpPage.page(path, Number(invocation.environment["COLUMNS"]) || process.stderr.columns || 80));
  if ((path[path.length - 1] as Command).commands.length > 0) {
    Output.error(`\nFor usage on a specific command: ${["bst help", ...words, "COMMAND"].join(" ")}\n`);
  }
  return 0;
}
