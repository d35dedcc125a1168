/** Errors of sources: fetching, tracking and staging them. */
import type { Entry } from "../Entry.ts";

export const source = {
  "": {
    cause:
      "A source cannot be fetched, tracked or staged: what came is not what the ref says, an archive cannot be read, a program failed.",
    owner: "project",
    next: "Read the message and the job's log; check url and ref of the source, and track it again where upstream has moved.",
  },
  "filename-contains-directory": {
    cause: "The `filename` of a remote source has a directory in it.",
    owner: "project",
    next: "Give only a name, and use `directory` for the place.",
  },
  "invalid-source-alias": {
    cause: "A url uses an alias that the project does not have, or that is not as the project demands.",
    owner: "project",
    next: "Declare the alias under `aliases` of project.conf, or correct its name.",
  },
  "missing-alias-mapping": {
    cause: "A junction hands its aliases to its project, and this one is not among them.",
    owner: "project",
    next: "Add the alias to `map-aliases` of the junction, or to the aliases of the project.",
  },
  "missing-default-url": {
    cause:
      "A package registry has no url here: none is named in the source, the project or an installed plugin package.",
    owner: "project",
    next: "Give the source a `url`, or set one for the kind under `sources: KIND: config:` of project.conf.",
  },
  "missing-source-alias-target": {
    cause:
      "An alias has no url that may be used: fetching or tracking is told to use mirrors only, and there is none for it.",
    owner: "project",
    next: "Add a mirror for the alias, or allow `aliases` in `fetch-source` or `track-source` of the user configuration.",
  },
  "missing-track-and-ref": {
    cause: "A source says neither which version it is (`ref`) nor where to look for one (`track`).",
    owner: "project",
    next: "Add `track`, then run `bst source track`.",
  },
  "no-dir-found": {
    cause: "No directory of an archive matches `base-dir`.",
    owner: "project",
    next: "Look into the archive, and correct `base-dir`; '' takes the archive as it is.",
  },
  "patch-no-files": {
    cause: "A patch is to be applied, and the sources before it staged nothing.",
    owner: "project",
    next: "Put the patch after the source that it changes.",
  },
  "ref-not-mirrored": {
    cause: "The revision of the ref is not in the repository that was downloaded.",
    owner: "project",
    next: "Track the source again, or correct its url.",
  },
  "save-ref-error": {
    cause: "A new ref cannot be written to the file where it belongs.",
    owner: "host",
    next: "Check the permissions of the file and the room on its disk, and that the element's file was not changed meanwhile.",
  },
  "track-attempt-no-track": {
    cause: "A source is to be tracked that does not say what to follow.",
    owner: "project",
    next: "Add `track` to the source.",
  },
  "tracking-junction-fragment": {
    cause: "The ref stands in a file of a subproject, which is not ours to write.",
    owner: "project",
    next: "Set `ref-storage: project.refs` in project.conf, or track in the subproject.",
  },
} as const satisfies Readonly<Record<string, Entry>>;
