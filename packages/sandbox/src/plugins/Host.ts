/**
 * The plugin host: one Python process in which a project's own plugins live, started when the first is needed.
 *
 * Loading is synchronous, so the line to the host must be, too: two named pipes that are written and read with blocking calls. While the host works
 * on a request it may ask back, which is answered in the same loop. A job (fetching, staging, building) is carried out by a fork of the host, which has all plugins
 * and their configuration, over a socket of its own; see `JobLine`.
 *
 * What plugins print goes to a file that is shown only when something fails. A request that takes too long ends the host, which leaves a traceback there.
 */
import { spawn } from "node:child_process";
import {
  closeSync,
  constants,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { BstError, raise } from "@millrace/core/error/BstError";
import type { Digest } from "@millrace/core/tree/Digest";
import * as Wire from "./Wire.ts";

/** How a host is started. */
export interface Options {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The interpreter that the user wants. */
  readonly python: string | undefined;
  /** Where sources keep what they fetched. */
  readonly sourcedir: string;
  /** Whether build trees are kept, so that commands that remove them are left out. */
  readonly keepsBuildTrees: boolean;
  /** Where Python keeps what it compiled. */
  readonly bytecode: string;
  /** How many seconds a request may take while loading. */
  readonly limit: number;
  /** How many seconds a job may work without asking for anything; 0 for as long as it likes. */
  readonly jobLimit: number;
  /** The digest of a directory of this machine. */
  readonly digestOf: (directory: string) => Digest;
}

/** How questions that the host asks during a request are answered. */
export interface Listener {
  readonly answer: (question: string, args: Wire.Arguments) => Wire.Data;
  readonly hear: (message: Wire.Arguments) => void;
}

/** Something that was said while nobody listens. */
export const deaf: Listener = {
  answer: (question) =>
    raise({ domain: "PLUGIN", reason: null, message: `A plugin asked for '${question}' at a time when it cannot` }),
  hear: () => {},
};

/** A host that runs, or ran. */
export interface Host {
  readonly directory: string;
  readonly logFile: string;
  readonly jobLimit: number;
  /** Answers what needs no knowledge of who asks; undefined when it is another question. */
  readonly own: (question: string, args: Wire.Arguments) => Wire.Data | undefined;
  /** What is known of sources by number, since they were checked along with their element. */
  readonly checked: Map<number, Wire.Arguments>;
  /** Sends a request and waits for its result. */
  readonly exchange: (verb: string, args: Wire.Arguments, listener: Listener, what: string) => Wire.Data;
  /** A number that no object of the host has yet. */
  readonly number: () => number;
}

/** Where our own Python package is: beside the sources, or beside the bundle. */
function packageDirectory(): string {
  const places = ["./python/", "../../python/"].map((place) => fileURLToPath(new URL(place, import.meta.url)));
  return places.find((place) => existsSync(join(place, "buildstream"))) ?? (places[0] as string);
}

/** The interpreter: the one wished for, `python3` of the PATH, or where it usually is. */
export function interpreter({ environment, python }: Pick<Options, "environment" | "python">): string {
  const chosen = python ?? environment["MILLRACE_PYTHON"];
  if (chosen !== undefined && chosen !== "") return chosen;
  const directories = [...(environment["PATH"] ?? "").split(delimiter), "/usr/bin", "/usr/local/bin"];
  const found = directories.map((directory) => join(directory, "python3")).find((path) => existsSync(path));
  return (
    found ??
    raise({
      domain: "PLUGIN",
      reason: null,
      message: "The project has plugins written in Python, and there is no python3",
      hint: "Install Python 3.9 or newer, or name its interpreter as `plugins: python:` in the user configuration.",
    })
  );
}

const sleeper = new Int32Array(new SharedArrayBuffer(4));

function sleep(milliseconds: number): void {
  Atomics.wait(sleeper, 0, 0, milliseconds);
}

/** Whether a child has ended; it stays a zombie as long as nobody has time to wait for it. */
function ended(pid: number): boolean {
  try {
    return /\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return true;
  }
}

/** Sockets of jobs lie below, and their paths may have 107 bytes. */
const longestPlace = 64;

const bootstrap = "import sys; sys.path[0] = sys.argv.pop(1); from buildstream._host import serve; serve.main()";

/** Starts a host; it ends with this process, or before. */
export function start(options: Options): Host {
  const python = interpreter(options);
  const place = options.environment["TMPDIR"] ?? tmpdir();
  const directory = mkdtempSync(join(place.length > longestPlace ? "/tmp" : place, "millrace-plugins-"));
  process.once("exit", () => rmSync(directory, { recursive: true, force: true }));
  const requests = join(directory, "requests");
  const answers = join(directory, "answers");
  const logFile = join(directory, "output");
  const log = openSync(logFile, "a");
  const child = spawn(python, ["-c", bootstrap, packageDirectory(), requests, answers, String(options.limit)], {
    stdio: ["ignore", log, log],
    // Signals of the terminal are not for it, and what it sends to its group stays there.
    detached: true,
    env: { ...options.environment, PYTHONPYCACHEPREFIX: options.bytecode, PYTHONUNBUFFERED: "1" },
  });
  closeSync(log);
  child.on("error", () => {});
  child.unref();
  const { pid } = child;
  let alive = pid !== undefined;
  const dead = (what: string): BstError => {
    alive = false;
    if (pid !== undefined) killGroup(pid);
    return new BstError({
      domain: "PLUGIN",
      reason: null,
      message: `The Python process of the project's plugins ended ${what}`,
      detail: tail(logFile),
      hint: `It ran with ${python}, and a request may take ${options.limit} seconds.`,
    });
  };
  const connect = (): { readonly to: number; readonly from: number } => {
    for (let waited = 0; pid !== undefined && waited < 30_000; waited += 1) {
      if (ended(pid)) throw dead("when it was started");
      const probe = tryOpen(requests);
      if (probe !== undefined) {
        const to = openSync(requests, constants.O_WRONLY);
        closeSync(probe);
        return { to, from: openSync(answers, constants.O_RDONLY) };
      }
      sleep(1);
    }
    throw dead("when it was started");
  };
  const line = connect();
  const header = Buffer.alloc(4);
  const receive = (what: string): Wire.Arguments => {
    readExactly(line.from, header, () => dead(what));
    const length = header.readUInt32LE(0);
    if (length > longestFrame) throw dead(what);
    const body = Buffer.alloc(length);
    readExactly(line.from, body, () => dead(what));
    const message = parse(body.toString("utf8"));
    if (message === undefined) throw dead(what);
    return message;
  };
  const send = (value: Wire.Data, what: string): void => {
    try {
      writeAll(line.to, frame(value));
    } catch {
      throw dead(what);
    }
  };
  const own: Host["own"] = (question, args) =>
    question === "host-digest" ? { ...options.digestOf(Wire.text(args["directory"])) } : undefined;
  const exchange: Host["exchange"] = (verb, args, listener, what) => {
    if (!alive) throw dead("before");
    const raised: BstError[] = [];
    send({ do: verb, with: args }, what);
    for (;;) {
      const message = receive(what);
      if ("ok" in message) return message["ok"];
      if ("error" in message) throw Wire.error(message["error"], raised);
      if ("say" in message) listener.hear(Wire.record(message["say"]));
      else send(answerTo(message, own, listener, raised), what);
    }
  };
  let last = 0;
  const { jobLimit } = options;
  const host: Host = { directory, logFile, jobLimit, own, checked: new Map(), exchange, number: () => ++last };
  exchange(
    "settings",
    { sourcedir: options.sourcedir, keepsBuildTrees: options.keepsBuildTrees },
    deaf,
    "when it was started",
  );
  return host;
}

/** The answer to a question; an error is sent, too. */
function answerTo(message: Wire.Arguments, own: Host["own"], listener: Listener, raised: BstError[]): Wire.Data {
  try {
    const question = Wire.text(message["ask"]);
    const args = Wire.record(message["with"]);
    return { ok: own(question, args) ?? listener.answer(question, args) ?? null };
  } catch (cause) {
    if (!(cause instanceof BstError)) throw cause;
    raised.push(cause);
    return { error: Wire.errorFields(cause) };
  }
}

function tryOpen(path: string): number | undefined {
  try {
    return openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch {
    // It is not there yet, or nobody reads it.
    return undefined;
  }
}

/** A message as it goes over the line. */
export function frame(value: Wire.Data): Buffer {
  const body = Buffer.from(JSON.stringify(value), "utf8");
  const head = Buffer.alloc(4);
  head.writeUInt32LE(body.length, 0);
  return Buffer.concat([head, body]);
}

function writeAll(file: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}

function readExactly(file: number, into: Buffer, end: () => BstError): void {
  for (let at = 0; at < into.length; ) {
    const count = readSync(file, into, at, into.length - at, null);
    if (count === 0) throw end();
    at += count;
  }
}

/** More than any plugin says at once; what claims to be longer is no message. */
export const longestFrame = 1 << 28;

/** A message; undefined when it is none, because a plugin wrote into the line. */
export function parse(text: string): Wire.Arguments | undefined {
  try {
    return Wire.record(JSON.parse(text) as Wire.Data);
  } catch {
    return undefined;
  }
}

/** Ends a process and all that it leads. */
export function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // Nothing of it is left.
  }
}

const mostShown = 8000;

/** The end of what was printed; undefined when nothing was. */
export function tail(file: string): string | undefined {
  try {
    const printed = readFileSync(file, "utf8").slice(-mostShown).trim();
    return printed === "" ? undefined : printed;
  } catch {
    return undefined;
  }
}
