/**
 * `~/.netrc`: who logs in where. Machine entries with login, account and password, a default entry, quoted words, comments, and macro
 * definitions (passed over).
 */
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

export interface Login {
  readonly login: string;
  readonly password: string;
}

export interface Netrc {
  readonly machines: ReadonlyMap<string, Login>;
  readonly fallback: Login | undefined;
}

/** Reads the file; one that is not there or cannot be read is empty. */
export function load(path: string = join(homedir(), ".netrc")): Netrc {
  try {
    return parse(readFileSync(path, "utf8"));
  } catch {
    return { machines: new Map(), fallback: undefined };
  }
}

/** The login for a host, or the default one. */
export function find(netrc: Netrc, host: string): Login | undefined {
  return netrc.machines.get(host) ?? netrc.fallback;
}

/** Reads the text of such a file. */
export function parse(text: string): Netrc {
  const machines = new Map<string, Login>();
  let fallback: Login | undefined;
  let host: string | null | undefined;
  let login = "";
  let password = "";
  const finish = () => {
    if (host === undefined) return;
    if (host === null) fallback = { login, password };
    else machines.set(host, { login, password });
  };
  const words = text
    // A macro lasts until an empty line; a comment starts a line or stands alone.
    .replace(/^[ \t]*macdef\b[\s\S]*?(?:\n[ \t]*\n|$(?![\s\S]))/gm, "\n")
    .replace(/^[ \t]*#.*$/gm, "")
    .match(/"(?:\\.|[^"\\])*"|\S+/g);
  const values = (words ?? []).map((word) => (word.startsWith('"') ? word.slice(1, -1).replace(/\\(.)/g, "$1") : word));
  for (let at = 0; at < values.length; at++) {
    const word = values[at];
    if (word === "machine" || word === "default") {
      finish();
      login = "";
      password = "";
      host = word === "default" ? null : (values[++at] ?? "");
    } else if (word === "login" || word === "user") login = values[++at] ?? "";
    else if (word === "password") password = values[++at] ?? "";
    else if (word === "account") at++;
  }
  finish();
  return { machines, fallback };
}
