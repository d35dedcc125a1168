/** Errors of commands: what was asked cannot be done. */
import type { Entry } from "../Entry.ts";

export const app = {
  "": {
    cause: "The command cannot do what was asked, or cannot write where it should.",
    owner: "user",
    next: "Read the message; `bst help COMMAND` lists what the command takes.",
  },
  "init-with-set-directory": {
    cause: "`bst init` was called with -C, and both say where the project is.",
    owner: "user",
    next: "Name the directory after `init` only.",
  },
  "invalid-element-path": {
    cause: "The `--element-path` of a new project is no path below it.",
    owner: "user",
    next: "Give a relative path, such as elements.",
  },
  "invalid-message-format": {
    cause: "`message-format` of the user configuration has a part that is not known.",
    owner: "user",
    next: "Correct it under `logging` of the user configuration.",
  },
  "invalid-min-version": {
    cause: "The `--min-version` of a new project is no version that is supported.",
    owner: "user",
    next: "Give a version such as 2.8.",
  },
  "project-exists": {
    cause: "There is a project.conf already where a project is to be started.",
    owner: "user",
    next: "Choose another directory, or replace the file with `--force`.",
  },
  "unspecified-project-name": {
    cause: "A new project needs a name, and nobody can be asked for one.",
    owner: "user",
    next: "Give `--project-name`.",
  },
} as const satisfies Readonly<Record<string, Entry>>;

export const stream = {
  "": {
    cause: "A session ended with failed jobs, or what was asked does not go together.",
    owner: "user",
    next: "Read the messages of the jobs that failed, and their logs; they have domain and reason of their own.",
  },
  "bad-directory": {
    cause: "The directory for a workspace is not empty, or cannot be made.",
    owner: "user",
    next: "Name another directory, or use `--no-checkout` to take it as it is, or `--force`.",
  },
  "deps-not-supported": {
    cause: "Artifacts are named, and `--deps` asks for what only elements know.",
    owner: "user",
    next: "Use `--deps none` or `--deps build`, or name the element.",
  },
  "directory-with-multiple-elements": {
    cause: "One directory is given for the workspaces of several elements.",
    owner: "user",
    next: "Open them one by one, or leave `--directory` out.",
  },
  "glob-elements-without-project": {
    cause: "A pattern for elements is given, and there is no project to look in.",
    owner: "user",
    next: "Go to the directory of a project, or name it with -C.",
  },
  "invalid-element-names": {
    cause: "Something is named that is no element: names of elements end in .bst.",
    owner: "user",
    next: "Name elements; only the commands under `bst artifact`, and `bst shell`, take names of artifacts.",
  },
  "missing-buildtree-artifact-buildtree-not-cached": {
    cause: "The artifact has a build tree that is not here.",
    owner: "remote",
    next: "Pull it: `bst --pull-buildtrees artifact pull ELEMENT`.",
  },
  "missing-buildtree-artifact-created-without-buildtree": {
    cause: "The artifact was made without its build tree.",
    owner: "user",
    next: "Build it again with `bst --cache-buildtrees always build`, after `bst artifact delete`.",
  },
  "missing-buildtree-artifact-not-cached": {
    cause: "A build tree is asked for, and the artifact itself is not in the cache.",
    owner: "user",
    next: "Build the element, or pull its artifact.",
  },
  "only-buildtrees-supported": {
    cause: "A shell in an artifact that is named by its key is only possible in its build tree.",
    owner: "user",
    next: "Add `--use-buildtree`, or name the element.",
  },
  "project-not-loaded": {
    cause: "The command needs a project, and there is none here.",
    owner: "user",
    next: "Go to the directory of a project, or name it with -C.",
  },
  "shell-missing-deps": {
    cause: "A shell needs elements that are not in the cache.",
    owner: "user",
    next: "Build them first, or pull their artifacts.",
  },
  "unrecognized-target-format": {
    cause: "What is named is neither an element nor an artifact.",
    owner: "user",
    next: "Elements end in .bst; artifacts are PROJECT/ELEMENT/KEY with the full key.",
  },
  "untrackable-sources": {
    cause: "Elements of subprojects are to be tracked, and their refs have no place in this project.",
    owner: "project",
    next: "Set `ref-storage: project.refs` in project.conf, or leave `--cross-junctions` out.",
  },
  "workspace-directory-failure": {
    cause: "The directory of a workspace cannot be made, filled or removed.",
    owner: "host",
    next: "Check permissions and room on the disk.",
  },
} as const satisfies Readonly<Record<string, Entry>>;
