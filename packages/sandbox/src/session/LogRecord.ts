/** A message as a job's log file keeps it: `[00:00:00] SUCCESS [631fd23e] base.bst: Caching artifact`, details indented below. */
import type { MessageType, Subject } from "@millrace/core/event/Event";

export interface LogRecord {
  readonly kind: MessageType;
  readonly text: string;
  readonly detail?: string | undefined;
  readonly element?: Subject | undefined;
  /** Milliseconds; shown for success and failure only. */
  readonly elapsed?: number | undefined;
}

function timecode(record: LogRecord): string {
  if (record.elapsed === undefined || (record.kind !== "success" && record.kind !== "failure")) return "--:--:--";
  const seconds = Math.floor(record.elapsed / 1000);
  return [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
    .map((part) => String(part).padStart(2, "0"))
    .join(":");
}

/** The record as text, with its line end. */
export function render(record: LogRecord, keyLength: number): string {
  const { element, detail } = record;
  const key = element === undefined || element.key === null ? "" : ` [${element.key.slice(0, keyLength)}]`;
  const name = element === undefined ? "" : ` ${element.name}`;
  let text = `[${timecode(record)}] ${record.kind.toUpperCase().padEnd(7)}${key}${name}: ${record.text}`;
  if (detail !== undefined) {
    const trimmed = detail.replace(/\n+$/, "");
    text += `\n\n${trimmed === "" ? "    " : trimmed.replace(/^/gm, "    ")}`;
  }
  return `${text}\n`;
}
