/**
 * Where a server is and how it is spoken to: what a remote of the configuration says, with its certificate files read.
 *
 * Paths in files are relative to the directory of the file; those of the command line were made absolute when they were read. Times of the configuration are
 * seconds (`keepalive-time`, `request-timeout`), milliseconds (`retry-delay`) and minutes (`access-token-reload-interval`).
 */
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { resolve } from "node:path";
import { raise } from "@millrace/core/error/BstError";
import type { RemoteSpec } from "@millrace/core/project/Project";
import { readConnection } from "@millrace/core/project/Remotes";
import * as Access from "@millrace/core/yaml/Access";
import * as Node from "@millrace/core/yaml/Node";

export interface Endpoint {
  /** As written, for messages. */
  readonly url: string;
  /** As gRPC names it: `HOST:PORT` or `unix:PATH`. */
  readonly target: string;
  readonly secure: boolean;
  readonly instance: string;
  readonly serverCertificate: Buffer | undefined;
  readonly clientKey: Buffer | undefined;
  readonly clientCertificate: Buffer | undefined;
  /** The file with the bearer token; read when a call is made, again after {@link Endpoint.tokenLifetime}. */
  readonly tokenFile: string | undefined;
  /** Milliseconds; undefined when the file is read once. */
  readonly tokenLifetime: number | undefined;
  /** Milliseconds between signs of life on an idle connection. */
  readonly keepalive: number | undefined;
  readonly retries: number;
  /** Milliseconds before the first retry; doubled with each. */
  readonly retryDelay: number;
  /** Milliseconds for which trials go on, however many they are; 0 where their number alone counts. */
  readonly patience: number;
  /** Milliseconds in which something must arrive. */
  readonly stall: number;
}

const defaultRetries = 4;
const defaultRetryDelay = 1000;
const defaultStall = 60_000;
const ports = { http: 80, https: 443 } as const;

interface Address {
  readonly target: string;
  readonly secure: boolean;
}

/** Where a remote is written; undefined for the command line. */
function placeOf({ node }: RemoteSpec) {
  return node.file === Node.synthetic ? undefined : Node.place(node);
}

function address(spec: RemoteSpec): Address {
  const { url } = spec;
  if (url.startsWith("unix:")) return { target: url, secure: false };
  const match = /^(http|grpc|https|grpcs):\/\/(\[[^\]]+\]|[^/:]+)(?::(\d+))?\/?$/.exec(url);
  if (match === null || Number(match[3] ?? 1) < 1 || Number(match[3] ?? 1) > 65_535) {
    return raise({
      domain: "REMOTE",
      reason: null,
      // A password may stand before the host.
      message: `'${url.replace(/\/\/.*@/, "//…@")}' is not the address of a server`,
      place: placeOf(spec),
      hint: "Write http://HOST:PORT, or https://HOST:PORT for an encrypted connection.",
    });
  }
  const secure = match[1] === "https" || match[1] === "grpcs";
  return { target: `${match[2]}:${match[3] ?? ports[secure ? "https" : "http"]}`, secure };
}

/**
 * Reads what a remote says. `directory` is what relative paths start from. Raises REMOTE `load-remote-creds-failed` when a file cannot be read.
 */
export function make(spec: RemoteSpec, directory: string | undefined): Endpoint {
  const { target, secure } = address(spec);
  const auth = Access.optionalMapping(spec.node, "auth");
  const path = (key: string): string | undefined => {
    const written = auth === undefined ? undefined : Access.optionalString(auth, key);
    if (written === undefined || written === "") return undefined;
    const own = written.startsWith("~/") ? homedir() + written.slice(1) : written;
    return directory === undefined ? resolve(own) : resolve(directory, own);
  };
  const file = (key: string): Buffer | undefined => {
    const at = path(key);
    return at === undefined ? undefined : readCredential(spec, at);
  };
  const connection = readConnection(spec);
  const times = (value: number | undefined, unit: number) => (value === undefined ? undefined : value * unit);
  const reload = auth === undefined ? undefined : Access.optionalInt(auth, "access-token-reload-interval");
  const endpoint: Endpoint = {
    url: spec.url,
    target,
    secure,
    instance: spec.instanceName ?? "",
    serverCertificate: file("server-cert"),
    clientKey: file("client-key"),
    clientCertificate: file("client-cert"),
    tokenFile: path("access-token"),
    tokenLifetime: times(reload, 60_000),
    keepalive: times(connection.keepaliveTime, 1000),
    retries: connection.retryLimit ?? defaultRetries,
    retryDelay: connection.retryDelay ?? defaultRetryDelay,
    patience: 0,
    stall: times(connection.requestTimeout, 1000) ?? defaultStall,
  };
  const { serverCertificate, clientKey, clientCertificate, tokenFile } = endpoint;
  if (!secure && (serverCertificate ?? clientKey ?? clientCertificate ?? tokenFile) !== undefined) {
    raise({
      domain: "REMOTE",
      reason: null,
      message: `Certificates and tokens cannot be used with ${spec.url}, which is not encrypted`,
      place: placeOf(spec),
      hint: "Write https:// where the server speaks TLS.",
    });
  }
  return endpoint;
}

function readCredential(spec: RemoteSpec, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    return raise({
      domain: "REMOTE",
      reason: "load-remote-creds-failed",
      message: `The credentials for the remote ${spec.url} cannot be read from ${path}`,
      place: placeOf(spec),
      detail: (cause as Error).message,
    });
  }
}

/** What connections are shared by: equal texts may use one. */
export function identity(endpoint: Endpoint): string {
  const { serverCertificate, clientKey, clientCertificate, ...plain } = endpoint;
  return JSON.stringify([plain, ...[serverCertificate, clientKey, clientCertificate].map((file) => file?.toString())]);
}
