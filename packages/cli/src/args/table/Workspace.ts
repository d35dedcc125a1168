/** The commands under `bst workspace`. */
import * as Specification from "../Specification.ts";
import * as Shared from "./Shared.ts";

const open: Specification.Command = {
  name: "open",
  summary: "Open a workspace",
  description: ["Open a workspace: a directory with an element's sources to work on, which builds then use"],
  options: [
    Specification.flag("no-checkout", ["--no-checkout"], "Use the directory as it is, without writing sources to it"),
    Specification.flag(
      "force",
      ["--force", "-f"],
      "Replace a directory that is not empty, and a workspace that the element has already",
    ),
    Specification.option(
      "directory",
      ["--directory"],
      Shared.directoryPath,
      "Directory of the workspace (one element only)",
    ),
    ...Shared.sourceRemotes("pull"),
    Specification.helpOption,
  ],
  arguments: [{ ...Shared.elements, required: true }],
  commands: [],
};

const close: Specification.Command = {
  name: "close",
  summary: "Close workspaces",
  description: ["Close workspaces"],
  options: [
    Specification.flag("remove-dir", ["--remove-dir"], "Delete the workspace's directory"),
    Specification.flag("all", ["--all", "-a"], "Close all workspaces"),
    Specification.helpOption,
  ],
  arguments: [Shared.elements],
  commands: [],
};

const reset: Specification.Command = {
  name: "reset",
  summary: "Bring workspaces back to the original sources",
  description: ["Bring workspaces back to the original sources", "Name elements, or use `--all`, but not both."],
  options: [
    Specification.flag(
      "soft",
      ["--soft"],
      "Leave the files alone; only make the next build run its configuration steps again",
    ),
    Specification.flag("all", ["--all", "-a"], "Reset all workspaces"),
    Specification.helpOption,
  ],
  arguments: [Shared.elements],
  commands: [],
};

const list: Specification.Command = {
  name: "list",
  summary: "List workspaces",
  description: ["List workspaces"],
  options: [Shared.json, Specification.helpOption],
  arguments: [],
  commands: [],
};

/** `bst workspace`. */
export const workspace: Specification.Command = {
  name: "workspace",
  summary: "Work on the sources of elements",
  description: ["Work on the sources of elements"],
  options: [Specification.helpOption],
  arguments: [],
  commands: [close, list, open, reset],
};
