/**
 * What passes over the connections to a server, and calls watched for silence.
 *
 * A large message takes its time on a slow line, and a call says nothing before it is whole. So that a transfer that moves is not cut off, the bytes of the connections
 * count as signs of life; but only as long as a message of that size may take, and while not more passes than the calls under way are about, since other calls on the same connection move bytes too.
 */
import type { Socket } from "node:net";
import type * as Grpc from "@grpc/grpc-js";

const sockets = new Map<string, Set<Socket>>();
const turns = new Map<string, number>();

/** Credentials whose connections are counted as those to a target. */
export function counted(credentials: Grpc.ChannelCredentials, target: string): Grpc.ChannelCredentials {
  const known = sockets.get(target) ?? new Set();
  sockets.set(target, known);
  const make = credentials._createSecureConnector.bind(credentials);
  credentials._createSecureConnector = (...words) => {
    const connector = make(...words);
    const connect = connector.connect.bind(connector);
    connector.connect = (socket) => {
      known.add(socket);
      turn(target);
      socket.once("close", () => {
        known.delete(socket);
        turn(target);
      });
      return connect(socket);
    };
    return connector;
  };
  return credentials;
}

function turn(target: string): void {
  turns.set(target, connections(target) + 1);
}

/** How often connections to a target were made or lost. Where it has changed, a server may be met that has lost what it had. */
export function connections(target: string): number {
  return turns.get(target) ?? 0;
}

/** Bytes that passed in either direction on the connections that are open. */
function passed(target: string): number {
  let sum = 0;
  for (const { bytesRead, bytesWritten } of sockets.get(target) ?? []) sum += bytesRead + bytesWritten;
  return sum;
}

/** Bytes for which a moving connection may take as long again as for silence. */
const portion = 512 * 1024;
/** Bytes a second below which nothing moves: a sign of life of a connection that is kept open is no transfer. */
const slowest = 128;
/** How often in the time of a silence it is looked. */
const looks = 8;

/** Bytes beyond those of the calls under way after which one of them is late. */
const slack = 1024 * 1024;

export interface Watch {
  /** Something came: the time starts again. */
  readonly alive: () => void;
  readonly stop: () => void;
}

/** Bytes of the messages that calls to a target wait for or send. */
const loads = new Map<string, number>();

function load(target: string, bytes: number): number {
  const sum = (loads.get(target) ?? 0) + bytes;
  loads.set(target, sum);
  return sum;
}

/**
 * Calls `cancel` after a silence (milliseconds) of a call. On a connection that moves, it is given up as well when more has passed than twice what all calls had under way
 * together: the others were served meanwhile, and it was not.
 *
 * @param size bytes of the largest message that it waits for or sends.
 */
export function watch(target: string, silence: number, size: number, cancel: () => void): Watch {
  const longest = silence * (1 + size / portion);
  const least = Math.max(1024, (silence / 1000) * slowest);
  let begun = Date.now();
  let moved = begun;
  let seen = passed(target);
  let first = seen;
  let most = load(target, size);
  const timer = setInterval(
    () => {
      const now = Date.now();
      const total = passed(target);
      if (Math.abs(total - seen) >= least) {
        seen = total;
        moved = now;
      }
      most = Math.max(most, load(target, 0));
      // Connections that were closed do not count any more.
      first = Math.min(first, total);
      const late = total - first > 2 * most + slack && now - begun >= silence;
      if (now - moved < silence && now - begun < longest && !late) return;
      stop();
      cancel();
    },
    Math.max(1, silence / looks),
  );
  let over = false;
  const stop = (): void => {
    clearInterval(timer);
    if (!over) load(target, -size);
    over = true;
  };
  return {
    alive: () => {
      begun = Date.now();
      moved = begun;
      first = passed(target);
    },
    stop,
  };
}
