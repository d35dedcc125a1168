/**
 * One job of the plugin host: a fork of it that does one piece of work and asks back over a socket while it does.
 *
 * Questions are answered by effects, so a job may run sandboxes and fetch artifacts. Whatever a job started ends with it, since it leads a session of its own
 * that is killed in the end.
 */
import { readFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { BstError, restated } from "@millrace/core/error/BstError";
import * as Effect from "effect/Effect";
import * as Host from "./Host.ts";
import * as Wire from "./Wire.ts";

/** A job. */
export interface Request {
  readonly host: Host.Host;
  readonly verb: string;
  readonly args: Wire.Arguments;
  /** What is done, for messages about a host that died of it. */
  readonly what: string;
  /** The file that gets what the job prints and what the programs print that it runs; one is made when undefined. */
  readonly logFile: string | undefined;
  readonly answer: (question: string, args: Wire.Arguments) => Effect.Effect<Wire.Data, BstError>;
  readonly hear: (message: Wire.Arguments) => void;
}

/** Runs a job to its end. */
export const run = Effect.fnUntraced(function* (request: Request): Effect.fn.Return<Wire.Data, BstError> {
  return yield* Effect.scoped(
    Effect.gen(function* () {
      const { host, what } = request;
      const number = host.number();
      const path = join(host.directory, `job-${number}`);
      const log = request.logFile ?? join(host.directory, `job-${number}.log`);
      const server = yield* Effect.acquireRelease(listen(path), (server) => Effect.sync(() => server.close()));
      const connected = new Promise<Socket>((resolve) => server.once("connection", resolve));
      const pid = yield* Effect.acquireRelease(
        Effect.try({
          try: () => Number(host.exchange("job", { socket: path }, Host.deaf, what)),
          catch: (cause) => (cause instanceof BstError ? cause : broken(what, String(cause), undefined)),
        }),
        (pid) => Effect.sync(() => finish(host, pid)),
      );
      const socket = yield* Effect.promise(() => Promise.race([connected, death(pid)]));
      if (socket === undefined) return yield* broken(what, "it could not begin", Host.tail(log));
      yield* Effect.addFinalizer(() => Effect.sync(() => socket.destroy()));
      const next = frames(socket);
      const send = (value: Wire.Data) => socket.write(Host.frame(value));
      send({ do: request.verb, with: request.args, log });
      const raised: BstError[] = [];
      for (;;) {
        const message = yield* Effect.promise(() => within(host.jobLimit, pid, next));
        if (message === "late") return yield* late(what, host.jobLimit, Host.tail(log));
        if (message === undefined) return yield* broken(what, "its process ended", Host.tail(log));
        if ("ok" in message) return message["ok"];
        if ("error" in message) {
          const error = Wire.error(message["error"], raised);
          const printed = request.logFile === undefined ? Host.tail(log) : undefined;
          return yield* error.detail === undefined && printed !== undefined
            ? restated(error, { detail: printed })
            : error;
        }
        if ("say" in message) {
          request.hear(Wire.record(message["say"]));
          continue;
        }
        const answer = yield* Effect.result(answerTo(request, Wire.text(message["ask"]), Wire.record(message["with"])));
        if (answer._tag === "Success") send({ ok: answer.success ?? null });
        else {
          raised.push(answer.failure);
          send({ error: Wire.errorFields(answer.failure) });
        }
      }
    }),
  );
});

/** Answers a question, unless what it is about is not there any more. */
function answerTo(request: Request, question: string, args: Wire.Arguments): Effect.Effect<Wire.Data, BstError> {
  const own = Effect.try({
    try: () => request.host.own(question, args),
    catch: (cause) => (cause instanceof BstError ? cause : broken(request.what, String(cause), undefined)),
  });
  return Effect.flatMap(own, (known) => (known === undefined ? request.answer(question, args) : Effect.succeed(known)));
}

function late(what: string, seconds: number, detail: string | undefined): BstError {
  return new BstError({
    domain: "PLUGIN",
    reason: null,
    message: `A plugin failed ${what}: it did nothing that could be seen for ${seconds} seconds`,
    detail,
    hint: "If it needs longer, raise `plugins: job-limit` in the user configuration, or set it to 0.",
  });
}

function broken(what: string, how: string, detail: string | undefined): BstError {
  return new BstError({ domain: "PLUGIN", reason: null, message: `A plugin failed ${what}: ${how}`, detail });
}

function listen(path: string): Effect.Effect<Server, BstError> {
  return Effect.callback<Server, BstError>((resume) => {
    const server = createServer();
    server.once("error", (cause) => resume(Effect.fail(broken("to be reached", cause.message, undefined))));
    server.listen(path, () => resume(Effect.succeed(server)));
  });
}

/** Comes when a process has ended; nobody waits for it, so it stays a zombie. */
async function death(pid: number): Promise<undefined> {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 100).unref());
    try {
      if (/\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, "latin1"))) return undefined;
    } catch {
      return undefined;
    }
  }
}

/** Ends a job with all that it started, also what left its session: that has become the host's. */
function finish(host: Host.Host, pid: number): void {
  Host.killGroup(pid);
  try {
    host.exchange("job-ended", { job: pid }, Host.deaf, "when a job had ended");
  } catch {
    // The host is gone, and what it had adopted with it.
  }
}

const graceful = 200;

/** The next message, unless the job takes longer than it may; then its log has been given a traceback. */
async function within(
  seconds: number,
  pid: number,
  next: () => Promise<Wire.Arguments | undefined>,
): Promise<Wire.Arguments | undefined | "late"> {
  if (seconds <= 0) return next();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<"late">((resolve) => {
    timer = setTimeout(() => {
      try {
        process.kill(pid, "SIGUSR1");
      } catch {
        // It has just ended.
      }
      setTimeout(() => resolve("late"), graceful);
    }, seconds * 1000);
  });
  try {
    return await Promise.race([next(), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Reads frames one by one; undefined when there are no more. */
function frames(socket: Socket): () => Promise<Wire.Arguments | undefined> {
  let buffered: Buffer = Buffer.alloc(0);
  let closed = false;
  let wake: (() => void) | undefined;
  const change = () => {
    wake?.();
    wake = undefined;
  };
  socket.on("data", (bytes: Buffer) => {
    buffered = Buffer.concat([buffered, bytes]);
    change();
  });
  const end = () => {
    closed = true;
    change();
  };
  socket.on("error", end);
  socket.on("close", end);
  /** A plugin wrote into the line: no more messages can be told apart. */
  const spoiled = (): undefined => {
    buffered = Buffer.alloc(0);
    socket.destroy();
    end();
    return undefined;
  };
  const take = (): Wire.Arguments | undefined => {
    if (buffered.length < 4) return undefined;
    const length = buffered.readUInt32LE(0);
    if (length > Host.longestFrame) return spoiled();
    if (buffered.length < 4 + length) return undefined;
    const text = buffered.toString("utf8", 4, 4 + length);
    buffered = buffered.subarray(4 + length);
    return Host.parse(text) ?? spoiled();
  };
  return async () => {
    for (;;) {
      const frame = take();
      if (frame !== undefined || closed) return frame;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
}
