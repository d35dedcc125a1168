/** The heading of a session: which BuildStream this is to projects, the user configuration, the projects, and the pipeline. */
import type { Status } from "@millrace/core/event/Event";
import * as Style from "./Style.ts";
import * as Text from "./Text.ts";

export interface ProjectSection {
  readonly name: string;
  /** Full name of the junction element, for subprojects. */
  readonly junction?: string | undefined;
  /** Where the junction is declared, e.g. `elements/base.bst [line 3 column 2]`. */
  readonly loadedBy?: string | undefined;
  readonly duplicates: readonly string[];
  readonly internal: readonly string[];
  readonly options: readonly (readonly [string, string])[];
  /** Kind and origin, in loading order. */
  readonly elementPlugins: readonly (readonly [string, string])[];
  readonly sourcePlugins: readonly (readonly [string, string])[];
  readonly artifactServers: readonly string[];
  readonly sourceServers: readonly string[];
}

export interface Heading {
  readonly version: string;
  /** Milliseconds since the epoch. */
  readonly start: number;
  /** Name and directory of the top-level project. */
  readonly project: { readonly name: string; readonly directory: string } | undefined;
  readonly targets: readonly string[];
  /** Rows of the user configuration, e.g. `Cache Directory`. */
  readonly configuration: readonly (readonly [string, string])[];
  /** Rows about remote execution; empty when it is not used. */
  readonly remoteExecution: readonly (readonly [string, string])[];
  readonly projects: readonly ProjectSection[];
}

/** Writes a list of elements in the user's `element-format`; no line end at its end. */
export type Lister = (elements: readonly Status[], colours: boolean) => string;

const days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/** `Saturday, 21-11-2026 at 05:36:40`, in local time; also the date in the first line of log files. */
function date(time: number): string {
  const at = new Date(time);
  const two = (number: number) => String(number).padStart(2, "0");
  const day = `${two(at.getDate())}-${two(at.getMonth() + 1)}-${String(at.getFullYear()).padStart(4, "0")}`;
  return `${days[at.getDay()]}, ${day} at ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

function section(paint: Style.Paint, title: string, body: string): string {
  return body === "" ? "" : `${paint(`${Text.indent}${title}\n`, Style.format)}${body}\n`;
}

function declared(paint: Style.Paint, title: string, by: readonly string[]): string {
  if (by.length === 0) return "";
  const lines = by.map((name) => paint(`${Text.indent.repeat(2)}${name}\n`, Style.content)).join("");
  return paint(`${Text.indent}${title}\n`, Style.format) + lines;
}

function project(paint: Style.Paint, of: ProjectSection): string {
  const bold = { bold: true };
  const rows: (readonly [string, string])[] = [];
  if (of.junction !== undefined) rows.push(["Junction path", of.junction]);
  if (of.loadedBy !== undefined) rows.push(["Loaded by", of.loadedBy]);
  const inner = { depth: 2 };
  const plugins = { depth: 2, styleKey: true };
  return (
    `${paint("Project", Style.content, bold)}${paint(": ", Style.format, bold)}${paint(of.name, Style.content, bold)}\n` +
    Text.values(paint, rows) +
    declared(paint, "Declared duplicate by:", of.duplicates) +
    declared(paint, "Declared internal by:", of.internal) +
    "\n" +
    section(paint, "Project Options", Text.values(paint, of.options, inner)) +
    section(paint, "Element Plugins", Text.values(paint, of.elementPlugins, plugins)) +
    section(paint, "Source Plugins", Text.values(paint, of.sourcePlugins, plugins)) +
    section(paint, "Artifact cache servers", Text.bullets(paint, of.artifactServers, 2)) +
    section(paint, "Source cache servers", Text.bullets(paint, of.sourceServers, 2))
  );
}

/** The text of the heading; `pipeline` is the list of the elements in the states that they are in. */
export function render(heading: Heading, pipeline: string, paint: Style.Paint): string {
  const title = (text: string) => paint(`${text}\n`, Style.content, { bold: true });
  const rows: (readonly [string, string])[] = [["Session Start", date(heading.start)]];
  if (heading.project !== undefined) rows.push(["Project", `${heading.project.name} (${heading.project.directory})`]);
  rows.push(["Targets", heading.targets.join(", ")]);
  let text = `\n${title(`BuildStream Version ${heading.version}`)}${Text.values(paint, rows)}`;
  text += `\n${title("User Configuration")}${Text.values(paint, heading.configuration)}`;
  if (heading.remoteExecution.length > 0)
    text += `\n${title("Remote Execution Configuration")}${Text.values(paint, heading.remoteExecution)}`;
  text += "\n";
  for (const of of heading.projects) text += project(paint, of);
  text += title("Pipeline");
  text += `${pipeline}\n`;
  return text + paint(`${"=".repeat(79)}\n`, Style.format);
}
