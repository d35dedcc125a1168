/** The commands under `bst cache`, which BuildStream does not have. */
import * as Specification from "../Specification.ts";
import * as Shared from "./Shared.ts";

function plain(name: string, summary: string, more: readonly string[]): Specification.Command {
  return {
    name,
    summary,
    description: [summary, ...more],
    options: [Shared.json, Specification.helpOption],
    arguments: [],
    commands: [],
  };
}

const clean = plain("clean", "Remove what no artifact and no source needs", [
  "Removes objects that no artifact and no staged source names, records whose content is gone, and what can be made again from the rest. Nothing that a running build uses is removed.",
]);

const show = plain("show", "Show how much disk the cache takes", [
  "Lists what is in the cache by kind, and the limits of the user configuration.",
]);

const verify = plain("verify", "Read the whole cache and check it", [
  "Hashes every object. One that is damaged is moved aside, so that it is made or downloaded again when it is needed; the artifacts and sources that need it are listed, and the exit code is not zero.",
]);

/** `bst cache`. */
export const cache: Specification.Command = {
  name: "cache",
  summary: "Look after the local cache",
  description: ["Look after the local cache"],
  options: [Specification.helpOption],
  arguments: [],
  commands: [clean, show, verify],
  extension: true,
};
