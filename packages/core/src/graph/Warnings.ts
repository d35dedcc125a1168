/** Warnings met while loading: collected for the session's log, or errors where the project made their token fatal. */
import { foreign, formatPlace, raise } from "../error/BstError.ts";
import { type Node, place } from "../yaml/Node.ts";
import type { LoadingProject, Session } from "./LoadState.ts";

/** Tokens that mean the same for every plugin; all others carry the kind's name. */
const coreTokens = new Set([
  "overlaps",
  "unstaged-files",
  "ref-not-in-track",
  "unaliased-url",
  "unavailable-source-info",
]);

/** A warning that no project can make fatal. */
export function add(session: Session, message: string, detail?: string, element?: string): void {
  session.warnings.push({ token: null, message, detail, element });
}

/** What a plugin wants to be known, and is no warning. */
export function inform(session: Session, message: string, detail: string | undefined, element: string): void {
  session.warnings.push({ token: null, message, detail, element, harmless: true });
}

/** A plugin's warning: raises a `PLUGIN` error with the token as reason where the project says so; without a token it can never be fatal. */
export function addFromPlugin(
  project: LoadingProject,
  element: string,
  kind: string,
  token: string | null,
  message: string,
  node?: Node,
): void {
  const where = node === undefined ? "" : `${formatPlace(place(node))}: `;
  if (token === null) {
    project.session.warnings.push({ token, message: `${where}${message}`, element });
    return;
  }
  const full = coreTokens.has(token) || token.includes(":") ? token : `${kind}:${token}`;
  const text = `[${full}]: ${where}${message}`;
  if (project.fatalWarnings.includes(full)) {
    raise({
      domain: "PLUGIN",
      reason: foreign(full),
      message: text,
      place: node === undefined ? undefined : place(node),
      hint: `The project makes this warning an error: \`fatal-warnings\` lists ${full}.`,
    });
  }
  project.session.warnings.push({ token: full, message: text, element });
}
