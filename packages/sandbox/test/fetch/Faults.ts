/** Servers that misbehave in seeded ways. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import { type Random, random } from "./Random.ts";

/** How a server answers one request. */
export type Answer = (request: IncomingMessage, response: ServerResponse, content: Buffer) => void;

const faults: Readonly<Record<string, (random: Random) => Answer>> = {
  lie: (next) => {
    const at = next(1000);
    return (_, response, content) => {
      const wrong = Buffer.from(content);
      wrong[at] = (wrong[at] as number) ^ 1;
      response.end(wrong);
    };
  },
  truncate: (next) => {
    const at = next(1000);
    return (_, response, content) => {
      response.writeHead(200, { "content-length": content.length });
      response.write(content.subarray(0, at), () => setTimeout(() => response.destroy(), 2));
    };
  },
  "truncate quietly": (next) => {
    const at = next(1000);
    return (_, response, content) => response.end(content.subarray(0, at));
  },
  stall: (next) => {
    const at = next(1000);
    return (_, response, content) => {
      response.writeHead(200, { "content-length": content.length });
      response.write(content.subarray(0, at));
    };
  },
  silence: () => () => {},
  "hang up": () => (request) => request.socket.destroy(),
  "redirect in a circle": (next) => {
    const name = next(5);
    return (request, response) =>
      response.writeHead(302, { location: `/${name}${request.url?.length === 2 ? "x" : ""}` }).end();
  },
  "redirect to nowhere": (next) => {
    const places = ["http://127.0.0.1:1/x", "file:///etc/passwd", "javascript:0", "http://[", ""];
    const location = places[next(places.length)] as string;
    return (_, response) => response.writeHead(301, { location }).end();
  },
  status: (next) => {
    const codes = [400, 401, 403, 404, 410, 418, 429, 500, 502, 503, 504];
    const code = codes[next(codes.length)] as number;
    return (_, response) => response.writeHead(code).end("no");
  },
  "too long": (next) => {
    const more = 1 + next(5000);
    return (_, response, content) => response.end(Buffer.concat([content, Buffer.alloc(more)]));
  },
  endless: () => (_, response) => {
    const write = (): void => {
      while (!response.destroyed && response.write(Buffer.alloc(65_536)));
      if (!response.destroyed) response.once("drain", write);
    };
    write();
  },
  "not http": (next) => {
    const bytes = Buffer.from(Array.from({ length: 40 }, () => next(256)));
    return (request) => request.socket.end(bytes);
  },
  "broken chunks": () => (request) =>
    request.socket.end("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzzzz\r\nnope\r\n"),
  "wrong range": (next) => {
    const shift = 1 + next(50);
    return (request, response, content) => {
      response.setHeader("etag", '"same"');
      if (request.headers.range !== undefined) {
        response.writeHead(206).end(content.subarray(shift));
        return;
      }
      response.writeHead(200, { "content-length": content.length });
      response.write(content.subarray(0, 700), () => setTimeout(() => response.destroy(), 2));
    };
  },
  "said to be compressed": () => (_, response, content) =>
    response.writeHead(200, { "content-encoding": "gzip" }).end(content),
  drip: () => (_, response, content) => {
    response.writeHead(200, { "content-length": content.length });
    let at = 0;
    const timer = setInterval(() => {
      if (response.destroyed || at >= content.length) clearInterval(timer);
      else response.write(content.subarray(at, ++at));
    }, 5);
  },
  "busy, come back later": (next) => {
    const after = ["1", "100000", new Date(Date.now() + 1e8).toUTCString(), "soon", "-5"][next(5)] as string;
    const code = next(2) === 0 ? 429 : 503;
    return (_, response) => response.writeHead(code, { "retry-after": after }).end();
  },
  "busy once": () => {
    let asked = 0;
    return (_, response, content) =>
      asked++ === 0 ? response.writeHead(503, { "retry-after": "0" }).end() : response.end(content);
  },
  "a range nobody asked for": (next) => {
    const from = next(1000);
    return (_, response, content) =>
      response
        .writeHead(206, { "content-range": `bytes ${from}-${content.length - 1}/${content.length}` })
        .end(content.subarray(from));
  },
  "headers without end": () => (request) => {
    request.socket.on("error", () => {});
    request.socket.write("HTTP/1.1 200 OK\r\n");
    request.socket.end(`x: ${"y".repeat(200_000)}\r\n\r\n`);
  },
  "two lengths": () => (request, _, content) =>
    request.socket.end(`HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 2000\r\n\r\n${content}`),
  "compressed bomb": () => {
    const bomb = gzipSync(Buffer.alloc(20_000_000));
    return (_, response) => response.writeHead(200, { "content-encoding": "gzip" }).end(bomb);
  },
  "redirect to encryption": () => (request, response) =>
    response.writeHead(302, { location: `https://${request.headers.host}/x` }).end(),
  unchanged: () => (_, response) => response.writeHead(304).end(),
};

/** The kinds of fault. */
export const faultNames = Object.keys(faults);

/** A fault by its number: kinds take turns, details follow from the seed. */
export function fault(seed: number): { readonly name: string; readonly answer: Answer } {
  const name = faultNames[seed % faultNames.length] as string;
  return { name, answer: (faults[name] as (random: Random) => Answer)(random(seed)) };
}
