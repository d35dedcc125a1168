/**
 * A proxy for gRPC over unencrypted HTTP/2, between a client and a server on loopback: writes down what passes, and does to calls what bad networks and bad servers do.
 *
 * It knows frames of messages but not their content, so every service passes through it.
 */
import * as Http2 from "node:http2";
import type { AddressInfo } from "node:net";

/** What becomes of a call. Offsets count bytes of content in the direction that is meant. */
export type Fault =
  /** Passes on later. */
  | { readonly type: "delay"; readonly milliseconds: number }
  /** The whole connection breaks, after so many bytes of the answer. */
  | { readonly type: "drop"; readonly after: number }
  /** The stream is reset after so many bytes of the answer. */
  | { readonly type: "reset"; readonly after: number }
  /** The answer ends after so many bytes as if it were whole. */
  | { readonly type: "truncate"; readonly after: number }
  /** One byte is another one, on the way there or back. */
  | { readonly type: "corrupt"; readonly direction: "request" | "answer"; readonly at: number }
  /** Nothing comes any more after so many bytes of the answer; the stream stays open. */
  | { readonly type: "mute"; readonly after: number }
  /** Answered with a status, without asking the server. */
  | { readonly type: "status"; readonly code: number }
  /** Answered by something that is no gRPC server, with a status of HTTP. */
  | { readonly type: "front"; readonly status: number }
  /** Answered well, with a message that the server never gave. */
  | { readonly type: "message"; readonly bytes: Buffer }
  /** Answers come in pieces of so many bytes, so many milliseconds apart; what is left after two hundred of them comes at once. */
  | { readonly type: "trickle"; readonly bytes: number; readonly milliseconds: number }
  /** Never answered. */
  | { readonly type: "silent" };

/** One call as it passed. Messages are whole gRPC messages without their frames. */
export interface Call {
  readonly method: string;
  readonly requests: readonly Buffer[];
  readonly answers: readonly Buffer[];
  readonly status: number | undefined;
}

export interface GrpcProxy {
  readonly url: string;
  readonly calls: readonly Call[];
  /** Milliseconds for which the client listened to the most patient of its calls that were never answered. */
  readonly longestSilence: () => number;
  readonly close: () => Promise<void>;
}

export interface Options {
  /** Port of the server. */
  readonly port: number;
  /** Decides what becomes of a call, given its method (`Service/Method`) and its number. */
  readonly fault?: (method: string, number: number) => Fault | undefined | Promise<Fault | undefined>;
  /** Whether messages are kept in {@link GrpcProxy.calls}. */
  readonly records?: boolean;
}

/** Splits a stream of bytes into gRPC messages. */
function messages(): { readonly add: (bytes: Buffer) => void; readonly whole: Buffer[] } {
  const whole: Buffer[] = [];
  let rest = Buffer.alloc(0);
  return {
    whole,
    add: (bytes) => {
      rest = Buffer.concat([rest, bytes]);
      while (rest.length >= 5 && rest.length >= 5 + rest.readUInt32BE(1)) {
        const end = 5 + rest.readUInt32BE(1);
        whole.push(Buffer.from(rest.subarray(5, end)));
        rest = rest.subarray(end);
      }
    },
  };
}

/** Flips a byte at an offset of everything that passes. */
function flipping(at: number): (bytes: Buffer) => Buffer {
  let passed = 0;
  return (bytes) => {
    const here = at - passed;
    passed += bytes.length;
    if (here < 0 || here >= bytes.length) return bytes;
    const copy = Buffer.from(bytes);
    copy[here] = (copy[here] as number) ^ 0x20;
    return copy;
  };
}

const same = (bytes: Buffer): Buffer => bytes;

/** Passes bytes on in small pieces, in their order, and says when the last one has passed. */
function trickling(
  { bytes, milliseconds }: { readonly bytes: number; readonly milliseconds: number },
  pass: (piece: Buffer) => unknown,
): { readonly add: (content: Buffer) => void; readonly end: (passed: () => void) => void } {
  let rest = Buffer.alloc(0);
  let count = 0;
  let last: (() => void) | undefined;
  let timer: NodeJS.Timeout | undefined;
  const next = (): void => {
    timer = undefined;
    const size = count++ < 200 ? bytes : rest.length;
    if (rest.length > 0) pass(rest.subarray(0, size));
    rest = rest.subarray(size);
    if (rest.length > 0) timer = setTimeout(next, milliseconds);
    else last?.();
  };
  return {
    add: (content) => {
      rest = Buffer.concat([rest, content]);
      timer ??= setTimeout(next, milliseconds);
    },
    end: (passed) => {
      last = passed;
      if (timer === undefined) passed();
    },
  };
}

/** Starts a proxy on a free port. */
export async function start(options: Options): Promise<GrpcProxy> {
  const calls: Call[] = [];
  let counter = 0;
  let silence = 0;
  let backend: Http2.ClientHttp2Session | undefined;
  const connect = (): Http2.ClientHttp2Session => {
    if (backend !== undefined && !backend.closed && !backend.destroyed) return backend;
    const opened = Http2.connect(`http://127.0.0.1:${options.port}`, {
      settings: { initialWindowSize: 16 * 1024 * 1024 },
    });
    opened.on("error", () => opened.destroy());
    opened.on("goaway", () => {
      if (backend === opened) backend = undefined;
    });
    backend = opened;
    return opened;
  };
  const sessions = new Set<Http2.ServerHttp2Session>();
  const server = Http2.createServer({ settings: { initialWindowSize: 16 * 1024 * 1024 } });
  server.on("session", (session) => {
    sessions.add(session);
    session.on("close", () => sessions.delete(session));
    session.on("error", () => session.destroy());
  });

  const unavailable = (stream: Http2.ServerHttp2Stream, code = 14): void => {
    if (stream.destroyed || stream.headersSent) {
      stream.close(Http2.constants.NGHTTP2_INTERNAL_ERROR);
      return;
    }
    const status = { "grpc-status": String(code), "grpc-message": "the proxy says no" };
    stream.respond({ ":status": 200, "content-type": "application/grpc", ...status }, { endStream: true });
  };

  const forward = (stream: Http2.ServerHttp2Stream, headers: Http2.IncomingHttpHeaders, fault: Fault | undefined) => {
    const method = String(headers[":path"]).slice(1);
    const there = fault?.type === "corrupt" && fault.direction === "request" ? flipping(fault.at) : same;
    const back = fault?.type === "corrupt" && fault.direction === "answer" ? flipping(fault.at) : same;
    const limit = fault !== undefined && "after" in fault ? fault.after : undefined;
    const requests = messages();
    const answers = messages();
    const { ":authority": _, host: __, ...passed } = headers;
    let upstream: Http2.ClientHttp2Stream;
    try {
      upstream = connect().request({ ...passed, ":authority": `127.0.0.1:${options.port}` }, { endStream: false });
    } catch {
      unavailable(stream);
      return;
    }
    let status: number | undefined;
    let received = 0;
    let over = false;
    let whole = false;
    let trailers: Http2.IncomingHttpHeaders = {};
    const keep = () => {
      if (options.records === true) calls.push({ method, requests: requests.whole, answers: answers.whole, status });
    };
    const breakOff = () => {
      over = true;
      if (fault?.type === "mute") return;
      upstream.close(Http2.constants.NGHTTP2_CANCEL);
      if (fault?.type === "drop") stream.session?.destroy();
      else if (fault?.type === "reset") stream.close(Http2.constants.NGHTTP2_INTERNAL_ERROR);
      else stream.end();
    };
    stream.on("data", (bytes: Buffer) => {
      if (options.records === true) requests.add(bytes);
      if (!upstream.destroyed && !upstream.write(there(bytes))) stream.pause();
    });
    upstream.on("drain", () => stream.resume());
    stream.on("end", () => upstream.end());
    stream.on("error", () => upstream.close(Http2.constants.NGHTTP2_CANCEL));
    stream.on("close", () => upstream.close(Http2.constants.NGHTTP2_CANCEL));
    stream.on("wantTrailers", () => {
      if (over) {
        stream.close();
        return;
      }
      const own = Object.fromEntries(Object.entries(trailers).filter(([name]) => !name.startsWith(":")));
      stream.sendTrailers(own);
    });
    upstream.on("response", (answer, flags) => {
      if (over || stream.destroyed) return;
      if (answer["grpc-status"] !== undefined) status = Number(answer["grpc-status"]);
      const ended = (flags & Http2.constants.NGHTTP2_FLAG_END_STREAM) !== 0;
      stream.respond(answer, ended ? { endStream: true } : { waitForTrailers: true });
      if (!ended && limit === 0) breakOff();
    });
    upstream.on("trailers", (given) => {
      trailers = given;
      status = Number(given["grpc-status"]);
    });
    const pieces =
      fault?.type === "trickle" ? trickling(fault, (piece) => stream.destroyed || stream.write(piece)) : undefined;
    upstream.on("data", (bytes: Buffer) => {
      if (over || stream.destroyed) return;
      if (pieces !== undefined) {
        pieces.add(bytes);
        return;
      }
      if (options.records === true) answers.add(bytes);
      const cut = limit !== undefined && received + bytes.length >= limit;
      const part = cut ? bytes.subarray(0, limit - received) : bytes;
      received += bytes.length;
      if (!stream.write(back(part))) upstream.pause();
      if (cut) breakOff();
    });
    stream.on("drain", () => upstream.resume());
    upstream.on("end", () => {
      whole = true;
      keep();
      const end = () => void (!over && !stream.destroyed && stream.headersSent && stream.end());
      if (pieces === undefined) end();
      else pieces.end(end);
    });
    upstream.on("error", () => {
      if (!over) unavailable(stream);
    });
    upstream.on("close", () => {
      if (!over && !whole && !stream.writableEnded) unavailable(stream);
    });
  };

  server.on("stream", (stream, headers) => {
    stream.on("error", () => {});
    const method = String(headers[":path"]).slice(1);
    void Promise.resolve(options.fault?.(method, counter++)).then((fault) => {
      if (fault?.type === "silent") {
        const since = Date.now();
        stream.on("close", () => {
          silence = Math.max(silence, Date.now() - since);
        });
        stream.resume();
        return;
      }
      if (fault?.type === "status") {
        stream.resume();
        unavailable(stream, fault.code);
        return;
      }
      if (stream.destroyed) return;
      if (fault?.type === "front") {
        stream.resume();
        stream.respond({ ":status": fault.status, "content-type": "text/html" });
        stream.end("<html>no</html>");
        return;
      }
      if (fault?.type === "message") {
        stream.resume();
        stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
        stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
        const frame = Buffer.alloc(5);
        frame.writeUInt32BE(fault.bytes.length, 1);
        stream.end(Buffer.concat([frame, fault.bytes]));
        return;
      }
      if (fault?.type === "delay") setTimeout(() => forward(stream, headers, undefined), fault.milliseconds);
      else forward(stream, headers, fault);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    calls,
    longestSilence: () => silence,
    close: () =>
      new Promise((resolve) => {
        for (const session of sessions) session.destroy();
        backend?.destroy();
        server.close(() => resolve());
      }),
  };
}
