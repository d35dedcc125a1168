/**
 * The Remote Workers API (v1test2), as much of it as a worker needs: its session with a scheduler, and the leases on work that it is given there.
 */
import * as Wire from "@millrace/core/tree/Wire";
import * as ActionMessages from "../remote/ActionMessages.ts";
import * as Fields from "../remote/Fields.ts";

/** What a worker says of itself. */
export const status = { ok: 1, unhealthy: 2, terminating: 4 } as const;

/** How far a lease is. */
export const leaseState = { pending: 1, active: 2, completed: 4, cancelled: 5 } as const;

/** A message with the name of its type. */
export interface Any {
  readonly type: string;
  readonly value: Uint8Array;
}

export interface Lease {
  readonly id: string;
  /** One of {@link leaseState}. */
  readonly state: number;
  /** What is to be done: an action, or the digest of one. */
  readonly payload: Any | undefined;
  readonly result?: Any | undefined;
  readonly status?: Fields.Status | undefined;
}

export interface Session {
  /** Given by the scheduler; empty before. */
  readonly name: string;
  readonly bot: string;
  /** One of {@link status}. */
  readonly status: number;
  /** What the machine is and has. */
  readonly properties: ActionMessages.Platform;
  readonly leases: readonly Lease[];
  /** When the scheduler takes the worker for dead, in milliseconds since the epoch. */
  readonly expires?: number | undefined;
  /** Handed back as it came. */
  readonly version: string;
}

function writeAny(field: number, any: Any | undefined): void {
  if (any === undefined) return;
  Wire.message(field, () => {
    Wire.text(1, any.type);
    Wire.bytes(2, any.value);
  });
}

function readAny(reading: Wire.Reading, end: number): Any {
  let type = "";
  let value: Uint8Array = new Uint8Array(0);
  Fields.nested(reading, end, (tag, inner) => {
    if (tag === 10) type = Wire.readText(reading, inner);
    else if (tag === 18) value = Wire.readBytes(reading, inner);
    else return false;
    return true;
  });
  return { type, value };
}

function writeLease(field: number, lease: Lease): void {
  Wire.message(field, () => {
    Wire.integer(2, lease.state);
    if (lease.status !== undefined) Fields.writeStatus(3, lease.status);
    Wire.text(7, lease.id);
    writeAny(8, lease.payload);
    writeAny(9, lease.result);
  });
}

function readLease(reading: Wire.Reading, end: number): Lease {
  let id = "";
  let state = 0;
  let payload: Any | undefined;
  Fields.nested(reading, end, (tag, inner) => {
    if (tag === 16) state = Wire.readVarint(reading, inner);
    else if (tag === 58) id = Wire.readText(reading, inner);
    else if (tag === 66) payload = readAny(reading, inner);
    else return false;
    return true;
  });
  return { id, state, payload };
}

function writeSession(field: number, session: Session): void {
  Wire.message(field, () => {
    Wire.text(1, session.name);
    Wire.text(2, session.bot);
    Wire.integer(3, session.status);
    Wire.message(4, () => Wire.message(1, () => ActionMessages.writePairs(2, session.properties)));
    for (const lease of session.leases) writeLease(5, lease);
    Wire.text(7, session.version);
  });
}

/** `CreateBotSession`; `parent` is the instance of the scheduler. */
export function createRequest(parent: string, session: Session): Uint8Array {
  return Wire.bytesOf(() => {
    Wire.text(1, parent);
    writeSession(2, session);
  });
}

/** `UpdateBotSession`. */
export function updateRequest(session: Session): Uint8Array {
  return Wire.bytesOf(() => {
    Wire.text(1, session.name);
    writeSession(2, session);
  });
}

/** What a scheduler answers to either. */
export interface Answer {
  readonly name: string;
  readonly leases: readonly Lease[];
  readonly expires: number | undefined;
  readonly version: string;
}

/** Reads a `BotSession`. */
export function sessionResponse(bytes: Uint8Array): Answer {
  let name = "";
  const leases: Lease[] = [];
  let expires: number | undefined;
  let version = "";
  const end = bytes.length;
  Fields.open(bytes, "the session of a worker", (reading, tag) => {
    if (tag === 10) name = Wire.readText(reading, end);
    else if (tag === 42) leases.push(readLease(reading, end));
    else if (tag === 50) expires = ActionMessages.readTime(reading, end);
    else if (tag === 58) version = Wire.readText(reading, end);
    else return false;
    return true;
  });
  return { name, leases, expires, version };
}
