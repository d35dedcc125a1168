/**
 * A message as BuildStream prints it: the line of columns, the detail below it, and for a failed job the end of its log.
 *
 * Rendering is pure but for the log's end, which is asked for through {@link Settings.lastLines}; so a failure is rendered when it happens, while
 * the log holds what led to it.
 */
import * as Columns from "./Columns.ts";
import * as Style from "./Style.ts";
import * as Text from "./Text.ts";

export interface Settings {
  readonly colours: boolean;
  readonly debug: boolean;
  readonly verbose: boolean;
  /** Lines of a failed job's log to show. */
  readonly errorLines: number;
  /** Lines of a message's detail to show. */
  readonly messageLines: number;
  readonly keyLength: number;
  readonly messageFormat: string;
  readonly logDirectory: string;
  readonly processId: number;
  /** The last lines of a file, without the line end of the last one; empty when it cannot be read. */
  readonly lastLines: (file: string, count: number) => string;
}

export interface Renderer {
  readonly settings: Settings;
  readonly context: Columns.Context;
  readonly columns: readonly Columns.Column[];
}

/** Raises when the message format is malformed. */
export function renderer(settings: Settings): Renderer {
  const columns = Columns.parse(settings.messageFormat);
  return {
    settings,
    context: {
      paint: settings.colours ? Style.ansi : Style.plain,
      keyLength: settings.keyLength,
      logDirectory: settings.logDirectory,
      processId: settings.processId,
    },
    columns: settings.debug ? [Columns.debug, ...columns] : columns,
  };
}

/** The same renderer without colours, for files. */
export function uncoloured(of: Renderer): Renderer {
  return { ...of, context: { ...of.context, paint: Style.plain } };
}

/** Whether the message is for people at all: log-only messages never, status messages when verbose. */
export function shown(message: Columns.Message, settings: Settings): boolean {
  if (message.kind === "log") return false;
  return message.kind !== "status" || settings.verbose;
}

function detail({ context: { paint }, settings }: Renderer, message: Columns.Message, text: string): string {
  const failed = Columns.failures.has(message.kind);
  const all = Text.splitLines(Text.harmless(text));
  // Messages without an element come from the command itself and are shown whole.
  const cut = !failed && message.element !== undefined && all.length > settings.messageLines;
  const lines = cut
    ? all.slice(0, settings.messageLines)
    : all.map((line, at) => (at === all.length - 1 ? line.replace(/\n+$/, "") : line));
  const block = Text.indent + lines.join(Text.indent);
  let out = `\n${failed ? paint(block, Style.failure, { bold: true }) : paint(block, Style.detail)}`;
  if (cut && settings.messageLines > 0) {
    const more = `Message contains ${all.length - settings.messageLines} additional lines`;
    out += Text.indent + paint(more, Style.content, { dim: true });
  }
  return `${out}\n`;
}

function logEnd(of: Renderer, message: Columns.Message): string {
  const { settings, context } = of;
  const { paint } = context;
  const { indent } = Text;
  if (!settings.verbose)
    return `\n${indent}${paint("Log file: ", Style.failure)}${indent}${Columns.logFile(message, context, true)}\n`;
  if (settings.errorLines <= 0) return "\n";
  const rule = `${indent}${paint("=".repeat(70), Style.failure)}\n`;
  const end = message.log === undefined ? "" : settings.lastLines(message.log, settings.errorLines).trimEnd();
  const title = paint(`Printing the last ${settings.errorLines} lines from log file:`, Style.failure);
  return `\n${indent}${title}\n${indent}${Columns.logFile(message, context, false)}\n${rule}${paint(Text.indentLines(end, indent), Style.detail)}\n${rule}`;
}

/** The text of a message, with all its line ends. */
export function render(of: Renderer, line: Columns.Line): string {
  const { message } = line;
  let text = "";
  for (const column of of.columns) text += column(line, of.context);
  text += "\n";
  const hasDetail = message.detail !== undefined && message.detail !== "";
  if (hasDetail) text += detail(of, message, message.detail);
  const failedJob = message.scheduler === true && message.kind === "failure";
  if (failedJob) text += logEnd(of, message);
  return hasDetail || failedJob ? `${text}\n` : text;
}
