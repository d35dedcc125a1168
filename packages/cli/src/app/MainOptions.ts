/** The options before the command, as typed data. What was not given stays undefined and is left to the user configuration. */
import { isatty } from "node:tty";
import * as Values from "../args/Values.ts";

/** What the command line says about all commands. */
export interface MainOptions {
  readonly config: string | undefined;
  /** As given with `-C`; undefined means the current directory. */
  readonly directory: string | undefined;
  readonly onError: "continue" | "quit" | "terminate" | undefined;
  readonly fetchers: number | undefined;
  readonly builders: number | undefined;
  readonly pushers: number | undefined;
  readonly maxJobs: number | undefined;
  readonly networkRetries: number | undefined;
  /** Whether questions may be asked: both output streams are terminals and nobody forbade it. */
  readonly interactive: boolean;
  readonly verbose: boolean | undefined;
  readonly debug: boolean | undefined;
  readonly errorLines: number | undefined;
  readonly messageLines: number | undefined;
  readonly logFile: string | undefined;
  /** Where the events of a session go as JSON lines. */
  readonly events: string | undefined;
  readonly colors: boolean;
  readonly strict: boolean | undefined;
  readonly projectOptions: readonly (readonly [string, string])[];
  readonly defaultMirror: string | undefined;
  readonly pullBuildtrees: boolean | undefined;
  readonly cacheBuildtrees: "always" | "auto" | "never" | undefined;
}

/** Whether the terminal says that it understands nothing but text. */
export function isDumb(environment: Readonly<Record<string, string | undefined>>): boolean {
  return environment["TERM"] === "dumb";
}

/** Reads the main options out of parsed values. */
export function from(values: Values.Values, environment: Readonly<Record<string, string | undefined>>): MainOptions {
  const terminal = isatty(1) && isatty(2);
  const capable = terminal && !isDumb(environment);
  return {
    config: Values.text(values, "config"),
    directory: Values.text(values, "directory") || undefined,
    onError: Values.text(values, "on-error") as MainOptions["onError"],
    fetchers: Values.integer(values, "fetchers"),
    builders: Values.integer(values, "builders"),
    pushers: Values.integer(values, "pushers"),
    maxJobs: Values.integer(values, "max-jobs"),
    networkRetries: Values.integer(values, "network-retries"),
    interactive: terminal && !Values.isSet(values, "no-interactive"),
    verbose: Values.flag(values, "verbose"),
    debug: Values.flag(values, "debug"),
    errorLines: Values.integer(values, "error-lines"),
    messageLines: Values.integer(values, "message-lines"),
    logFile: Values.text(values, "log-file"),
    events: Values.text(values, "events"),
    colors: Values.flag(values, "colors") ?? (capable && !environment["NO_COLOR"]),
    strict: Values.flag(values, "strict"),
    projectOptions: Values.pairs(values, "option"),
    defaultMirror: Values.text(values, "default-mirror"),
    pullBuildtrees: Values.flag(values, "pull-buildtrees"),
    cacheBuildtrees: Values.text(values, "cache-buildtrees") as MainOptions["cacheBuildtrees"],
  };
}
