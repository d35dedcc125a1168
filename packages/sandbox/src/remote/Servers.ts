/**
 * The servers of one kind of cache (artifacts or sources): those that answered when the session began, in the order of trial for each project.
 *
 * A server is an index, a storage, or both. One that does not answer is told of once and left out. One that fails later is set aside for a while, so that
 * a dead server costs a session one stall and not one for each element.
 */

import { type BstError, formatPlace } from "@millrace/core/error/BstError";
import type { RemoteSpec } from "@millrace/core/project/Project";
import { readConnection } from "@millrace/core/project/Remotes";
import * as Access from "@millrace/core/yaml/Access";
import * as Effect from "effect/Effect";
import * as Scope from "effect/Scope";
import { attempt } from "../cas/Cas.ts";
import * as Assets from "./Assets.ts";
import * as Channel from "./Channel.ts";
import * as Endpoint from "./Endpoint.ts";
import * as Storage from "./Storage.ts";
import * as Trials from "./Trials.ts";

/** A remote as configured, with the directory that its relative paths start from. */
export interface Configured {
  readonly spec: RemoteSpec;
  readonly directory: string | undefined;
}

export interface Server {
  readonly url: string;
  readonly push: boolean;
  readonly index: Channel.Channel | undefined;
  readonly storage: Storage.Storage | undefined;
  /** Milliseconds since the epoch until which the server is not asked. */
  asideUntil: number;
}

export interface Servers {
  readonly all: readonly Server[];
  readonly of: ReadonlyMap<string, readonly Server[]>;
  /** What is to be told of those that are left out. */
  readonly problems: readonly string[];
}

/** How long (milliseconds) a server that failed is left alone. */
export const rest = 60_000;

/** Opens one channel for each endpoint, whoever asks for it. */
export interface Pool {
  readonly channel: (endpoint: Endpoint.Endpoint) => Effect.Effect<Channel.Channel, Channel.CallFailed>;
}

/** A pool whose channels live as long as the scope. */
export const pool = Effect.gen(function* () {
  const scope = yield* Scope.Scope;
  const channels = new Map<string, Channel.Channel>();
  const channel = Effect.fnUntraced(function* (
    endpoint: Endpoint.Endpoint,
  ): Effect.fn.Return<Channel.Channel, Channel.CallFailed> {
    const name = Endpoint.identity(endpoint);
    const known = channels.get(name);
    if (known !== undefined) return known;
    const opened = yield* Scope.provide(Channel.open(endpoint), scope);
    channels.set(name, opened);
    return opened;
  });
  return { channel } satisfies Pool;
});

/** What tells two remotes apart. */
function identity({ spec, directory }: Configured): string {
  const auth = Access.optionalMapping(spec.node, "auth");
  const credentials = auth === undefined ? undefined : [directory, Access.strip(auth)];
  return JSON.stringify([spec.url, spec.instanceName, spec.type, spec.push, readConnection(spec), credentials]);
}

/** Asks every remote of some projects whether it can be used. */
export const open = Effect.fnUntraced(function* (
  pooled: Pool,
  projects: ReadonlyMap<string, readonly Configured[]>,
): Effect.fn.Return<Servers, BstError> {
  const wanted = new Map<string, Configured>();
  for (const remotes of projects.values()) for (const remote of remotes) wanted.set(identity(remote), remote);
  const opened = new Map<string, Server>();
  const problems: string[] = [];
  const results = yield* Effect.forEach(
    wanted,
    ([name, remote]) => connect(pooled, remote).pipe(Effect.map((server) => [name, remote, server] as const)),
    { concurrency: "unbounded" },
  );
  for (const [name, remote, result] of results) {
    if ("problem" in result) problems.push(`Failed to initialize remote ${remote.spec.url}: ${result.problem}`);
    else opened.set(name, result);
  }
  const of = new Map<string, readonly Server[]>();
  for (const [project, remotes] of projects) {
    const usable = new Set(remotes.map((remote) => opened.get(identity(remote))).filter((one) => one !== undefined));
    of.set(project, [...usable]);
  }
  return { all: [...opened.values()], of, problems };
});

/**
 * What is wrong with a server that was asked whether it can be used. What it stands behind where a call failed is BuildStream's and an interface: scripts look for it
 * in logs.
 */
function refused({ problem, isStatus }: Trials.Unusable): { readonly problem: string } {
  return { problem: isStatus ? `Remote initialisation failed with status ${problem}` : problem };
}

/** What is wrong with how a remote is written, with its place and what to do: a build goes on without it. */
function told({ message, place, hint }: BstError): string {
  const where = place === undefined ? "" : `${formatPlace(place)}: `;
  return `${where}${message}${hint === undefined ? "" : `. ${hint}`}`;
}

const connect = Effect.fnUntraced(function* (
  pooled: Pool,
  { spec, directory }: Configured,
): Effect.fn.Return<Server | { readonly problem: string }, BstError> {
  const read = yield* Effect.result(attempt(() => Endpoint.make(spec, directory)));
  if (read._tag === "Failure") return { problem: told(read.failure) };
  const endpoint = read.success;
  const made = yield* Effect.result(pooled.channel(endpoint));
  if (made._tag === "Failure") return { problem: Channel.describe(made.failure) };
  const channel = made.success;
  let storage: Storage.Storage | undefined;
  if (spec.type !== "storage") {
    const check = Effect.map(Assets.check(channel, spec.push), (wrong) => wrong ?? channel);
    const found = yield* Trials.atFirst(endpoint, check);
    if ("problem" in found) return refused(found);
  }
  if (spec.type !== "index") {
    const found = yield* Trials.atFirst(endpoint, Storage.open(channel));
    if ("problem" in found) return refused(found);
    storage = found;
  }
  const index = spec.type === "storage" ? undefined : channel;
  return { url: spec.url, push: spec.push, index, storage, asideUntil: 0 };
});

/** Whether some of the servers are indexes and some storages, which it takes to use any. */
export function works(servers: readonly Server[], pushing: boolean): boolean {
  const usable = pushing ? servers.filter((server) => server.push) : servers;
  return usable.some((server) => server.index !== undefined) && usable.some((server) => server.storage !== undefined);
}

/** The servers of a project to be asked now. */
export function of(servers: Servers, project: string, pushing: boolean): readonly Server[] {
  const now = Date.now();
  return (servers.of.get(project) ?? []).filter((server) => (pushing ? server.push : server.asideUntil <= now));
}

/** The servers of a project that are left alone now. */
export function aside(servers: Servers, project: string): readonly Server[] {
  const now = Date.now();
  return (servers.of.get(project) ?? []).filter((server) => server.asideUntil > now);
}

/** Leaves a server alone for a while; true when it was not left alone already. */
export function setAside(server: Server): boolean {
  const now = Date.now();
  const fresh = server.asideUntil <= now;
  server.asideUntil = now + rest;
  return fresh;
}
