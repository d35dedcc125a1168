/**
 * The catalogue of errors: for every domain and reason its cause, whose it is to mend, and the next step.
 *
 * `BstError` takes only what stands here (plugins' own reasons apart, which are marked), so that no error can be without an entry. The catalogue is loaded when
 * an error is shown, never before. `docs/errors.md` is written from it.
 */
import type { BstError, Domain } from "./BstError.ts";
import * as Command from "./catalogue/Command.ts";
import * as Element from "./catalogue/Element.ts";
import * as Load from "./catalogue/Load.ts";
import * as Machine from "./catalogue/Machine.ts";
import * as Source from "./catalogue/Source.ts";
import type { Entry, Owner } from "./Entry.ts";

/** Entries by domain and reason; the empty reason is for errors that have none. */
export const domains = {
  LOAD: Load.load,
  SOURCE: Source.source,
  ELEMENT: Element.element,
  PIPELINE: Element.pipeline,
  PLUGIN: Element.plugin,
  IMPL: Element.impl,
  APP: Command.app,
  STREAM: Command.stream,
  SANDBOX: Machine.sandbox,
  CAS: Machine.cas,
  VIRTUAL_FS: Machine.virtualFs,
  PLATFORM: Machine.platform,
  PROG_NOT_FOUND: Machine.programNotFound,
  ARTIFACT: Machine.artifact,
  REMOTE: Machine.remote,
  UTIL: Machine.util,
  PROFILE: Machine.profile,
} as const satisfies Readonly<Record<Domain, Readonly<Record<string, Entry>>>>;

/** A reason that a plugin made up, or a warning of a plugin that the project makes an error. */
const foreign: Entry = {
  cause: "A plugin gave this reason, or the project makes a warning of this name an error.",
  owner: "plugin",
  next: "Read the message; for a warning, `fatal-warnings` of project.conf lists which ones are errors.",
};

/** Reasons by domain, as types; null where the domain has errors without one. */
export type Reasons = {
  readonly [D in Domain]: Coded<keyof (typeof domains)[D]>;
};

type Coded<Key> = Key extends "" ? null : Key;

/** The entry of a domain and reason; that of another domain with the reason where an error was passed on as one of this domain. */
export function entry(domain: Domain, reason: string | null): Entry {
  const own = within(domain, reason);
  if (own !== undefined) return own;
  for (const other of Object.keys(domains)) {
    const found = within(other as Domain, reason);
    if (found !== undefined) return found;
  }
  return foreign;
}

function within(domain: Domain, reason: string | null): Entry | undefined {
  const entries: Readonly<Record<string, Entry>> = domains[domain];
  return Object.hasOwn(entries, reason ?? "") ? entries[reason ?? ""] : undefined;
}

/** Cause, owner and next step of one error: the catalogue's, made exact by what the error itself says. */
export function explain(error: BstError): Entry {
  const { cause, owner, next } = entry(error.domain, error.reason);
  return { cause, owner: ownerOf(error, owner), next: error.hint ?? next };
}

function ownerOf(error: BstError, usual: Owner): Owner {
  if (error.owner !== undefined) return error.owner;
  // What may go away by itself is not this machine's.
  return error.temporary === true ? "remote" : usual;
}

/** All entries, by domain and reason. */
export function all(): readonly { readonly domain: Domain; readonly reason: string | null; readonly entry: Entry }[] {
  return Object.entries(domains).flatMap(([domain, entries]) =>
    Object.entries(entries)
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([reason, found]) => ({
        domain: domain as Domain,
        reason: reason === "" ? null : reason,
        entry: found as Entry,
      })),
  );
}
