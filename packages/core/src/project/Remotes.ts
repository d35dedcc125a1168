/**
 * Cache servers and remote-execution services as written in the user configuration and in project.conf, checked when they are read.
 *
 * A server of a cache has a type and may be pushed to; a service of remote execution has no type, and only its action cache knows `push`. Certificates are
 * paths relative to where the text was written; they stay in {@link RemoteSpec.node} until somebody connects.
 */
import * as Access from "../yaml/Access.ts";
import type { Mapping } from "../yaml/Node.ts";
import type { RemoteSpec } from "./Project.ts";

/** The `artifacts` or `source-caches` section. */
export interface CacheConfig {
  readonly overrideProjectCaches: boolean;
  readonly servers: readonly RemoteSpec[];
}

/** The `remote-execution` section. */
export interface RemoteExecution {
  readonly execution: RemoteSpec | undefined;
  readonly storage: RemoteSpec | undefined;
  readonly actionCache: RemoteSpec | undefined;
  /** Whether this machine builds what the service cannot (`fallback: local`, no key of BuildStream's). */
  readonly fallsBack: boolean;
}

/** What a remote is for. */
export type Purpose = "cache" | "service" | "action-cache";

const keysOf: Readonly<Record<Purpose, readonly string[]>> = {
  cache: ["url", "instance-name", "auth", "connection-config", "type", "push"],
  service: ["url", "instance-name", "auth", "connection-config"],
  "action-cache": ["url", "instance-name", "auth", "connection-config", "push"],
};
const authKeys = ["server-cert", "client-key", "client-cert", "access-token", "access-token-reload-interval"];
const cacheKeys = ["override-project-caches", "servers"];
const executionKeys = ["execution-service", "storage-service", "action-cache-service", "fallback"];
const fallbacks = ["none", "local"] as const;
const types = ["index", "storage", "all"] as const;

function checkAuth(auth: Mapping): void {
  Access.validateKeys(auth, authKeys);
  for (const key of authKeys.slice(0, -1)) Access.optionalString(auth, key);
  Access.optionalInt(auth, "access-token-reload-interval");
  for (const [key, other] of [
    ["client-key", "client-cert"],
    ["client-cert", "client-key"],
  ] as const) {
    if (Access.getString(auth, key, "") !== "" && Access.getString(auth, other, "") === "") {
      Access.invalid(Access.getNode(auth, key), `'${key}' is given without '${other}'`, `Add \`${other}: PATH\`.`);
    }
  }
}

/** Reads one remote. Raises `invalid-data`. */
export function readRemote(node: Mapping, purpose: Purpose = "cache"): RemoteSpec {
  const type = purpose === "cache" ? Access.getEnum(node, "type", types, "all") : "all";
  const push = purpose === "service" ? false : Access.getBool(node, "push", false);
  Access.validateKeys(node, keysOf[purpose]);
  const url = Access.getScalar(node, "url");
  if (url.value === "") Access.invalid(url, "The url of this remote is empty");
  const instanceName = Access.optionalString(node, "instance-name");
  const auth = Access.optionalMapping(node, "auth");
  if (auth !== undefined) checkAuth(auth);
  Access.optionalMapping(node, "connection-config");
  return { url: url.value, instanceName, type, push, node };
}

/** Reads a cache section; an absent one has no servers. */
export function readCache(node: Mapping | undefined): CacheConfig {
  if (node === undefined) return { overrideProjectCaches: false, servers: [] };
  Access.validateKeys(node, cacheKeys);
  const servers = Access.mappingList(node, "servers");
  const overrideProjectCaches = Access.getBool(node, "override-project-caches", false);
  return { overrideProjectCaches, servers: servers.map((server) => readRemote(server)) };
}

/** How a remote is connected to. Times are in the units that they are written in. */
export interface Connection {
  /** Seconds. */
  readonly keepaliveTime: number | undefined;
  readonly retryLimit: number | undefined;
  /** Milliseconds. */
  readonly retryDelay: number | undefined;
  /** Seconds. */
  readonly requestTimeout: number | undefined;
}

/** Reads `connection-config`, whose values are looked at when somebody is about to connect and not before, as in BuildStream. Raises `invalid-data`. */
export function readConnection({ node }: RemoteSpec): Connection {
  const config = Access.optionalMapping(node, "connection-config");
  const number = (key: string) => (config === undefined ? undefined : Access.optionalInt(config, key));
  return {
    keepaliveTime: number("keepalive-time"),
    retryLimit: number("retry-limit"),
    retryDelay: number("retry-delay"),
    requestTimeout: number("request-timeout"),
  };
}

/** Reads a `remote-execution` section; `hasStorage` tells that a storage service is configured for the whole cache. */
export function readExecution(node: Mapping, hasStorage: boolean): RemoteExecution {
  Access.validateKeys(node, executionKeys);
  const execution = Access.optionalMapping(node, "execution-service");
  const storage = Access.optionalMapping(node, "storage-service");
  if (storage === undefined && !hasStorage) {
    Access.invalid(
      node,
      "Remote execution needs a 'storage-service'",
      "Give it here or as `storage-service` in the `cache` section.",
    );
  }
  const actionCache = Access.optionalMapping(node, "action-cache-service");
  if (execution === undefined && actionCache === undefined) {
    Access.invalid(node, "Remote execution needs an 'execution-service' or an 'action-cache-service'");
  }
  return {
    execution: execution === undefined ? undefined : readRemote(execution, "service"),
    storage: storage === undefined ? undefined : readRemote(storage, "service"),
    actionCache: actionCache === undefined ? undefined : readRemote(actionCache, "action-cache"),
    fallsBack: Access.getEnum(node, "fallback", fallbacks, "none") === "local",
  };
}
