/** What a client shows and believes: authorities, its own certificate, a bearer token. */
import { readFileSync } from "node:fs";
import * as Tls from "node:tls";
import type * as Grpc from "@grpc/grpc-js";
import type { Endpoint } from "./Endpoint.ts";

/** The authorities that are trusted where a remote names none: those of the runtime and those of this machine. */
function trusted(): Buffer | null {
  const { getCACertificates } = Tls as Partial<typeof Tls>;
  if (getCACertificates === undefined) return null;
  return Buffer.from([...getCACertificates("default"), ...getCACertificates("system")].join("\n"));
}

/** The token of a file. What is wrong with it is told without a word of it, since it may be any other secret. */
function readToken(path: string): string {
  const token = readFileSync(path, "utf8").trim();
  if (token === "") throw new Error(`${path} is empty`);
  if (!/^[\x21-\x7e]+$/.test(token)) throw new Error(`${path} holds more than one word of ASCII characters`);
  return token;
}

function tokenSource({ tokenFile, tokenLifetime }: Endpoint): (() => string) | undefined {
  if (tokenFile === undefined) return undefined;
  let token: string | undefined;
  let readAt = 0;
  return () => {
    const now = Date.now();
    if (token === undefined || (tokenLifetime !== undefined && now - readAt >= tokenLifetime)) {
      token = readToken(tokenFile);
      readAt = now;
    }
    return token;
  };
}

/** The credentials of an endpoint. Throws what the runtime says of certificates that are none. */
export function make(grpc: typeof Grpc, endpoint: Endpoint): Grpc.ChannelCredentials {
  if (!endpoint.secure) return grpc.credentials.createInsecure();
  const { serverCertificate, clientKey, clientCertificate } = endpoint;
  const channel = grpc.credentials.createSsl(
    serverCertificate ?? trusted(),
    clientKey ?? null,
    clientCertificate ?? null,
  );
  const token = tokenSource(endpoint);
  if (token === undefined) return channel;
  const call = grpc.credentials.createFromMetadataGenerator((_, done) => {
    try {
      const metadata = new grpc.Metadata();
      metadata.set("authorization", `Bearer ${token()}`);
      done(null, metadata);
    } catch (cause) {
      done(cause as Error);
    }
  });
  return grpc.credentials.combineChannelCredentials(channel, call);
}
