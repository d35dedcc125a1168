import type { Event, State, Status } from "@millrace/core/event/Event";
import { assert, describe, it } from "vitest";
import * as EventFile from "../../src/ui/EventFile.ts";
import * as Frontend from "../../src/ui/Frontend.ts";
import type * as Heading from "../../src/ui/Heading.ts";
import type * as LogLine from "../../src/ui/LogLine.ts";
import * as Style from "../../src/ui/Style.ts";
import * as Golden from "./golden.ts";

const stateColours: Readonly<Record<string, Style.Colour>> = {
  cached: "magenta",
  failed: "red",
  waiting: "blue",
  buildable: "green",
  "no reference": "red",
};

/** The default element format, `%{state: >12} %{full-key} %{name} %{workspace-dirs}`. */
const list: Heading.Lister = (elements, colours) => {
  const paint = colours ? Style.ansi : Style.plain;
  return elements
    .map((element) => {
      const state = paint(element.state.padStart(12), { fg: stateColours[element.state]! });
      const key = paint(element.fullKey, { fg: "yellow", dim: !element.keyIsStrict });
      return `${state} ${key} ${paint(element.name, { fg: "blue", bold: true })} ${paint("", {})}`;
    })
    .join("\n");
};

function statuses(text: string): readonly Status[] {
  return [...text.matchAll(/^ *(cached|failed|waiting|buildable|no reference) ([0-9a-f?]{64}) (\S+) $/gm)].map(
    (match, id) => ({
      id,
      state: match[1] as State,
      fullKey: match[2]!,
      name: match[3]!,
      keyIsStrict: !match[2]!.includes("?"),
    }),
  );
}

/** The rows below a title, up to a blank line. */
function rows(text: string, title: string): readonly (readonly [string, string])[] {
  const body = new RegExp(`^ *${title}\\n((?: +.*\\n)*)`, "m").exec(text)?.[1] ?? "";
  return [...body.matchAll(/^ +([^:]+): +(.*)$/gm)].map((match) => [match[1]!, match[2]!] as const);
}

/** The data of a recorded heading. */
function heading(text: string): Heading.Heading {
  const [, day, month, year, hour, minute, second] = /Session Start: \w+, (\d+)-(\d+)-(\d+) at (\d+):(\d+):(\d+)/
    .exec(text)!
    .map(Number);
  return {
    version: "2.8.1",
    start: new Date(year!, month! - 1, day!, hour!, minute!, second!).getTime(),
    project: { name: "golden", directory: "@ROOT@/project" },
    targets: [/Targets: +(.*)/.exec(text)![1]!],
    configuration: rows(text, "User Configuration"),
    remoteExecution: [],
    projects: [
      {
        name: "golden",
        duplicates: [],
        internal: [],
        options: [],
        elementPlugins: rows(text, "Element Plugins"),
        sourcePlugins: rows(text, "Source Plugins"),
        artifactServers: [],
        sourceServers: [],
      },
    ],
  };
}

function summary(text: string): Extract<Event, { type: "summary" }> {
  const [, after = ""] = text.split(/^Pipeline Summary\n/m);
  const failed = /^Failure Summary\n {4}(\S+):$/m.exec(text)?.[1];
  const number = (pattern: RegExp) => Number(pattern.exec(after)?.[1]);
  const queues = [...after.matchAll(/^ +(\S+) Queue: processed (\d+), +skipped (\d+), +failed (\d+) *$/gm)];
  const resolved = /^Resolved key Summary\n([\s\S]*?)\n\n/m.exec(text)?.[1] ?? "";
  return {
    type: "summary",
    total: number(/Total: +(\d+)/),
    session: number(/Session: +(\d+)/),
    queues: queues.map((match) => ({
      name: match[1]!,
      completeName: "",
      processed: Number(match[2]),
      skipped: Number(match[3]),
      failed: match[4] === "0" ? [] : [failed!],
    })),
    resolved: statuses(resolved === "" ? "" : `${resolved}\n`),
  };
}

/** The events that a recorded session is made of. */
function events(recorded: string): readonly Event[] {
  const text = Style.strip(recorded);
  const pipeline = /^Pipeline\n([\s\S]*?)^={79}$/m.exec(text)![1]!;
  const found: Event[] = [];
  const blocks = Golden.blocks(recorded);
  const name = blocks[0]!.line.message.text;
  let announced = false;
  for (const [at, { line }] of blocks.entries()) {
    const { message } = line;
    if (at === 0) found.push({ type: "session-start", name, targets: [] });
    else if (at === blocks.length - 1) {
      const failed = message.kind === "failure";
      found.push(summary(text), { type: "session-end", name, elapsed: message.elapsed!, failed, terminated: false });
    } else found.push(message);
    const begins = at === blocks.length - 2 || blocks[at + 1]?.line.message.action !== undefined;
    if (announced || !begins) continue;
    announced = true;
    found.push({ type: "announce", elements: statuses(pipeline), session: 0 });
  }
  return found;
}

const settings: LogLine.Settings = {
  colours: false,
  debug: false,
  verbose: true,
  errorLines: 20,
  messageLines: 20,
  keyLength: 8,
  messageFormat: "[%{elapsed}][%{key}][%{element}] %{action} %{message}",
  logDirectory: "@ROOT@/logs",
  processId: 1,
  lastLines: Golden.lastLines,
};

function print(recorded: string, more: Partial<LogLine.Settings>) {
  let shown = "";
  let logged = "";
  const frontend = Frontend.make({
    settings: { ...settings, ...more },
    heading: () => heading(Style.strip(recorded)),
    list,
    write: (text) => {
      shown += text;
    },
    writeLog: (text) => {
      logged += text;
    },
    now: () => 0,
    region: undefined,
    scrollback: "all",
  });
  for (const event of events(recorded)) frontend.handle(event);
  return { shown, logged };
}

describe("Frontend", () => {
  const sessions: readonly (readonly [string, Partial<LogLine.Settings>])[] = [
    ["build-success", {}],
    ["build-noop", {}],
    ["build-failure-quit", {}],
    ["build-failure-terse", { verbose: false }],
    ["build-overlap", {}],
    ["fetch", {}],
    ["fetch-two", {}],
    ["track", {}],
    ["track-failure", {}],
    ["colors", { colours: true }],
    ["colors-success", { colours: true }],
  ];
  for (const [name, more] of sessions) {
    it(`prints the whole of ${name} as BuildStream does`, () => {
      const { stderr, exit } = Golden.read(name);
      // A failed command ends with an empty error message of its own.
      const expected = exit === 0 ? stderr : stderr.replace(/\n\n$/, "");
      assert.strictEqual(print(stderr, more).shown, expected);
    });
  }

  it("writes the same to the master log file, without colours", () => {
    const { stderr, log } = Golden.read("log-file");
    const { shown, logged } = print(stderr, { colours: true });
    assert.strictEqual(shown, stderr);
    assert.strictEqual(logged, log);
  });

  it("keeps the scrollback to verdicts when asked", () => {
    const task = { name: "a.bst", key: "00000000", keyIsStrict: true };
    const said = (kind: "start" | "success" | "warning", scheduler: boolean, text: string): Event => ({
      type: "message",
      kind,
      text,
      task,
      element: task,
      action: "build",
      scheduler,
      elapsed: 0,
      log: "@ROOT@/logs/x.log",
    });
    let shown = "";
    const frontend = Frontend.make({
      settings,
      heading: () => assert.fail(),
      list,
      write: (text) => {
        shown += text;
      },
      writeLog: undefined,
      now: () => 0,
      region: undefined,
      scrollback: "verdicts",
    });
    for (const event of [
      said("start", true, "Build"),
      said("start", false, "Staging"),
      said("warning", false, "overlap"),
      said("success", false, "Staging"),
      said("success", true, "Build"),
    ])
      frontend.handle(event);
    assert.deepStrictEqual(shown.match(/(WARNING|SUCCESS|START)/g), ["WARNING", "SUCCESS"]);
  });
});

describe("EventFile", () => {
  it("writes one object a line", () => {
    const line = EventFile.line({ type: "session-start", name: "Build", targets: ["a\nb.bst"] }, 12);
    assert.deepStrictEqual(JSON.parse(line), { time: 12, type: "session-start", name: "Build", targets: ["a\nb.bst"] });
    assert.strictEqual(line.indexOf("\n"), line.length - 1);
  });
});
