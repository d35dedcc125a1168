/**
 * The host's git, as sources use it.
 *
 * Talking to servers honours the user's git configuration (proxies, credentials, replacements of urls); working on objects does not, so that a staged
 * tree never depends on whose machine it is. git never asks for a password. Urls and refs come after `--`, and those that begin with a dash
 * are refused, since old gits would take them for options.
 */
import { spawn, spawnSync } from "node:child_process";
import { type BstError, raise } from "@millrace/core/error/BstError";
import * as Effect from "effect/Effect";
import * as HostProgram from "../HostProgram.ts";

const common = { GIT_TERMINAL_PROMPT: "0", LC_ALL: "C" };
/** The environment of a git that depends on nobody's configuration. */
export const alone = { ...common, GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_GLOBAL: "/dev/null", GIT_ATTR_NOSYSTEM: "1" };

/** Runs git on objects at hand. */
export function local(
  directory: string,
  parameters: readonly string[],
  failure: string,
  options: Partial<HostProgram.Run> = {},
): Effect.Effect<HostProgram.Output, BstError> {
  return HostProgram.run({
    program: "git",
    // The cache may belong to another user than ours (containers): it is ours to read all the same.
    arguments: ["-c", "safe.directory=*", "-c", "gc.auto=0", ...parameters],
    cwd: directory,
    environment: alone,
    failure,
    ...options,
  });
}

/** Runs git against a server. Failures are temporary. */
export function remote(
  directory: string,
  parameters: readonly string[],
  failure: string,
  options: Partial<HostProgram.Run> = {},
): Effect.Effect<HostProgram.Output, BstError> {
  return HostProgram.run({
    program: "git",
    // What is received appears at once, as a pack: objects one by one would let others see a commit before its files.
    arguments: [
      ...["safe.directory=*", "gc.auto=0", "protocol.version=2", "fetch.unpackLimit=1"].flatMap((setting) => [
        "-c",
        setting,
      ]),
      ...parameters,
    ],
    cwd: directory,
    environment: common,
    failure,
    temporary: true,
    ...options,
  });
}

/** Whether a repository has an object, of any type; false when it is no repository. */
export function hasObject(repository: string, name: string): boolean {
  checkName(name);
  return answers(repository, ["cat-file", "-e", name]);
}

/** Whether one commit is in the history of another, as far as the repository knows. */
export function isAncestor(repository: string, ancestor: string, commit: string): boolean {
  checkName(commit);
  return answers(repository, ["merge-base", "--is-ancestor", ancestor, commit]);
}

function answers(repository: string, parameters: readonly string[]): boolean {
  return read(repository, parameters) !== undefined;
}

/** What git prints about a repository; undefined when it fails. Synchronous: for questions that take milliseconds. */
export function read(repository: string, parameters: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync("git", ["-c", "safe.directory=*", ...parameters], {
    cwd: repository,
    env: { ...process.env, ...alone, GIT_DIR: repository },
    stdio: ["ignore", "pipe", "ignore"],
    maxBuffer: 1 << 28,
  });
  return status === 0 ? stdout.toString() : undefined;
}

/** Refuses urls that git would not take for one. */
export function checkUrl(url: string): void {
  if (url.startsWith("-") || /^ext::/i.test(url))
    raise({
      domain: "SOURCE",
      reason: null,
      message: `${JSON.stringify(url)} is no url of a git repository`,
      hint: "Write it as https://…, ssh://…, git://… or file://….",
    });
}

/** Refuses names of commits, branches and tags that git could take for an option. */
export function checkName(name: string): void {
  if (name.startsWith("-"))
    raise({
      domain: "SOURCE",
      reason: null,
      message: `${JSON.stringify(name)} is no name of a commit, branch or tag`,
      hint: "Names do not begin with a dash.",
    });
}

export interface GitObject {
  readonly name: string;
  readonly type: "commit" | "tree" | "blob" | "tag";
}

/** Where the objects of a batch go, one after the other. */
export interface ObjectSink {
  readonly begin: (object: GitObject, size: number) => void;
  readonly data: (bytes: Uint8Array) => void;
  readonly end: () => void;
}

/** Reads objects in one run of git, in the order asked for, streaming their contents. */
export function readObjects(
  repository: string,
  names: readonly string[],
  sink: ObjectSink,
): Effect.Effect<void, BstError> {
  return Effect.tryPromise({
    try: (signal) => streamObjects(repository, names, sink, signal),
    catch: (cause) => cause as Error,
  }).pipe(
    Effect.catch((cause) =>
      cause instanceof Error && "_tag" in cause
        ? Effect.fail(cause as BstError)
        : HostProgram.failed(`Cannot read objects of ${repository}`, cause),
    ),
  );
}

async function streamObjects(
  repository: string,
  names: readonly string[],
  sink: ObjectSink,
  signal: AbortSignal,
): Promise<void> {
  if (names.length === 0) return;
  const child = spawn("git", ["-c", "safe.directory=*", "cat-file", "--batch", "--buffer"], {
    cwd: repository,
    env: { ...process.env, ...alone, GIT_DIR: repository },
    stdio: ["pipe", "pipe", "ignore"],
    signal,
  });
  child.stdin.on("error", () => {});
  child.stdin.end(`${names.join("\n")}\n`);
  const failed = new Promise<never>((_, reject) => {
    child.on("error", reject);
  });
  failed.catch(() => {});
  const reader = batchReader(repository, sink);
  try {
    for await (const bytes of child.stdout) reader.push(bytes as Buffer);
  } finally {
    child.kill();
  }
  if (reader.count() !== names.length) await Promise.race([failed, Promise.reject(new Error("git ended early"))]);
}

/** Takes the stream of `NAME TYPE SIZE\nCONTENT\n` apart. */
function batchReader(repository: string, sink: ObjectSink): { push: (bytes: Buffer) => void; count: () => number } {
  let line = "";
  let left = -1;
  let count = 0;
  const push = (bytes: Buffer): void => {
    for (let at = 0; at < bytes.length; ) {
      if (left > 0) {
        const size = Math.min(left, bytes.length - at);
        sink.data(bytes.subarray(at, at + size));
        left -= size;
        at += size;
      } else if (left === 0) {
        // The newline after a content.
        sink.end();
        count++;
        left = -1;
        at++;
      } else {
        const end = bytes.indexOf(10, at);
        line += bytes.toString("latin1", at, end === -1 ? bytes.length : end);
        at = end === -1 ? bytes.length : end + 1;
        if (end === -1) continue;
        const [name, type, size] = line.split(" ");
        line = "";
        if (size === undefined)
          raise({
            domain: "SOURCE",
            reason: null,
            message: `The git repository ${repository} lacks object ${name}`,
            hint: "Fetch the source again.",
          });
        left = Number(size);
        sink.begin({ name: name as string, type: type as GitObject["type"] }, left);
      }
    }
  };
  return { push, count: () => count };
}
