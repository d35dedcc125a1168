/**
 * The JSON documents that commands print with `--json`, as schemas.
 *
 * Programs of others rely on them: a field is never taken away or given another meaning without a higher `version` of its document; new fields do not count.
 * Commands only use the types; the schemas are for tests and for `docs/schemas`, which is generated.
 */
import * as Schema from "effect/Schema";

const text = Schema.String;
const count = Schema.Int;
const maybe = Schema.NullOr;

function document<const Name extends string, Fields extends Schema.Struct.Fields>(name: Name, fields: Fields) {
  return Schema.Struct({ schema: Schema.Literal(name), version: Schema.Literal(1), ...fields });
}

const State = Schema.Literals(["no reference", "junction", "waiting", "failed", "cached", "fetch needed", "buildable"]);

/** `bst show`: every field is optional, since a format may choose. Names are those of the symbols of `--format`. */
export const show = document("show", {
  elements: Schema.Array(
    Schema.Struct({
      name: Schema.optionalKey(text),
      kind: Schema.optionalKey(text),
      plugin: Schema.optionalKey(text),
      description: Schema.optionalKey(text),
      key: Schema.optionalKey(maybe(text)),
      "full-key": Schema.optionalKey(maybe(text)),
      "key-document": Schema.optionalKey(Schema.Json),
      state: Schema.optionalKey(State),
      config: Schema.optionalKey(Schema.Json),
      vars: Schema.optionalKey(Schema.Record(text, text)),
      env: Schema.optionalKey(Schema.Record(text, text)),
      public: Schema.optionalKey(Schema.Json),
      workspaced: Schema.optionalKey(Schema.Boolean),
      "workspace-dirs": Schema.optionalKey(maybe(text)),
      deps: Schema.optionalKey(Schema.Array(text)),
      "build-deps": Schema.optionalKey(Schema.Array(text)),
      "runtime-deps": Schema.optionalKey(Schema.Array(text)),
      "source-info": Schema.optionalKey(Schema.Array(Schema.Json)),
      "artifact-cas-digest": Schema.optionalKey(maybe(text)),
    }),
  ),
});

/** What names an artifact: the element that it is of, unless it was named by its key, and its own name once the key is known. */
const named = { element: maybe(text), artifact: maybe(text) };

/** `bst artifact show`. */
export const artifactShow = document("artifact show", {
  artifacts: Schema.Array(
    Schema.Struct({ ...named, state: Schema.Literals(["cached", "failed", "available", "not cached"]) }),
  ),
});

/** `bst artifact list-contents`; sizes in bytes, of a link that of its target. */
export const artifactListContents = document("artifact list-contents", {
  artifacts: Schema.Array(
    Schema.Struct({
      ...named,
      files: Schema.Array(
        Schema.Struct({
          path: text,
          type: Schema.Literals(["file", "directory", "symlink"]),
          size: count,
          executable: Schema.Boolean,
          /** SHA-256 of a file's content. */
          sha256: maybe(text),
          /** Where a link leads. */
          target: maybe(text),
        }),
      ),
    }),
  ),
});

/** `bst artifact log`. */
export const artifactLog = document("artifact log", {
  artifacts: Schema.Array(Schema.Struct({ ...named, logs: Schema.Array(Schema.Struct({ name: text, text })) })),
});

/** Which source of which element: its position, from 0. */
const placed = { element: text, index: count, kind: text };

/** `bst source list`; `cached` says whether all sources of the element are here. */
export const sourceList = document("source list", {
  sources: Schema.Array(
    Schema.Struct({
      ...placed,
      directory: maybe(text),
      /** Without passwords. */
      urls: Schema.Array(text),
      ref: Schema.Json,
      cached: Schema.Boolean,
    }),
  ),
});

/** `bst source outdated`: sources whose upstream has a newer ref. */
export const sourceOutdated = document("source outdated", {
  sources: Schema.Array(Schema.Struct({ ...placed, current: Schema.Json, newest: Schema.Json })),
});

/** `bst workspace list`. */
export const workspaceList = document("workspace list", {
  workspaces: Schema.Array(Schema.Struct({ element: text, directory: text })),
});

/** `bst cache show`; bytes are those on disk. */
export const cacheShow = document("cache show", {
  directory: text,
  shares: Schema.Array(Schema.Struct({ kind: text, count, bytes: count })),
  /** As the user configuration has it: bytes, a share, or `infinity`. */
  quota: text,
  /** Share of the quota down to which is cleaned. */
  lowWatermark: Schema.Finite,
  free: count,
  reserved: count,
});

/** `bst cache verify`: hashes of damaged objects, and names of records that need them. */
export const cacheVerify = document("cache verify", {
  objects: count,
  bytes: count,
  damaged: Schema.Array(text),
  affected: Schema.Array(text),
});

/** `bst cache clean`: what was removed. */
export const cacheClean = document("cache clean", { objects: count, bytes: count, records: count });

/** What stood and what stands there; absent for nothing. */
const beforeAndAfter = { before: Schema.optionalKey(Schema.Json), after: Schema.optionalKey(Schema.Json) };

/** `bst why`. */
export const why = document("why", {
  elements: Schema.Array(
    Schema.Struct({
      name: text,
      key: maybe(text),
      /** `incomplete`: files of the artifact are gone. `new`: no other artifact of the element is here. */
      state: Schema.Literals(["cached", "failed", "changed", "new", "incomplete", "no reference", "junction"]),
      /** The artifact that it is compared with. */
      previous: maybe(Schema.Struct({ key: text, lastUsed: text, succeeded: Schema.Boolean })),
      /** What it is built from and has another key than then. */
      changed: Schema.Array(text),
      /** The elements that differ by themselves, dependencies first. */
      causes: Schema.Array(
        Schema.Struct({
          element: text,
          /** The elements that lead to it, from the one asked about. */
          through: Schema.Array(text),
          key: maybe(text),
          previousKey: text,
          /** Whether its earlier artifact is gone from the cache, and with it what changed. */
          gone: Schema.Boolean,
          /** Whether it is another one itself; null where that cannot be told. */
          inputs: maybe(Schema.Boolean),
          /** Whether `changes` is all of it: what it was is on record. */
          recorded: Schema.Boolean,
          /** Places in its key document, with numbers for places in lists. */
          changes: Schema.Array(Schema.Struct({ path: Schema.Array(Schema.Union([text, count])), ...beforeAndAfter })),
          variables: Schema.Array(Schema.Struct({ name: text, ...beforeAndAfter })),
          added: Schema.Array(text),
          removed: Schema.Array(text),
          reordered: Schema.Boolean,
        }),
      ),
    }),
  ),
});

/** `bst doctor`; `remedy` is null where nothing is to be done. */
export const doctor = document("doctor", {
  /** Whether nothing keeps bst from working. */
  healthy: Schema.Boolean,
  findings: Schema.Array(
    Schema.Struct({
      check: text,
      status: Schema.Literals(["ok", "warning", "problem"]),
      found: text,
      remedy: maybe(text),
    }),
  ),
});

/** `bst explain`. */
export const explain = document("explain", {
  errors: Schema.Array(
    Schema.Struct({
      domain: text,
      reason: maybe(text),
      cause: text,
      owner: Schema.Literals(["project", "plugin", "host", "remote", "user", "bst"]),
      next: text,
    }),
  ),
});

/** `bst remote check`; null is what the server does not say, or what was not asked. Numbers of digest functions and compressors are REAPI's. */
export const remoteCheck = document("remote check", {
  url: text,
  instance: text,
  type: Schema.Literals(["index", "storage", "all"]),
  encrypted: Schema.Boolean,
  /** What was shown to the server: nothing, `client certificate`, `token`. */
  authentication: Schema.Array(text),
  capabilities: maybe(
    Schema.Struct({
      digestFunctions: Schema.Array(count),
      maxBatchBytes: maybe(count),
      maxBlobBytes: maybe(count),
      compressors: Schema.Array(count),
      updatesActions: Schema.Boolean,
      executes: Schema.Boolean,
      oldest: text,
      version: text,
    }),
  ),
  probes: Schema.Array(
    Schema.Struct({
      name: text,
      works: Schema.Boolean,
      /** Whether a server of this type must have it. */
      needed: Schema.Boolean,
      problem: maybe(text),
      milliseconds: Schema.Finite,
    }),
  ),
  /** Whether all that is needed works. */
  usable: Schema.Boolean,
});

const action = Schema.Literals(["cache-query", "track", "pull", "fetch", "build", "push", "src-push"]);
const outcomes = ["success", "failure", "skipped", "cancelled", "unfinished"] as const;
/** A job of a session; times in milliseconds, the start since the epoch. */
const job = {
  action,
  element: text,
  start: Schema.Finite,
  elapsed: Schema.Finite,
  outcome: Schema.Literals(outcomes),
  bytes: count,
};

/** `bst report`; all times in milliseconds. */
export const report = document("report", {
  /** The recording. */
  file: text,
  name: text,
  targets: Schema.Array(text),
  start: Schema.Finite,
  elapsed: Schema.Finite,
  outcome: Schema.Literals(["success", "failure", "terminated", "unfinished"]),
  /** How many elements were in which state at the beginning. */
  states: Schema.Record(text, count),
  /** What the session waited for: `waited` before each job began though it could have, `crowded` of it because as many ran as may. */
  chain: Schema.Array(Schema.Struct({ ...job, waited: Schema.Finite, crowded: Schema.Finite })),
  actions: Schema.Array(
    Schema.Struct({
      action,
      count,
      elapsed: Schema.Finite,
      outcomes: Schema.Record(Schema.Literals(outcomes), count),
      bytes: count,
    }),
  ),
  phases: Schema.Array(Schema.Struct({ action, name: text, count, elapsed: Schema.Finite })),
  /** `busy` is the time in which 0, 1, 2 … builds ran between the first and the last; `idle` sums what builders did not work then. */
  builders: Schema.Struct({ limit: count, busy: Schema.Array(Schema.Finite), idle: Schema.Finite }),
  /** How long the same jobs would have taken, from the first to the end of the last, with the numbers of jobs that the command line gave. */
  replay: maybe(
    Schema.Struct({
      fetchers: count,
      builders: count,
      pushers: count,
      elapsed: Schema.Finite,
      recorded: Schema.Finite,
      jobs: count,
    }),
  ),
  slowest: Schema.Array(Schema.Struct(job)),
  failures: Schema.Array(
    Schema.Struct({
      ...job,
      log: text,
      domain: maybe(text),
      reason: maybe(text),
      message: text,
      owner: maybe(text),
      next: maybe(text),
    }),
  ),
});

/** All documents by the command that prints them. */
export const all = {
  show,
  "artifact show": artifactShow,
  "artifact list-contents": artifactListContents,
  "artifact log": artifactLog,
  "source list": sourceList,
  "source outdated": sourceOutdated,
  "workspace list": workspaceList,
  "cache show": cacheShow,
  "cache verify": cacheVerify,
  "cache clean": cacheClean,
  doctor,
  explain,
  "remote check": remoteCheck,
  report,
  why,
} as const;

/** A document of any kind, without what {@link Json.print} adds. */
export type Content<Name extends keyof typeof all> = Omit<(typeof all)[Name]["Type"], "schema" | "version">;
