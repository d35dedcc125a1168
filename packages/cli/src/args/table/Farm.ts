/** `bst worker` and `bst remote`, which BuildStream does not have. */
import * as Specification from "../Specification.ts";

const text: Specification.ValueType = { type: "text" };
const server: Specification.ValueType = { type: "remote", purpose: "pull" };

/** `bst worker`. */
export const worker: Specification.Command = {
  name: "worker",
  summary: "Carry out actions for a scheduler",
  description: [
    "Carry out actions for a scheduler",
    "Joins a scheduler that speaks the Remote Workers API, such as BuildGrid, and runs what it hands out in sandboxes of this machine. The scheduler is a URL, or a list of `KEY=VALUE` as `--artifact-remote` takes it.",
    "SIGTERM and Ctrl-C let what runs come to its end; a second one ends it at once.",
  ],
  options: [
    Specification.option("storage", ["--storage"], server, "Where inputs are and outputs go [default: the scheduler]"),
    Specification.option("jobs", ["--jobs", "-j"], { type: "integer" }, "Actions at once", { default: "1" }),
    Specification.option("name", ["--name"], text, "What the scheduler knows this machine by"),
    Specification.option(
      "property",
      ["--property", "-p"],
      [text, text],
      "A property that actions may ask for, such as `network on`; OSFamily and ISA are there anyway",
      { multiple: true, metavar: "NAME VALUE" },
    ),
    Specification.helpOption,
  ],
  arguments: [Specification.argument("scheduler", "type", { value: server, required: true })],
  commands: [],
  extension: true,
};

const check: Specification.Command = {
  name: "check",
  summary: "Try what a server can do",
  description: [
    "Try what a server can do",
    "Connects, asks for capabilities and limits, and sends a small blob there and back. Names under which artifacts are found are only read. The server is a URL, or a list of `KEY=VALUE` as `--artifact-remote` takes it.",
  ],
  options: [
    Specification.flag("json", ["--json"], "Print one JSON document instead of text, for programs"),
    Specification.helpOption,
  ],
  arguments: [Specification.argument("server", "type", { value: { type: "remote", purpose: "all" }, required: true })],
  commands: [],
};

/** `bst remote`. */
export const remote: Specification.Command = {
  name: "remote",
  summary: "Look at cache and execution servers",
  description: ["Look at cache and execution servers"],
  options: [Specification.helpOption],
  arguments: [],
  commands: [check],
  extension: true,
};
