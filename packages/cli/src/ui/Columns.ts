/**
 * The columns of a log line: what `logging: message-format` of the user configuration can name.
 *
 * Widths are part of the format that scripts rely on: type 7, action right-aligned 8, element 30 at least, the key as long as `key-length`.
 */

import { raise } from "@millrace/core/error/BstError";
import type { Event, MessageType, Subject } from "@millrace/core/event/Event";
import * as Style from "./Style.ts";
import * as Text from "./Text.ts";

export type Message = Extract<Event, { type: "message" }>;

/** A message with what only the moment knows. */
export interface Line {
  readonly message: Message;
  /** When it was said, milliseconds since the epoch; a fraction gives microseconds. */
  readonly time: number;
}

export interface Context {
  readonly paint: Style.Paint;
  readonly keyLength: number;
  /** Directory of the log files; their paths are shown relative to it. */
  readonly logDirectory: string;
  readonly processId: number;
}

export type Column = (line: Line, context: Context) => string;

/** Kinds whose keys and paths are shown as failures, and whose details are never shortened. */
export const failures: ReadonlySet<MessageType> = new Set(["failure", "error", "bug"]);

const kindColours: Readonly<Partial<Record<MessageType, Style.Colour>>> = {
  debug: "cyan",
  status: "cyan",
  info: "magenta",
  warning: "yellow",
  start: "blue",
  success: "green",
  failure: "red",
  skipped: "yellow",
  error: "red",
  bug: "red",
};

function two(number: number): string {
  return String(number).padStart(2, "0");
}

function clock(fields: readonly string[], paint: Style.Paint): string {
  return fields.map((field) => paint(field, Style.content)).join(paint(":", Style.format));
}

/** `HH:MM:SS`, or dashes when there is no time to tell. */
function duration(elapsed: number | undefined, paint: Style.Paint): string {
  if (elapsed === undefined) return clock(["--", "--", "--"], paint);
  const seconds = Math.floor(elapsed / 1000);
  return clock([two(Math.floor(seconds / 3600)), two(Math.floor(seconds / 60) % 60), two(seconds % 60)], paint);
}

function micros(milliseconds: number): string {
  return String(Math.floor(milliseconds * 1000) % 1_000_000).padStart(6, "0");
}

function wallclock(time: number, paint: Style.Paint): string {
  const date = new Date(time);
  return clock([two(date.getHours()), two(date.getMinutes()), two(date.getSeconds())], paint);
}

/** The brief key, blank where there is none; a key that would not be used in strict mode is dim. */
function key(line: Line, { keyLength, paint }: Context): string {
  if (keyLength === 0) return "";
  const { element, task, kind } = line.message;
  if (element === undefined) return " ".repeat(keyLength);
  const subject: Subject = task ?? element;
  const known = subject.key !== null;
  const text = known ? subject.key.slice(0, keyLength) : " ".repeat(keyLength);
  return failures.has(kind)
    ? paint(text, Style.failure)
    : paint(text, Style.content, { dim: known && !subject.keyIsStrict });
}

function element(line: Line, { paint }: Context): string {
  const subject = line.message.task ?? line.message.element;
  const name = subject === undefined ? "core activity" : subject.name;
  const action = line.message.action ?? "main";
  return paint(action.padStart(8), Style.content) + paint(":", Style.format) + paint(name.padEnd(30), Style.content);
}

/** The path of a job's log file, relative to the log directory when `brief`. */
export function logFile(message: Message, context: Context, brief: boolean): string {
  if (message.log === undefined || message.scheduler !== true) return "";
  const { logDirectory, paint } = context;
  let path = message.log;
  if (brief && logDirectory !== "" && path.startsWith(logDirectory))
    path = path.slice(logDirectory.length).replace(/^\/+/, "");
  return failures.has(message.kind) ? paint(path, Style.failure) : paint(path, Style.content, { dim: true });
}

/** Start and success of a job say nothing but where its log is; all else shows its text. */
function text(line: Line, context: Context): string {
  const { message } = line;
  const job = message.scheduler === true && message.log !== undefined;
  return job && (message.kind === "start" || message.kind === "success")
    ? logFile(message, context, true)
    : Text.harmless(message.text);
}

const named: Readonly<Record<string, Column>> = {
  elapsed: (line, { paint }) => duration(line.message.elapsed, paint),
  "elapsed-us": (line, { paint }) => {
    const { elapsed } = line.message;
    const fraction = elapsed === undefined ? ".------" : `.${micros(elapsed)}`;
    return duration(elapsed, paint) + paint(fraction, Style.content);
  },
  wallclock: (line, { paint }) => wallclock(line.time, paint),
  "wallclock-us": (line, { paint }) => wallclock(line.time, paint) + paint(`.${micros(line.time)}`, Style.content),
  key,
  element,
  action: ({ message }, { paint }) => {
    const fg = kindColours[message.kind];
    return paint(message.kind.toUpperCase().padEnd(7), Style.content, {
      bold: true,
      dim: true,
      ...(fg === undefined ? {} : { fg }),
    });
  },
  message: text,
};

/** In front of all else with `--debug`. */
export const debug: Column = (line, { paint, processId }) =>
  paint("pid:", Style.format) +
  paint(String(processId).padEnd(5), Style.content) +
  paint("element name:", Style.format) +
  paint((line.message.element?.name ?? "n/a").padEnd(30), Style.content);

function fixed(text: string): Column {
  return (_, { paint }) => paint(text, Style.format);
}

/** The columns of a message format; raises when it names a variable that does not exist, or has a `%` that begins none. */
export function parse(formatText: string): readonly Column[] {
  const columns: Column[] = [];
  const token = /%%|%\{([^}]+)\}|[^%]+|%/g;
  for (const match of formatText.matchAll(token)) {
    const [whole, name] = match;
    if (whole === "%%") columns.push(fixed("%"));
    else if (name !== undefined) {
      const column = Object.hasOwn(named, name) ? named[name] : undefined;
      if (column === undefined) malformed(`no variable of log lines is called '${name}'`);
      else columns.push(column);
    } else if (whole === "%") malformed(`'${formatText.slice(match.index)}' is no variable`);
    else columns.push(fixed(whole));
  }
  return columns;
}

function malformed(reason: string): never {
  return raise({
    domain: "APP",
    reason: "invalid-message-format",
    message: `The message format of the user configuration cannot be used: ${reason}`,
    hint: `Use these in logging.message-format: ${Object.keys(named).join(", ")}; write %% for a percent sign.`,
  });
}
