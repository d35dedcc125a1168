/**
 * The lines of a recording: events as JSON, with the time at which each happened.
 *
 * It is what `--events FILE` writes and what is kept of each session. The first line is the header; the last one may be cut short where the machine went down.
 */
import * as Option from "effect/Option";
import * as Schema from "effect/Schema";

/** Raised when fields change their meaning; new fields do not count. */
export const version = 1;

const text = Schema.String;
const count = Schema.Int;
const maybe = Schema.NullOr;
const names = Schema.Array(text);
const ids = Schema.Array(count);
const lazy = Schema.optionalKey;

/** Milliseconds since the epoch. */
const time = Schema.Finite;
const milliseconds = Schema.Finite;

function line<const Type extends string, Fields extends Schema.Struct.Fields>(type: Type, fields: Fields) {
  return Schema.Struct({ time, type: Schema.Literal(type), ...fields });
}

const subject = Schema.Struct({ name: text, key: maybe(text), keyIsStrict: Schema.Boolean });
const place = Schema.Struct({ file: text, line: count, column: count });
const task = Schema.Struct({ domain: text, reason: maybe(text) });
const failure = Schema.Struct({
  domain: text,
  reason: maybe(text),
  message: text,
  detail: lazy(text),
  hint: lazy(text),
  place: lazy(place),
  task: lazy(task),
  cause: text,
  owner: text,
  next: text,
});
const action = Schema.Literals(["cache-query", "track", "pull", "fetch", "build", "push", "src-push"]);
const state = Schema.Literals(["no reference", "junction", "waiting", "failed", "cached", "fetch needed", "buildable"]);
const status = Schema.Struct({ id: count, name: text, fullKey: text, keyIsStrict: Schema.Boolean, state });
const queues = Schema.Array(
  Schema.Struct({ name: text, completeName: text, processed: count, skipped: count, failed: names }),
);
const kind = Schema.Literals([
  "debug",
  "status",
  "info",
  "warning",
  "error",
  "bug",
  "log",
  "start",
  "success",
  "failure",
  "skipped",
]);

/** One line. */
export const Line = Schema.Union([
  line("header", { version: Schema.Literal(version) }),
  line("session-start", { name: text, targets: names }),
  line("graph", {
    targets: names,
    limits: Schema.Struct({ fetchers: count, builders: count, pushers: count }),
    elements: Schema.Array(Schema.Struct({ id: count, name: text, kind: text, state, build: ids, run: ids })),
  }),
  line("announce", { elements: Schema.Array(status), session: count, estimate: lazy(milliseconds) }),
  line("job-start", { job: count, action, element: subject, attempt: count, log: text }),
  line("job-progress", { job: count, done: count, total: lazy(count), unit: Schema.Literals(["bytes", "files"]) }),
  line("job-end", {
    job: count,
    outcome: Schema.Literals(["success", "failure", "skipped", "cancelled"]),
    elapsed: milliseconds,
    /** Bytes that were transferred, where that is known. */
    bytes: lazy(count),
    error: lazy(failure),
  }),
  line("phase-start", { job: maybe(count), depth: count, name: text }),
  line("phase-end", {
    job: maybe(count),
    depth: count,
    name: text,
    outcome: Schema.Literals(["success", "failure", "cancelled"]),
    elapsed: milliseconds,
  }),
  line("message", {
    kind,
    text,
    detail: lazy(text),
    element: lazy(subject),
    task: lazy(subject),
    action: lazy(action),
    elapsed: lazy(milliseconds),
    log: lazy(text),
    scheduler: lazy(Schema.Boolean),
    sandbox: lazy(Schema.Boolean),
    error: lazy(failure),
  }),
  line("queues", { queues, session: count, total: count }),
  line("suspended", {}),
  line("resumed", {}),
  line("summary", { total: count, session: count, queues, resolved: Schema.Array(status) }),
  line("session-end", { name: text, elapsed: milliseconds, failed: Schema.Boolean, terminated: Schema.Boolean }),
]);
export type Line = typeof Line.Type;

/** A line of one type. */
export type LineOf<Type extends Line["type"]> = Extract<Line, { readonly type: Type }>;

const decode = Schema.decodeUnknownOption(Line);

/** Reads a recording. What is no line of one is passed over; undefined when the beginning is not that of a recording. */
export function read(content: string): readonly Line[] | undefined {
  const lines: Line[] = [];
  for (const written of content.split("\n")) {
    const found = written === "" ? Option.none<Line>() : decode(parsed(written));
    if (Option.isSome(found)) lines.push(found.value);
    if (lines[0]?.type !== "header") return undefined;
  }
  return lines;
}

function parsed(written: string): unknown {
  try {
    return JSON.parse(written);
  } catch {
    return undefined;
  }
}
