/** The commands under `bst artifact`. */
import * as Specification from "../Specification.ts";
import * as Shared from "./Shared.ts";

const show: Specification.Command = {
  name: "show",
  summary: "Show which artifacts are cached",
  description: ["Show which artifacts are cached"],
  options: [
    Shared.deps("Which dependencies to show", ["build", "run", "all", "none"], "none"),
    ...Shared.artifactRemotes("pull"),
    Shared.json,
    Specification.helpOption,
  ],
  arguments: [Shared.artifacts],
  commands: [],
};

const checkout: Specification.Command = {
  name: "checkout",
  summary: "Write the files of an artifact to a directory",
  description: [
    "Write the files of an artifact to a directory or a tar archive",
    "Inside the directory of a workspace, the workspace's element is the default.",
  ],
  options: [
    Specification.flag("force", ["--force", "-f"], "Write over files that are there"),
    Shared.deps("Which dependencies to write", ["run", "build", "none", "all"], "run"),
    Specification.flag("integrate", ["--integrate"], "Whether to run integration commands", {
      negative: ["--no-integrate"],
    }),
    Specification.flag("hardlinks", ["--hardlinks"], "Make hard links to cached files where possible"),
    Specification.option(
      "tar",
      ["--tar"],
      Shared.anyPath,
      "Write a tar archive instead of a directory; '-' is the standard output",
      { metavar: "LOCATION" },
    ),
    Shared.compression,
    Specification.option(
      "directory",
      ["--directory"],
      Shared.directoryPath,
      "Directory to write (default: the target's name without .bst)",
    ),
    Specification.flag("pull", ["--pull"], "Accepted and without effect: what is missing is always downloaded", {
      hidden: true,
    }),
    ...Shared.artifactRemotes("pull"),
    Specification.helpOption,
  ],
  arguments: [Specification.argument("target", "artifacts", { value: Shared.anyPath })],
  commands: [],
};

const pull: Specification.Command = {
  name: "pull",
  summary: "Download artifacts",
  description: [
    "Download artifacts from artifact servers",
    ...Shared.defaultTargets,
    "Servers are asked in their order until one has the artifact. With `--artifact-remote` only that server and those that projects recommend are asked.",
    "`--deps` says which artifacts to download:",
    Shared.depsLegend,
  ],
  options: [
    Shared.deps("Which dependencies to download", ["build", "none", "run", "all"], "none"),
    ...Shared.artifactRemotes("pull"),
    Specification.helpOption,
  ],
  arguments: [Shared.artifacts],
  commands: [],
};

const push: Specification.Command = {
  name: "push",
  summary: "Upload artifacts",
  description: [
    "Upload artifacts to artifact servers, downloading first what is missing here",
    ...Shared.defaultTargets,
    "When build trees are to be downloaded along with artifacts, missing ones are fetched before uploading, since an artifact without its build tree is not uploaded.",
    "`--deps` says which artifacts to upload:",
    Shared.depsLegend,
  ],
  options: [
    Shared.deps("Which dependencies to upload", ["build", "none", "run", "all"], "none"),
    ...Shared.artifactRemotes("push"),
    Specification.helpOption,
  ],
  arguments: [Shared.artifacts],
  commands: [],
};

const log: Specification.Command = {
  name: "log",
  summary: "Show the build logs of artifacts",
  description: ["Show the build logs of artifacts"],
  options: [
    Specification.option(
      "out",
      ["--out"],
      { type: "path", accepts: "any", exists: false, writable: true },
      "Write each log to a file in this new directory instead of showing it",
    ),
    Shared.json,
    Specification.helpOption,
  ],
  arguments: [Shared.artifacts],
  commands: [],
};

const listContents: Specification.Command = {
  name: "list-contents",
  summary: "List the files of artifacts",
  description: ["List the files of artifacts"],
  options: [
    Specification.flag("long", ["--long", "-l"], "Show permissions, kind, size and the target of links"),
    Shared.json,
    Specification.helpOption,
  ],
  arguments: [Shared.artifacts],
  commands: [],
};

const remove: Specification.Command = {
  name: "delete",
  summary: "Remove artifacts from the local cache",
  description: ["Remove artifacts from the local cache"],
  options: [
    Shared.deps("Which dependencies to remove", ["none", "run", "build", "all"], "none"),
    Specification.helpOption,
  ],
  arguments: [Shared.artifacts],
  commands: [],
};

/** `bst artifact`. */
export const artifact: Specification.Command = {
  name: "artifact",
  summary: "Work with artifacts",
  description: [
    "Work with artifacts",
    "An artifact is named in one of two ways:",
    `
    PROJECT/ELEMENT/KEY  its own name, with the full cache key
    ELEMENT.bst          the element, as it is now`,
    "Patterns name several at once: `?` is one character, `*` any number of them except `/`, `**` any number including `/`. A pattern that ends with `.bst` matches elements of the project; any other matches artifacts in the local cache.",
    `
    core/*.bst           elements in the directory core
    **.bst               all elements
    app/**               all artifacts of the project app
    app/hello/*          all artifacts of its element hello.bst`,
  ],
  options: [Specification.helpOption],
  arguments: [],
  commands: [checkout, remove, listContents, log, pull, push, show],
};
