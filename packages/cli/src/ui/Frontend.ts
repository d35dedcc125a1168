/**
 * What people see: a fold over events that writes log lines, heading and summary to the error output, and all of it to the master log file too.
 *
 * Failures are rendered when they happen (their logs may be written to later) and kept, since the summary shows the last one of each element. A live
 * region, when there is one, gets the text in place of the error output.
 */
import type { Event } from "@millrace/core/event/Event";
import * as Columns from "./Columns.ts";
import * as Heading from "./Heading.ts";
import * as LogLine from "./LogLine.ts";
import * as Style from "./Style.ts";
import * as Summary from "./Summary.ts";

/** Something below the scrollback that hears of events too. */
export interface Region {
  readonly handle: (event: Event) => void;
  /** Puts text above the region; keeps it back while a person is asked something. */
  readonly print: (text: string) => void;
  readonly clear: () => void;
}

export interface Options {
  readonly settings: LogLine.Settings;
  /** Asked for once the plan is announced. */
  readonly heading: () => Heading.Heading;
  readonly list: Heading.Lister;
  /** The error output. */
  readonly write: (text: string) => void;
  /** The master log file (`--log-file`), which has no colours. */
  readonly writeLog: ((text: string) => void) | undefined;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly region: Region | undefined;
  /** Which messages of running jobs enter the scrollback: all, or (for a terminal with a live region) those that tell how something ended. */
  readonly scrollback: "all" | "verdicts";
}

export interface Frontend {
  readonly handle: (event: Event) => void;
}

const verdicts: ReadonlySet<Columns.Message["kind"]> = new Set([
  "info",
  "warning",
  "error",
  "bug",
  "failure",
  "skipped",
]);

/** Whether a message tells how something ended, rather than that it goes on. */
function isVerdict(message: Columns.Message): boolean {
  return verdicts.has(message.kind) || (message.kind === "success" && message.scheduler === true);
}

/** Raises when the user's message format is malformed. */
export function make(options: Options): Frontend {
  const { settings, region } = options;
  const coloured = LogLine.renderer(settings);
  const uncoloured = LogLine.uncoloured(coloured);
  const failures = new Map<string, { readonly shown: string; readonly logged: string }>();
  let summary: Summary.Data | undefined;

  const put = (shown: string, logged: string) => {
    if (shown !== "") (region?.print ?? options.write)(shown);
    options.writeLog?.(logged);
  };

  const message = (said: Columns.Message) => {
    if (!LogLine.shown(said, settings)) return;
    const line = { message: said, time: options.now() };
    const shown = LogLine.render(coloured, line);
    const logged =
      settings.colours && options.writeLog !== undefined ? LogLine.render(uncoloured, line) : Style.strip(shown);
    if (Columns.failures.has(said.kind) && said.element !== undefined)
      failures.set(said.element.name, { shown, logged });
    const quiet = options.scrollback === "verdicts" && said.task !== undefined && !isVerdict(said);
    put(quiet ? "" : shown, logged);
  };

  const announce = (event: Extract<Event, { type: "announce" }>) => {
    const heading = options.heading();
    const text = (colours: boolean) =>
      Heading.render(heading, options.list(event.elements, colours), colours ? Style.ansi : Style.plain);
    put(text(settings.colours), text(false));
  };

  const summarise = () => {
    if (summary === undefined) return;
    const data = summary;
    const text = (colours: boolean) =>
      Summary.render(
        data,
        [...failures].map(([name, { shown, logged }]) => [name, colours ? shown : logged] as const),
        data.resolved.length === 0 ? "" : options.list(data.resolved, colours),
        colours ? Style.ansi : Style.plain,
      );
    put(`\n${text(settings.colours)}`, text(false));
  };

  const handle = (event: Event) => {
    region?.handle(event);
    switch (event.type) {
      case "message":
        message(event);
        break;
      case "session-start":
        message({ type: "message", kind: "start", text: event.name });
        break;
      case "announce":
        announce(event);
        break;
      case "summary":
        summary = event;
        break;
      case "session-end": {
        region?.clear();
        const { name, elapsed } = event;
        if (event.terminated) message({ type: "message", kind: "warning", text: `${name} Terminated`, elapsed });
        else message({ type: "message", kind: event.failed ? "failure" : "success", text: name, elapsed });
        summarise();
        break;
      }
      default:
        break;
    }
  };
  return { handle };
}
