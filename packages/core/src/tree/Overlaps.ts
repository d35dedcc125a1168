/**
 * Overlaps: files of one element that replaced files of another while artifacts were staged.
 *
 * Artifacts are staged in sessions, one for each place and call. Within a session every element above the lowest needs the path in its
 * `overlap-whitelist`; between sessions the session's action decides and whitelists do not count. A session is checked when it ends, against those before it.
 *
 * Two rules surprise: the whitelist is asked about the path inside the session's location, not about the path in the sandbox; and a file that replaced
 * something of an earlier session and was then replaced within its own is reported as an overlap within the session only.
 */
import { type BstError, BstError as Failure } from "../error/BstError.ts";
import type { Reader } from "./Directory.ts";
import type { Report } from "./Import.ts";
import * as Writers from "./Writers.ts";

/** What an overlap with an earlier session means. */
export type Action = "error" | "warning" | "ignore";

/** One element's artifact as it was staged. */
export interface Staged extends Writers.Imported {
  /** The element, as the caller names it: its index in the graph. */
  readonly element: number;
  readonly report: Report;
}

export interface Session {
  /** Absolute path in the sandbox where the session staged. */
  readonly location: string;
  readonly action: Action;
  /** In staging order, each element once. */
  readonly staged: readonly Staged[];
}

/** What is known of elements. */
export interface View {
  /** The full name: with the junctions in front. */
  readonly name: (element: number) => string;
  /** Whether the element's `overlap-whitelist` has a path (relative to the location). */
  readonly whitelisted: (element: number, path: string) => boolean;
  readonly reader: Reader;
}

/** A warning with BuildStream's core token; fatal when the project says so. */
export interface Warning {
  readonly token: "overlaps" | "unstaged-files";
  readonly message: string;
  readonly detail: string;
}

export interface Verdict {
  /** To be issued in this order, before the error. */
  readonly warnings: readonly Warning[];
  /** Set when the session's action makes an overlap an error: ELEMENT, reason `overlaps`. */
  readonly error: BstError | undefined;
}

/** Checks a session that ended. `earlier` are the sessions before it, oldest first. */
export function check(session: Session, earlier: readonly Session[], view: View): Verdict {
  const chains = chainsOf(session, view.reader);
  const warnings = [overlapWarning(session, chains, view), unstagedWarning(session, view)];
  const lines = session.action === "ignore" ? [] : externalLines(session, chains, earlier, view);
  const found = warnings.filter((warning) => warning !== undefined);
  if (lines.length === 0) return { warnings: found, error: undefined };
  const message = `Staging at ${session.location} replaced files that were staged before`;
  const detail = lines.join("\n");
  if (session.action === "warning")
    return { warnings: [...found, { token: "overlaps", message, detail }], error: undefined };
  const error = new Failure({
    domain: "ELEMENT",
    reason: "overlaps",
    message,
    detail,
    hint: "Stage the elements at different places, or set overlap-action to warning or ignore.",
  });
  return { warnings: found, error };
}

/** For each replaced path the elements that wrote it, lowest first; only one when what it replaced was there before the session. */
function chainsOf(session: Session, reader: Reader): ReadonlyMap<string, readonly number[]> {
  const chains = new Map<string, number[]>();
  let writers: Writers.Writers | undefined;
  for (const [position, staged] of session.staged.entries()) {
    for (const path of staged.report.overwritten) {
      let chain = chains.get(path);
      if (chain === undefined) {
        writers ??= Writers.make(session.staged, reader);
        const first = Writers.first(writers, path);
        chain = first !== undefined && first < position ? [session.staged[first]!.element] : [];
        chains.set(path, chain);
      }
      chain.push(staged.element);
    }
  }
  return chains;
}

/** An absolute path in the sandbox. */
function absolute(location: string, path: string): string {
  return location.endsWith("/") ? location + path : `${location}/${path}`;
}

function overlapWarning(
  session: Session,
  chains: ReadonlyMap<string, readonly number[]>,
  view: View,
): Warning | undefined {
  const lines: string[] = [];
  for (const [path, chain] of chains) {
    const offenders = chain.slice(1).filter((element) => !view.whitelisted(element, path));
    if (offenders.length === 0) continue;
    const names = offenders.map(view.name).join(" and ");
    const order = chain.map(view.name).reverse().join(" above ");
    const verb = offenders.length === 1 ? "does" : "do";
    lines.push(
      `${absolute(session.location, path)}: ${names} ${verb} not have it in overlap-whitelist; order ${order}`,
    );
  }
  if (lines.length === 0) return undefined;
  return {
    token: "overlaps",
    message: `Elements staged at ${session.location} replace files of each other without being whitelisted`,
    detail: lines.join("\n"),
  };
}

function unstagedWarning(session: Session, view: View): Warning | undefined {
  const lines: string[] = [];
  for (const { element, report } of session.staged) {
    if (report.ignored.length === 0) continue;
    lines.push(`From ${view.name(element)}:`);
    for (const path of report.ignored) lines.push(`  ${absolute(session.location, path)}`);
  }
  if (lines.length === 0) return undefined;
  return {
    token: "unstaged-files",
    message: `Some files were not staged at ${session.location}: directories that are not empty have their place`,
    detail: lines.join("\n"),
  };
}

function externalLines(
  session: Session,
  chains: ReadonlyMap<string, readonly number[]>,
  earlier: readonly Session[],
  view: View,
): readonly string[] {
  const indexes = earlier
    .map((other) => ({ session: other, writers: Writers.make(other.staged, view.reader) }))
    .reverse();
  const lines: string[] = [];
  for (const [path, chain] of chains) {
    if (chain.length !== 1) continue;
    const full = absolute(session.location, path);
    const owner = ownerOf(full, indexes);
    // Nobody wrote it: an empty directory that something else had made. Nothing is lost, so nothing is said.
    if (owner === undefined) continue;
    lines.push(
      `${full}: ${view.name(chain[0]!)} replaces a file of ${view.name(owner.element)} staged at ${owner.location}`,
    );
  }
  return lines;
}

function ownerOf(
  full: string,
  indexes: readonly { readonly session: Session; readonly writers: Writers.Writers }[],
): { readonly element: number; readonly location: string } | undefined {
  for (const { session, writers } of indexes) {
    const prefix = absolute(session.location, "");
    if (!full.startsWith(prefix)) continue;
    const first = Writers.first(writers, full.slice(prefix.length));
    if (first !== undefined) return { element: session.staged[first]!.element, location: session.location };
  }
  return undefined;
}
