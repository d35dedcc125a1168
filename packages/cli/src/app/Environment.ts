/**
 * The process environment as `bst` sees it: a plain record, with the XDG directories always set.
 *
 * The XDG variables get their customary defaults when they are absent, and are handed on to child processes and to `$VAR` expansion in the
 * user configuration, whose own defaults are written in terms of them.
 */
import { homedir } from "node:os";
import { join } from "node:path";

/** Variables of the environment by name. */
export type Environment = Readonly<Record<string, string>>;

/** Completes a process environment. `home` is used where `HOME` is absent. */
export function complete(given: Readonly<Record<string, string | undefined>>, home: string = homedir()): Environment {
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(given)) if (value !== undefined) environment[name] = value;
  const base = environment["HOME"] ?? home;
  const directories = { XDG_CACHE_HOME: ".cache", XDG_CONFIG_HOME: ".config", XDG_DATA_HOME: ".local/share" };
  for (const [name, directory] of Object.entries(directories)) {
    if (!environment[name]) environment[name] = join(base, directory);
  }
  return environment;
}
