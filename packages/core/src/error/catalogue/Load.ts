/** Errors of loading: files of projects and of the user configuration that cannot be read, or do not mean anything. */
import type { Entry } from "../Entry.ts";

export const load = {
  "": {
    cause: "Something of the project cannot be loaded.",
    owner: "project",
    next: "Read the message; it names the place.",
  },
  "bad-characters-in-name": {
    cause:
      "The name of an element has characters that names may not have, since they become names of files and artifacts.",
    owner: "project",
    next: "Rename the element; letters, digits, and . _ - + ~ are always fine.",
  },
  "bad-element-suffix": {
    cause: "The name of an element does not end in .bst.",
    owner: "project",
    next: "Add .bst to the name.",
  },
  "circular-dependency": {
    cause: "Elements depend on each other in a circle, so none of them can be built first.",
    owner: "project",
    next: "Take one dependency out of the circle that the message lists.",
  },
  "circular-reference": {
    cause: "Links, junctions or overrides lead back to where they began.",
    owner: "project",
    next: "Let one of them in the circle name its element directly.",
  },
  "circular-reference-variable": {
    cause: "The value of a variable needs the variable itself.",
    owner: "project",
    next: "Give one of the variables in the circle a value without the others.",
  },
  "conflicting-junction": {
    cause: "One project is reached through several junctions, and so would be there twice.",
    owner: "project",
    next: "Let one junction override the other with `overrides`, make one a link, or list them under `junctions: duplicates` or `internal` in project.conf.",
  },
  "expression-failed": {
    cause: "The condition of a (?) is no expression, or uses an option that the project does not have.",
    owner: "project",
    next: "Correct the expression; options are declared in project.conf.",
  },
  "illegal-composite": {
    cause: "A value is laid over one of another type, or a list directive over something that is no list.",
    owner: "project",
    next: "Make both values the same type: mapping over mapping, list or list directive over list, text over text.",
  },
  "invalid-data": {
    cause:
      "A value or key in a file is not what it must be: another type, a word that is none of the choices, or a key that nothing reads.",
    owner: "project",
    next: "Correct the value at the place that the message names.",
  },
  "invalid-dependency-config": {
    cause: "A dependency carries `config` that the element's kind does not take, or takes in another form.",
    owner: "project",
    next: "Take the `config` out, or write it as the documentation of the kind says.",
  },
  "invalid-junction": {
    cause: "Something is used as a junction that is none, or a junction's project cannot be found in its sources.",
    owner: "project",
    next: "Check the junction's name, its sources, and `path` in its configuration.",
  },
  "invalid-symbol-name": {
    cause: "The name of a project, option or variable has characters that such names may not have.",
    owner: "project",
    next: "Use letters, digits, dashes and underscores, with a letter first.",
  },
  "invalid-yaml": {
    cause: "A file is not YAML, or uses what projects may not use: anchors, tags, duplicate keys.",
    owner: "project",
    next: "Correct the file at the place that the message names; most often indentation, a missing quote or a tab is to blame.",
  },
  "link-forbidden-dependencies": {
    cause: "A link element has dependencies, which it cannot have.",
    owner: "project",
    next: "Move the dependencies to the elements that use the link.",
  },
  "loading-directory": {
    cause: "A directory stands where a file is needed.",
    owner: "project",
    next: "Name a file in it.",
  },
  "missing-file": {
    cause: "A file that is named is not there, or cannot be read.",
    owner: "project",
    next: "Check the name, also for upper and lower case; elements are looked for below the directory that `element-path` names.",
  },
  "missing-project-conf": {
    cause: "A directory that should hold a project has no project.conf.",
    owner: "project",
    next: "Start a project with `bst init`, or name its directory with `bst -C`.",
  },
  "proj-path-invalid": {
    cause: "A path leads out of the project, or is absolute.",
    owner: "project",
    next: "Move what is needed into the project, and name it relative to the project's directory.",
  },
  "proj-path-invalid-kind": {
    cause: "A path names a file where a directory is needed, or the other way round, or a link or device.",
    owner: "project",
    next: "Name something of the right kind.",
  },
  "protected-variable-redefined": {
    cause: "A variable that bst sets itself is given a value.",
    owner: "project",
    next: "Choose another name for the variable.",
  },
  "recursive-include": {
    cause: "A file includes itself, directly or through others.",
    owner: "project",
    next: "Take one (@) out of the circle.",
  },
  "subproject-fetch-needed": {
    cause: "The sources of a junction are not here, and this command does not fetch.",
    owner: "remote",
    next: "Fetch the junction with `bst source fetch`.",
  },
  "subproject-inconsistent": {
    cause: "A junction does not say which version of its project it means.",
    owner: "project",
    next: "Run `bst source track` on the junction.",
  },
  "trailing-list-directive": {
    cause: "A list directive such as (>) is left that never met a list to extend.",
    owner: "project",
    next: "Check the name of the list that it should extend, or write a plain list.",
  },
  "undefined-source-provenance-attribute": {
    cause: "The `provenance` of a source has an attribute that the project does not declare.",
    owner: "project",
    next: "Declare it under `sources: provenance-attributes` of project.conf, or take it out.",
  },
  "unresolved-variable": {
    cause: "A %{variable} is used that has no value here.",
    owner: "project",
    next: "Define it under `variables` of the element or of project.conf, or correct its name.",
  },
  "unsupported-project": {
    cause:
      "The project is for another version of the format: `min-version` is newer than what is supported, or the project is for BuildStream 1.",
    owner: "project",
    next: "Use a version of bst that is new enough, or a branch of the project for this one.",
  },
  "user-assertion": {
    cause: "The project itself refuses this combination of options, with a (!) and the text that is shown.",
    owner: "project",
    next: "Choose other options.",
  },
} as const satisfies Readonly<Record<string, Entry>>;
