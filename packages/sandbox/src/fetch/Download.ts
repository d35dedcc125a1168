/**
 * One download to a file: `http`, `https` and `file` urls (others through the host's curl), hashed while it streams.
 *
 * A transfer that breaks off is taken up where it ended when the server can do that (a strong tag or a date to say it is still the same file), and
 * tried again with growing pauses otherwise; what a server says with a status is final, except that it is busy. Everything that fails here is
 * temporary in the scheduler's eyes. Passwords come from `.netrc`, and are never part of a message.
 */
import { randomBytes } from "node:crypto";
import {
  closeSync,
  constants,
  copyFileSync,
  createReadStream,
  ftruncateSync,
  openSync,
  rmSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { BstError } from "@millrace/core/error/BstError";
import * as Sha256 from "@millrace/core/tree/Sha256";
import * as Duration from "effect/Duration";
import * as Effect from "effect/Effect";
import type * as Scope from "effect/Scope";
import * as Leftovers from "../cas/Leftovers.ts";
import * as Owners from "../staging/Owners.ts";
import { withoutSecrets } from "./AliasUrls.ts";
import * as Curl from "./Curl.ts";
import * as Http from "./Http.ts";
import * as Netrc from "./Netrc.ts";
import * as Room from "./Room.ts";

export interface Request {
  readonly url: string;
  /** Where the file is made, under a name of its own. */
  readonly directory: string;
  /** The tag of the content at hand; the answer is then `unchanged` when the server still has it. */
  readonly etag?: string | undefined;
  readonly bearer?: boolean | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Bytes that the file may have. */
  readonly limit?: number | undefined;
  /** Milliseconds without a byte after which the server counts as gone, and of the first pause between trials. */
  readonly patience?: { readonly silence: number; readonly pause: number } | undefined;
  readonly progress?: ((done: number, total: number | undefined) => void) | undefined;
}

export type Response =
  | { readonly type: "unchanged" }
  | {
      readonly type: "file";
      /** The caller renames or removes it. */
      readonly file: string;
      readonly sha256: string;
      readonly size: number;
      readonly etag: string | undefined;
    };

const trials = 3;
/** Fewer bytes than these in as many milliseconds as silence may last count as silence: a server that drips would hold a task for days. */
const leastBytes = 1000;
/** No byte for so long (milliseconds) means that the server is gone; no server's wish to be left alone is granted for longer. */
const usualPatience = { silence: 60_000, pause: 250 };

/** The error of a download. */
export function failure(url: string, why: string, temporary = true): BstError {
  return new BstError({
    domain: "SOURCE",
    reason: null,
    message: `Cannot download ${withoutSecrets(url)}: ${why}`,
    hint: temporary ? "Try again; if the server is gone for good, add a mirror for it." : undefined,
    temporary,
  });
}

/** Downloads to a fresh file in a directory. */
export const toFile = Effect.fnUntraced(function* (request: Request): Effect.fn.Return<Response, BstError> {
  const { url } = request;
  Leftovers.cleanDirectory(request.directory);
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase();
  const file = join(request.directory, `${Owners.name()}-${randomBytes(4).toString("hex")}.part`);
  const work =
    scheme === "file"
      ? copyLocal(request, file)
      : scheme === "http" || scheme === "https"
        ? overHttp(request, file)
        : scheme === "ftp" || scheme === "sftp"
          ? Curl.download(url, file).pipe(Effect.flatMap(() => described(url, file)))
          : Effect.fail(failure(url, `the url type '${scheme ?? ""}' is not known`, false));
  return yield* work.pipe(Effect.onError(() => Effect.sync(() => rmSync(file, { force: true }))));
});

function copyLocal(request: Request, file: string): Effect.Effect<Response, BstError> {
  return Effect.try({
    try: () => copyFileSync(fileURLToPath(request.url), file, constants.COPYFILE_FICLONE),
    catch: (cause) => failure(request.url, (cause as Error).message),
  }).pipe(Effect.flatMap(() => described(request.url, file)));
}

/** Hashes a file that something else wrote. */
function described(url: string, file: string): Effect.Effect<Response, BstError> {
  return Effect.tryPromise({
    try: async (signal): Promise<Response> => {
      const hash = Sha256.start();
      let size = 0;
      for await (const bytes of createReadStream(file, { highWaterMark: 1 << 20, signal })) {
        hash.update(bytes as Buffer);
        size += (bytes as Buffer).length;
      }
      return { type: "file", file, sha256: hash.hex(), size, etag: undefined };
    },
    catch: (cause) => failure(url, (cause as Error).message),
  });
}

/** What a broken transfer leaves for the next trial. */
interface Partial {
  hash: Sha256.Running;
  size: number;
  /** Proves to the server which file this is the beginning of. */
  validator: string | undefined;
}

class Final extends Error {}

/** The server asks to be left alone for so many milliseconds. */
class Busy extends Error {
  readonly wait: number;
  constructor(text: string, wait: number) {
    super(text);
    this.wait = wait;
  }
}

const overHttp = Effect.fnUntraced(function* (
  request: Request,
  file: string,
): Effect.fn.Return<Response, BstError, Scope.Scope> {
  const partial: Partial = { hash: Sha256.start(), size: 0, validator: undefined };
  const to = yield* Effect.acquireRelease(
    Effect.try({
      try: () => openSync(file, "wx", 0o666),
      catch: (cause) => failure(request.url, (cause as Error).message, false),
    }),
    (descriptor) => Effect.sync(() => closeSync(descriptor)),
  );
  for (let trial = 1; ; trial++) {
    const result = yield* Effect.result(
      Http.limited(
        request.url,
        Effect.tryPromise({
          try: (signal) => transfer(request, file, to, partial, signal),
          catch: (cause) => cause as Error,
        }),
      ),
    );
    if (result._tag === "Success") return result.success;
    const cause = result.failure;
    if (cause instanceof BstError) return yield* cause;
    if (cause instanceof Final || trial === trials) return yield* failure(request.url, reasonOf(cause));
    const { pause, silence } = request.patience ?? usualPatience;
    const asked = cause instanceof Busy ? Math.min(cause.wait, silence) : 0;
    yield* Effect.sleep(Duration.millis(Math.max(asked, pause * 4 ** (trial - 1))));
  }
}, Effect.scoped);

function reasonOf(cause: Error): string {
  const deeper = cause.cause instanceof Error ? cause.cause.message : undefined;
  return deeper === undefined || deeper === "" ? cause.message : deeper;
}

async function transfer(
  request: Request,
  file: string,
  to: number,
  partial: Partial,
  interrupted: AbortSignal,
): Promise<Response> {
  const stalled = new AbortController();
  const { silence } = request.patience ?? usualPatience;
  const room = Room.open(request.url, request.limit);
  let timer = setTimeout(() => stalled.abort(new Error("the server stopped answering")), silence);
  let since = performance.now();
  let received = 0;
  const alive = (bytes = leastBytes) => {
    received += bytes;
    const now = performance.now();
    if (now - since > silence) {
      if (received < leastBytes) stalled.abort(new Error(`the server sent only ${received} bytes in a long time`));
      since = now;
      received = 0;
    }
    clearTimeout(timer);
    timer = setTimeout(() => stalled.abort(new Error("the server stopped answering")), silence);
  };
  try {
    const resuming = partial.size > 0 && partial.validator !== undefined;
    const response = await send(
      request,
      resuming ? partial : undefined,
      AbortSignal.any([interrupted, stalled.signal]),
    );
    alive();
    if (response.status === 304) return { type: "unchanged" };
    const etag = response.headers.get("etag") ?? undefined;
    if (!response.ok) {
      await response.body?.cancel();
      const text = `the server answers ${response.status} ${response.statusText}`.trim();
      if (response.status === 429 || response.status === 503) throw new Busy(text, waitOf(response));
      throw response.status >= 500 || resuming ? new Error(text) : new Final(text);
    }
    if (request.etag !== undefined && etag === request.etag) {
      await response.body?.cancel();
      return { type: "unchanged" };
    }
    if (response.status !== 206) restart(partial, to);
    partial.validator = validatorOf(response);
    const length = Number(response.headers.get("content-length") ?? Number.NaN);
    // What fetch has decoded is longer than what the header counts.
    const encoded = (response.headers.get("content-encoding") ?? "identity") !== "identity";
    const total = Number.isNaN(length) || encoded ? undefined : partial.size + length;
    for await (const bytes of response.body ?? []) {
      alive(bytes.length);
      room.take(bytes.length);
      for (let at = 0; at < bytes.length; ) at += writeSync(to, bytes, at, bytes.length - at, partial.size + at);
      partial.hash.update(bytes);
      partial.size += bytes.length;
      request.progress?.(partial.size, total);
    }
    if (total !== undefined && partial.size < total)
      throw new Error(`it broke off at ${partial.size} of ${total} bytes`);
    return { type: "file", file, sha256: partial.hash.hex(), size: partial.size, etag };
  } catch (cause) {
    if (reasonOf(cause as Error) === "redirect count exceeded") throw new Final("it redirects without end");
    throw stalled.signal.aborted && !interrupted.aborted ? stalled.signal.reason : cause;
  } finally {
    clearTimeout(timer);
  }
}

/** What `Retry-After` says, as seconds or as a date; in milliseconds. */
function waitOf(response: globalThis.Response): number {
  const text = response.headers.get("retry-after") ?? "";
  const wait = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isNaN(wait) ? 0 : Math.max(0, wait);
}

function restart(partial: Partial, to: number): void {
  ftruncateSync(to, 0);
  partial.hash = Sha256.start();
  partial.size = 0;
}

function validatorOf(response: globalThis.Response): string | undefined {
  const etag = response.headers.get("etag");
  if (etag !== null && !etag.startsWith("W/")) return etag;
  return response.headers.get("last-modified") ?? undefined;
}

async function send(request: Request, partial: Partial | undefined, signal: AbortSignal): Promise<globalThis.Response> {
  const url = new URL(request.url);
  const headers: Record<string, string> = {
    Accept: "*/*",
    // Archives come as they are: a server that compresses on the way would change what is hashed.
    "Accept-Encoding": "identity",
    "User-Agent": "BuildStream/2",
    ...request.headers,
  };
  if (request.etag !== undefined) headers["If-None-Match"] = request.etag;
  if (partial !== undefined) {
    headers["Range"] = `bytes=${partial.size}-`;
    headers["If-Range"] = partial.validator as string;
  }
  const login = Netrc.find(Netrc.load(), url.hostname);
  if (request.bearer === true) {
    if (login !== undefined) headers["Authorization"] = `Bearer ${login.password}`;
    return Http.send(url, { headers, signal });
  }
  const credentials =
    url.username === ""
      ? login
      : { login: decodeURIComponent(url.username), password: decodeURIComponent(url.password) };
  url.username = "";
  url.password = "";
  const response = await Http.send(url, { headers, signal });
  if (response.status !== 401 || credentials === undefined) return response;
  // Only a server that asks for a password is told it.
  await response.body?.cancel();
  const token = Buffer.from(`${credentials.login}:${credentials.password}`).toString("base64");
  return Http.send(url, { headers: { ...headers, Authorization: `Basic ${token}` }, signal });
}
