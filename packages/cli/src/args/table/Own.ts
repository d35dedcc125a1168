/** Commands directly under `bst` that BuildStream does not have. */
import * as Specification from "../Specification.ts";
import * as Shared from "./Shared.ts";

/** `bst doctor`. */
export const doctor: Specification.Command = {
  name: "doctor",
  summary: "Check whether this machine can build",
  description: [
    "Check whether this machine can build",
    "Tries Node.js, the programs of sandboxes, user namespaces, overlays, Python, the user configuration, the project at hand, the directories with room, inodes and clocks, a sample of the cache, and every server that is configured. What is not as it should be comes with a remedy.",
    "The exit code is 1 when something keeps bst from working; warnings do not count.",
  ],
  options: [Shared.json, Specification.helpOption],
  arguments: [],
  commands: [],
  extension: true,
};

/** `bst report`. */
export const report: Specification.Command = {
  name: "report",
  summary: "Say what a session was waiting for",
  description: [
    "Say what a session was waiting for",
    "Of the last session that had something to do, or of a file that `--events` wrote: the longest chain of jobs that had to wait for each other, how busy the builders were, what was in the caches, time by kind of job and by part, the slowest elements, and what failed.",
    "With `--builders`, `--fetchers` or `--pushers` before the command it also says how long the same jobs would have taken with so many at once.",
    "The last 20 sessions are kept in the cache directory.",
  ],
  options: [
    Specification.option("last", ["--last"], { type: "integer" }, "Which session, counted back from the last one", {
      default: "1",
      metavar: "N",
      extension: true,
    }),
    Shared.json,
    Specification.helpOption,
  ],
  arguments: [
    Specification.argument("file", "type", {
      value: { type: "path", accepts: "file", exists: true, writable: false },
    }),
  ],
  commands: [],
  extension: true,
};

/** `bst explain`. */
export const explain: Specification.Command = {
  name: "explain",
  summary: "Say what a kind of error means and what to do",
  description: [
    "Say what a kind of error means and what to do",
    "Names are the domain or the reason of an error, as they stand in the file that BST_ERROR_FILE names. Without names it prints the whole catalogue.",
  ],
  options: [Shared.json, Specification.helpOption],
  arguments: [Specification.argument("reasons", "type", { metavar: "NAME", many: true })],
  commands: [],
  extension: true,
};

/** `bst why`. */
export const why: Specification.Command = {
  name: "why",
  summary: "Say why elements have to be built again",
  description: [
    "Say why elements have to be built again",
    ...Shared.defaultTargets,
    "An element that is not cached is compared with its artifact that was used last: which of its dependencies have another key, and which elements at the bottom of it changed by themselves, with what stood there and what stands there now. Nothing is built or fetched, and no server is asked.",
    "What an element is, is recorded when it is built and when a build finds it in the cache. Of artifacts from elsewhere only dependencies, environment and variables are known.",
  ],
  options: [Shared.json, Specification.helpOption],
  arguments: [Shared.elements],
  commands: [],
  extension: true,
};
