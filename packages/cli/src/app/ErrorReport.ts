/**
 * How a failure reaches people and programs.
 *
 * People get, on the standard error: a blank line, the message with its place, and indented below it the details and what to do. Programs
 * get, when `BST_ERROR_FILE` names a file, one JSON object with BuildStream's own names for domain and reason, so that a test suite or a CI job need not
 * read prose, and what the catalogue says of the error. The file is replaced whole, by renaming.
 */
import { renameSync, writeFileSync } from "node:fs";
import { type BstError, formatPlace } from "@millrace/core/error/BstError";
import type { Entry } from "@millrace/core/error/Entry";

const indentation = "    ";

/** The exit code of every failure that is reported here. */
export const exitCode = 255;

/** The message with its place in front, as one text. */
export function headline(error: BstError): string {
  return error.place === undefined ? error.message : `${formatPlace(error.place)}: ${error.message}`;
}

function indent(text: string): string {
  return text
    .replace(/\n+$/, "")
    .split("\n")
    .map((line) => (line === "" ? "" : indentation + line))
    .join("\n");
}

/** The report for people. `known` is what the catalogue says of the error; `during` says what was being done, e.g. `Error loading project`. */
export function render(error: BstError, known: Entry, during?: string): string {
  const first = during === undefined ? headline(error) : `${during}: ${headline(error)}`;
  const parts = [`\n${first}`];
  if (error.detail !== undefined && error.detail !== "") parts.push(indent(error.detail));
  const hint = error.hint ?? (error.reason === null ? "" : known.next);
  if (hint !== "") parts.push(indent(`Hint: ${hint}`));
  return `${parts.join("\n\n")}\n`;
}

/** The content of the error file. */
export function record(error: BstError, known: Entry, during?: string): string {
  const message = during === undefined ? headline(error) : `${during}: ${headline(error)}`;
  return `${JSON.stringify({
    domain: error.domain,
    reason: error.reason,
    message,
    detail: error.detail ?? null,
    hint: error.hint ?? null,
    cause: known.cause,
    owner: known.owner,
    next: known.next,
    place: error.place ?? null,
    task: error.task ?? null,
  })}\n`;
}

/** Writes the error file when one is asked for. A file that cannot be written must not hide the failure itself. */
export function writeFile(path: string | undefined, content: string): void {
  if (!path) return;
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, content);
    renameSync(temporary, path);
  } catch {
    return;
  }
}
