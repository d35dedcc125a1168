/** The prompt of shells in sandboxes: `[KEY@NAME:DIRECTORY]$ `, of which the shell itself fills in the directory. */
import * as Style from "../ui/Style.ts";
import type { Context } from "./Context.ts";

/** The value of `PS1`. `key` is undefined while it is not known. */
export function make(context: Context, name: string, key: string | undefined, keyIsStrict: boolean): string {
  const brief = (key ?? "?".repeat(64)).slice(0, context.config.logging.keyLength);
  if (!context.main.colors) return `[${brief}@${name}:\${PWD}]$ `;
  const { ansi, content, format } = Style;
  const shownKey = ansi(brief, content, { dim: !keyIsStrict });
  const where = `${ansi(name, content)}${ansi(":", format)}${ansi("$PWD", content)}`;
  return `${ansi("[", format)}${shownKey}${ansi("@", format)}${where}${ansi("]$", format)} `;
}
