/** The commands under `bst source`. */
import * as Specification from "../Specification.ts";
import * as Shared from "./Shared.ts";

const legend = ["`--deps` says which elements take part:", Shared.depsLegend];

const fetch: Specification.Command = {
  name: "fetch",
  summary: "Fetch sources",
  description: ["Fetch sources", ...Shared.defaultTargets, ...legend],
  options: [
    Shared.except("Leave out an element and what only it needs"),
    Shared.deps("Whose sources to fetch", ["none", "build", "run", "all"], "none"),
    ...Shared.sourceRemotes("pull"),
    Specification.helpOption,
  ],
  arguments: [Shared.elements],
  commands: [],
};

const push: Specification.Command = {
  name: "push",
  summary: "Upload sources to source caches",
  description: ["Upload sources to source caches, fetching them first", ...Shared.defaultTargets, ...legend],
  options: [
    Shared.except("Leave out an element and what only it needs"),
    Shared.deps("Whose sources to upload", ["none", "build", "run", "all"], "none"),
    ...Shared.sourceRemotes("push"),
    Specification.helpOption,
  ],
  arguments: [Shared.elements],
  commands: [],
};

const track: Specification.Command = {
  name: "track",
  summary: "Look for newer versions of sources",
  description: [
    "Look for newer versions of sources",
    "Asks upstream what each source's tracked branch, tag or location holds now, and writes the refs found into the project.",
    ...Shared.defaultTargets,
    ...legend,
  ],
  options: [
    Shared.except("Leave out an element and what only it needs"),
    Shared.deps("Whose sources to track", ["build", "run", "all", "none"], "none"),
    Specification.flag("cross-junctions", ["--cross-junctions", "-J"], "Also track elements of subprojects"),
    Specification.helpOption,
  ],
  arguments: [Shared.elements],
  commands: [],
};

const checkout: Specification.Command = {
  name: "checkout",
  summary: "Write sources to a directory",
  description: [
    "Write the sources of an element to a directory or a tar archive",
    "Inside the directory of a workspace, the workspace's element is the default.",
  ],
  options: [
    Specification.flag("force", ["--force", "-f"], "Write over files that are there"),
    Shared.except("Leave out an element and what only it needs"),
    Shared.deps("Whose sources to write", ["build", "none", "run", "all"], "none"),
    Specification.option("tar", ["--tar"], Shared.anyPath, "Write a tar archive instead of a directory", {
      metavar: "LOCATION",
    }),
    Shared.compression,
    Specification.flag(
      "include-build-scripts",
      ["--include-build-scripts"],
      "Add shell scripts that build the elements",
    ),
    Specification.option(
      "directory",
      ["--directory"],
      Shared.directoryPath,
      "Directory to write (default: source-checkout)",
    ),
    ...Shared.sourceRemotes("pull"),
    Specification.helpOption,
  ],
  arguments: [Specification.argument("element", "elements", { value: Shared.anyPath })],
  commands: [],
};

const list: Specification.Command = {
  name: "list",
  summary: "List the sources of elements",
  description: [
    "List the sources of elements",
    "One line a source: element, kind, ref, whether the sources of the element are here or to be fetched, and urls.",
    ...Shared.defaultTargets,
    ...legend,
  ],
  options: [
    Shared.except("Leave out an element and what only it needs"),
    Shared.deps("Whose sources to list", ["none", "build", "run", "all"], "none"),
    Shared.json,
    Specification.helpOption,
  ],
  arguments: [Shared.elements],
  commands: [],
  extension: true,
};

const outdated: Specification.Command = {
  name: "outdated",
  summary: "Say which sources have newer versions",
  description: [
    "Say which sources have newer versions",
    "Asks upstream as `bst source track` does, and writes nothing.",
    ...Shared.defaultTargets,
    ...legend,
  ],
  options: [
    Shared.except("Leave out an element and what only it needs"),
    Shared.deps("Whose sources to ask for", ["build", "run", "all", "none"], "none"),
    Specification.flag("cross-junctions", ["--cross-junctions", "-J"], "Also ask for elements of subprojects"),
    Shared.json,
    Specification.helpOption,
  ],
  arguments: [Shared.elements],
  commands: [],
  extension: true,
};

/** `bst source`. */
export const source: Specification.Command = {
  name: "source",
  summary: "Work with the sources of elements",
  description: ["Work with the sources of elements"],
  options: [Specification.helpOption],
  arguments: [],
  commands: [checkout, fetch, list, outdated, push, track],
};
