/** Errors of the machine and of servers: sandbox, store, programs, remotes. */
import type { Entry } from "../Entry.ts";

export const sandbox = {
  "": {
    cause: "The sandbox could not be made, or ended before its command did.",
    owner: "host",
    next: "Run `bst doctor`; it tries what a sandbox needs.",
  },
  "command-failed": {
    cause: "A command of the element ended with a status other than 0.",
    owner: "project",
    next: "Read the end of the log; `bst shell --build ELEMENT` opens a shell where the command ran.",
  },
  "missing-command": {
    cause: "The shell, or the program that a command begins with, is not in the root that the dependencies make.",
    owner: "project",
    next: "Add a build dependency that brings the program.",
  },
  "unavailable-local-sandbox": {
    cause: "This machine cannot run sandboxes: bubblewrap is missing, or user namespaces are switched off.",
    owner: "host",
    next: "Run `bst doctor` and follow its advice.",
  },
} as const satisfies Readonly<Record<string, Entry>>;

export const cas = {
  "": {
    cause: "The content store cannot be read or written, or lacks something that it should have.",
    owner: "host",
    next: "Check permissions of the cache directory and its disk; `bst cache verify` reads everything and puts damaged objects aside.",
  },
  "cache-too-full": {
    cause: "There is no room: the disk or the quota is used up by what this session needs, or the server is full.",
    owner: "host",
    next: "Make room, run `bst cache clean`, or raise `cache: quota` of the user configuration.",
  },
  "malformed-directory": {
    cause: "What a tree names as a directory is none, or has names that no file may have.",
    owner: "host",
    next: "Whoever made it is broken or hostile: remove the artifact (`bst artifact delete`), or leave out the server that it came from.",
  },
  damaged: {
    cause:
      "Objects of the store do not have the content that their names say: the disk or the memory failed, or somebody changed them.",
    owner: "host",
    next: "They were put aside; build or pull again. Check the disk when it comes back.",
  },
} as const satisfies Readonly<Record<string, Entry>>;

export const virtualFs = {
  "": {
    cause: "A tree of files cannot be changed as asked.",
    owner: "project",
    next: "Check the paths of the elements that meet there.",
  },
  "directory-not-found": {
    cause: "A directory is named that the tree does not have.",
    owner: "project",
    next: "Check the path, and whether a dependency should bring it.",
  },
  "directory-too-deep": {
    cause: "A tree has more levels of directories than can be handled.",
    owner: "project",
    next: "Look for a build that nests directories without end.",
  },
  "tree-too-large": {
    cause: "A tree holds more entries than can be handled, counting shared directories at each of their places.",
    owner: "project",
    next: "Whoever made it is broken or hostile: remove the artifact (`bst artifact delete`), or leave out the server that it came from.",
  },
  "file-not-found": {
    cause: "A file is named that the tree does not have.",
    owner: "project",
    next: "Check the path, and whether a dependency should bring it.",
  },
  "not-a-directory": {
    cause: "A file or link stands where a directory is needed.",
    owner: "project",
    next: "Check the path, and which dependency put the file there.",
  },
  "symlink-loop": {
    cause: "Symbolic links point at each other.",
    owner: "project",
    next: "Break the circle in the elements that bring the links.",
  },
} as const satisfies Readonly<Record<string, Entry>>;

export const platform = {
  "": {
    cause: "This machine is not one that bst knows, or the cache directory cannot be used on it.",
    owner: "host",
    next: "Check `cachedir` of the user configuration; run `bst doctor`.",
  },
} as const satisfies Readonly<Record<string, Entry>>;

export const programNotFound = {
  "": {
    cause: "A program of the host that a source kind or plugin needs is not installed.",
    owner: "host",
    next: "Install the program that the message names, and see that it is in the PATH.",
  },
} as const satisfies Readonly<Record<string, Entry>>;

export const artifact = {
  "": {
    cause: "An artifact cannot be read, removed, pulled or pushed.",
    owner: "remote",
    next: "Read the message; with a server, try again later.",
  },
} as const satisfies Readonly<Record<string, Entry>>;

export const remote = {
  "": {
    cause: "A server cannot be reached, refuses, or is named wrongly.",
    owner: "remote",
    next: "Check the url and the network; `bst doctor` asks every server that is configured.",
  },
  "load-remote-creds-failed": {
    cause: "A certificate, key or token of a server cannot be read.",
    owner: "user",
    next: "Check the paths under `auth` of the server.",
  },
} as const satisfies Readonly<Record<string, Entry>>;

export const util = {
  "": {
    cause: "Something that many parts use failed on this machine.",
    owner: "host",
    next: "Read the message.",
  },
} as const satisfies Readonly<Record<string, Entry>>;

export const profile = {
  "": {
    cause: "BuildStream's profiler was asked for something that it does not know; bst here has none.",
    owner: "user",
    next: "Leave BST_PROFILE out.",
  },
} as const satisfies Readonly<Record<string, Entry>>;
