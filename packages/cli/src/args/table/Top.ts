/** The commands that stand directly under `bst`: help, init, build, show and shell. */
import * as Specification from "../Specification.ts";
import * as Shared from "./Shared.ts";

const text: Specification.ValueType = { type: "text" };

/** `bst help`. */
export const help: Specification.Command = {
  name: "help",
  summary: "Show how a command is used",
  description: ["Show how a command is used"],
  options: [],
  arguments: [Specification.argument("command", "commands", { many: true })],
  commands: [],
};

/** `bst init`. */
export const init: Specification.Command = {
  name: "init",
  summary: "Start a new project",
  description: [
    "Start a new project",
    "Writes a project.conf, and makes the directory for elements. Without `--project-name` it asks for what it needs.",
  ],
  options: [
    Specification.option("project-name", ["--project-name"], text, "Name of the project"),
    Specification.option(
      "min-version",
      ["--min-version"],
      text,
      "Lowest version of the format that readers must know",
      {
        default: "2.8",
      },
    ),
    Specification.option("element-path", ["--element-path"], Shared.anyPath, "Directory that holds the elements", {
      default: "elements",
    }),
    Specification.flag("force", ["--force", "-f"], "Replace a project.conf that is there"),
    Specification.helpOption,
  ],
  arguments: [
    Specification.argument("target-directory", "type", {
      metavar: "TARGET_DIRECTORY",
      value: { type: "path", accepts: "directory", exists: false, writable: true },
    }),
  ],
  commands: [],
};

/** `bst build`. */
export const build: Specification.Command = {
  name: "build",
  summary: "Build elements",
  description: [
    "Build elements",
    ...Shared.defaultTargets,
    "`--deps` says what else must be built:",
    Shared.depsLegend,
    "Whatever is needed to build these is built as well, unless it is in a cache.",
  ],
  options: [
    Shared.deps("Which dependencies to build", ["none", "build", "run", "all"], undefined),
    ...Shared.artifactRemotes("all"),
    ...Shared.sourceRemotes("all"),
    Specification.flag("retry-failed", ["--retry-failed", "-r"], "Build again what has failed before"),
    Specification.helpOption,
  ],
  arguments: [Shared.elements],
  commands: [],
};

/** `bst show`. */
export const show: Specification.Command = {
  name: "show",
  summary: "Show elements and their state",
  description: [
    "Show elements and their state",
    ...Shared.defaultTargets,
    "`--deps` says which elements to show:",
    Shared.depsLegend,
    "`--format` says what to print for each element. These symbols are replaced:",
    `
    %{name}           The element's name
    %{kind}           Its kind
    %{description}    Its description, on one line
    %{key}            The abbreviated cache key, when it can be known
    %{full-key}       The cache key, when it can be known
    %{state}          cached, failed, buildable, waiting, fetch needed,
                      no reference or junction
    %{config}         Configuration
    %{vars}           Variables
    %{env}            Environment of commands
    %{public}         Public data
    %{workspaced}     Whether a workspace is open
    %{workspace-dirs} The directory of its workspace
    %{deps}           Direct dependencies
    %{build-deps}     Direct build dependencies
    %{runtime-deps}   Direct runtime dependencies
    %{source-info}    Where its sources come from
    %{artifact-cas-digest} Digest of the files of its artifact
    %{key-document}   The document whose hash the cache key is`,
    "A format after a colon pads or aligns the value, in the manner of Python's format strings:",
    `
    bst show app.bst --format '%{name: <30} %{key: ^8} %{state}'`,
    "In bash, $'...' writes line breaks and tabs:",
    `
    bst show app.bst --format $'%{name}:\\n%{vars}'`,
    "With `--json` the symbols of the format are the fields of each element, and anything between them is passed over; without a format there is a usual set of fields.",
  ],
  options: [
    Shared.except("Leave out an element and what only it needs"),
    Shared.deps("Which dependencies to show", ["none", "run", "build", "all"], "all"),
    Specification.option(
      "order",
      ["--order"],
      { type: "choice", choices: ["stage", "alpha"] },
      "Order of staging, or by name",
      { default: "stage" },
    ),
    Specification.option("format", ["--format", "-f"], text, "What to print for each element", { metavar: "FORMAT" }),
    Shared.json,
    Specification.helpOption,
  ],
  arguments: [Shared.elements],
  commands: [],
};

/** `bst shell`. */
export const shell: Specification.Command = {
  name: "shell",
  summary: "Run a command in the sandbox of an element",
  description: [
    "Run a command in the sandbox of an element",
    "Stages the element and what it needs at run time, all of which must have been built, and runs the command in it; without a command, the project's interactive shell. With `--build` it stages what the element needs to be built, and its sources, instead.",
    "Put `--` before a command that has options of its own:",
    `
    bst shell app.bst -- df -h`,
    "Inside the directory of a workspace, the workspace's element is the default.",
  ],
  options: [
    Specification.flag("build", ["--build", "-b"], "Stage what is needed to build the element, and its sources"),
    Specification.option(
      "mount",
      ["--mount"],
      [{ type: "path", accepts: "any", exists: true, writable: false }, text],
      "Mount a file or directory of this machine in the sandbox",
      { multiple: true, metavar: "HOSTPATH PATH" },
    ),
    Specification.flag("isolate", ["--isolate"], "Give the sandbox nothing of this machine, as in a build"),
    Specification.flag(
      "use-buildtree",
      ["--use-buildtree", "-t"],
      "Stage the build tree that was kept in the artifact; to have it downloaded, switch pull-buildtrees on",
    ),
    ...Shared.artifactRemotes("all"),
    ...Shared.sourceRemotes("all"),
    Specification.helpOption,
  ],
  arguments: [
    Specification.argument("target", "artifacts", { value: Shared.anyPath }),
    Specification.argument("command", "type", { many: true }),
  ],
  commands: [],
};
