/** The options of `bst` itself, which stand before the command. */
import * as Specification from "../Specification.ts";
import * as Shared from "./Shared.ts";

const integer: Specification.ValueType = { type: "integer" };
const text: Specification.ValueType = { type: "text" };

/** All main options in the order of the help page. */
export const options: readonly Specification.Option[] = [
  Specification.flag("version", ["--version"], "Print the version of BuildStream that this program agrees with", {
    answers: "version",
  }),
  Specification.option(
    "config",
    ["--config", "-c"],
    { type: "path", accepts: "file", exists: true, writable: false },
    "User configuration file to use",
  ),
  Specification.option(
    "directory",
    ["--directory", "-C"],
    Shared.directoryPath,
    "Directory of the project, or a directory below it (default: the current directory)",
  ),
  Specification.option(
    "on-error",
    ["--on-error"],
    { type: "choice", choices: ["continue", "quit", "terminate"] },
    "What to do after a task has failed",
  ),
  Specification.option("fetchers", ["--fetchers"], integer, "How many downloads may run at once"),
  Specification.option("builders", ["--builders"], integer, "How many builds may run at once"),
  Specification.option("pushers", ["--pushers"], integer, "How many uploads may run at once"),
  Specification.option("max-jobs", ["--max-jobs"], integer, "How many parallel jobs one build may use"),
  Specification.option("network-retries", ["--network-retries"], integer, "How often a network task is tried again"),
  Specification.flag("no-interactive", ["--no-interactive"], "Never ask questions, even on a terminal"),
  Specification.flag("verbose", ["--verbose"], "Show more of what happens", { negative: ["--no-verbose"] }),
  Specification.flag("debug", ["--debug"], "Show what developers of bst need", { negative: ["--no-debug"] }),
  Specification.option("error-lines", ["--error-lines"], integer, "Lines of a task's log to show when it fails"),
  Specification.option("message-lines", ["--message-lines"], integer, "Lines of a message's details to show"),
  Specification.option(
    "log-file",
    ["--log-file"],
    { type: "output" },
    "Also write the main log, without colours, to this file",
  ),
  Specification.option(
    "events",
    ["--events"],
    { type: "output" },
    "Also write what happens as JSON, one event a line, to this file (an extension)",
    { extension: true },
  ),
  Specification.flag("colors", ["--colors"], "Switch colours on or off", { negative: ["--no-colors"] }),
  Specification.flag("strict", ["--strict"], "Rebuild elements whenever anything that they depend on has changed", {
    negative: ["--no-strict"],
  }),
  Specification.option("option", ["--option", "-o"], [text, text], "Set an option of the project", {
    multiple: true,
    metavar: "OPTION VALUE",
  }),
  Specification.option("default-mirror", ["--default-mirror"], text, "The mirror to try before all others"),
  Specification.flag("pull-buildtrees", ["--pull-buildtrees"], "Download build trees along with artifacts"),
  Specification.option(
    "cache-buildtrees",
    ["--cache-buildtrees"],
    { type: "choice", choices: ["always", "auto", "never"] },
    "When to keep build trees in artifacts",
  ),
  Specification.helpOption,
];
