/** Errors of elements, of the pipeline they form, and of plugins. */
import type { Entry } from "../Entry.ts";

export const element = {
  "": {
    cause: "An element is not as its kind wants it, or its build failed.",
    owner: "project",
    next: "Read the message and the job's log; `bst shell --build ELEMENT` opens a shell where the build ran.",
  },
  "element-forbidden-bdepends": {
    cause: "The element's kind takes no build dependencies, and it has some.",
    owner: "project",
    next: "Move them to `runtime-depends`, or to another element.",
  },
  "element-forbidden-depends": {
    cause: "The element's kind takes no dependencies, and it has some.",
    owner: "project",
    next: "Move the dependencies to the elements that use this one.",
  },
  "element-forbidden-rdepends": {
    cause: "The element's kind takes no runtime dependencies, and it has some.",
    owner: "project",
    next: "Move them to `build-depends`, or to another element.",
  },
  "element-forbidden-sources": {
    cause: "The element's kind takes no sources, and it has some.",
    owner: "project",
    next: "Move the sources to an element of another kind, such as import.",
  },
  "filter-bdepend-also-rdepend": {
    cause: "The element that a filter filters is a runtime dependency of it too.",
    owner: "project",
    next: "Leave it in `build-depends` only.",
  },
  "filter-bdepend-no-artifact": {
    cause: "The element that a filter filters has no files, as a stack.",
    owner: "project",
    next: "Filter an element that has an artifact, for example a compose over the stack.",
  },
  "filter-bdepend-wrong-count": {
    cause: "A filter does not have exactly one build dependency.",
    owner: "project",
    next: "Name the one element to filter under `build-depends`.",
  },
  overlaps: {
    cause: "Two dependencies bring the same file, and the project forbids it.",
    owner: "project",
    next: "Let one of them not install the file, or list it in `overlap-whitelist` of the one that may win.",
  },
  "override-junction-with-self": {
    cause: "A junction overrides a junction with itself.",
    owner: "project",
    next: "Name another junction, or take the override out.",
  },
  "stack-requires-build-and-run": {
    cause: "A stack has a dependency that is only for building or only for running.",
    owner: "project",
    next: "Write it under `depends`.",
  },
  "uncached-checkout-attempt": {
    cause: "Something is to be staged or checked out whose artifact is not in the cache.",
    owner: "user",
    next: "Build it with `bst build`, or pull it with `bst artifact pull`.",
  },
} as const satisfies Readonly<Record<string, Entry>>;

export const pipeline = {
  "": {
    cause: "The elements that were asked for do not go together for this command.",
    owner: "user",
    next: "Read the message; it names the elements.",
  },
  "inconsistent-pipeline": {
    cause: "Elements have sources without a ref: it is not said which version to use.",
    owner: "project",
    next: "Run `bst source track` on them.",
  },
  "inconsistent-pipeline-workspaced": {
    cause: "Elements with open workspaces cannot be used by this command.",
    owner: "user",
    next: "Close the workspaces with `bst workspace close`.",
  },
  "uncached-sources": {
    cause: "Sources that the command needs are not here, and it does not fetch them.",
    owner: "user",
    next: "Run `bst source fetch` first.",
  },
} as const satisfies Readonly<Record<string, Entry>>;

export const plugin = {
  "": {
    cause: "A plugin failed, was used wrongly, or its process ended.",
    owner: "plugin",
    next: "Read the message; what the plugin itself printed is in the details. `plugins:` of the user configuration can prefer the built-in kinds.",
  },
  "duplicate-plugin": {
    cause: "The project takes one kind from two origins.",
    owner: "project",
    next: "Take the kind out of one of them in `plugins` of project.conf.",
  },
  "junction-plugin-load-error": {
    cause: "Plugins are to come from a junction whose project cannot be loaded.",
    owner: "project",
    next: "Check the junction; `bst show` of it says more.",
  },
  "junction-plugin-not-found": {
    cause: "Plugins are to come from a junction whose project does not have them.",
    owner: "project",
    next: "Check the kind's name, and the junction's version.",
  },
  "package-malformed-requirement": {
    cause: "`package-name` is no requirement of a Python package.",
    owner: "project",
    next: "Write a name, and perhaps versions: NAME >= 1.0, < 2.",
  },
  "package-not-found": {
    cause: "The Python package that a kind comes from is not installed.",
    owner: "host",
    next: "Install it with `python3 -m pip install PACKAGE`.",
  },
  "package-version-conflict": {
    cause: "The Python package that a kind comes from is here in a version that the project does not accept.",
    owner: "host",
    next: "Install a version that the project accepts, or change the requirement in project.conf.",
  },
  "plugin-not-found": {
    cause: "A kind is used that is neither built in nor declared, or that is not where project.conf says.",
    owner: "project",
    next: "Correct the name after `kind:`, or declare where the plugin is under `plugins` of project.conf.",
  },
  "ref-not-in-track": {
    cause: "The commit of a ref is not on the branch that the source tracks, and the project forbids it.",
    owner: "project",
    next: "Track the source again, or correct `track`.",
  },
  "unaliased-url": {
    cause: "A url is written without an alias, and the project forbids it.",
    owner: "project",
    next: "Declare an alias in project.conf and write the url with it.",
  },
  "unavailable-source-info": {
    cause: "A source cannot say where it comes from, and the project demands it.",
    owner: "plugin",
    next: "Take the token out of `fatal-warnings`, or extend the plugin.",
  },
  "unstaged-files": {
    cause: "Files of a dependency were not staged since others are in their place, and the project forbids it.",
    owner: "project",
    next: "Mend the elements that the details list, or take the token out of `fatal-warnings`.",
  },
  overlaps: {
    cause: "Two dependencies bring the same file, and the project forbids it.",
    owner: "project",
    next: "Let one of them not install the file, or list it in `overlap-whitelist` of the one that may win.",
  },
} as const satisfies Readonly<Record<string, Entry>>;

export const impl = {
  "": {
    cause: "A plugin lacks something that every plugin must have, or a job of bst itself broke.",
    owner: "bst",
    next: "Report it with the details; they say what broke.",
  },
} as const satisfies Readonly<Record<string, Entry>>;
