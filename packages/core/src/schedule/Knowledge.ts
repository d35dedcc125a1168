/**
 * What is known of an element while a session runs, packed into one number of a {@link Table}.
 *
 * Everything that decides whether an element skips a queue, waits in front of it or may start is here, so that the scheduler never asks anybody:
 * jobs report what they learned when they end, as {@link Facts}.
 */

/** Whether there is an artifact: `failure` is a cached failed build, which is not enough for dependants. */
export type Artifact = "unknown" | "absent" | "present" | "failure";

/** Which data of the sources are here: `original` what upstream gave, `staged` the tree made of it. */
export type Sources = "unknown" | "absent" | "original" | "staged" | "both";

export interface Facts {
  readonly artifact?: Artifact;
  /** Whether the artifact is to be looked for in remotes first. */
  readonly pullPending?: boolean;
  readonly sources?: Sources;
  /** Whether the artifact is to be offered to a remote. */
  readonly push?: boolean;
  readonly sourcePush?: boolean;
  /** Whether there is anything to track. */
  readonly trackable?: boolean;
  /** Whether its keys are known, so that caches can be asked about it. */
  readonly queryable?: boolean;
}

/** Where an element is in its way through the queues. */
export type Place = "outside" | "unrequired" | "pending" | "ready" | "running" | "left";

const artifacts: readonly Artifact[] = ["unknown", "absent", "present", "failure"];
const sourceStates: readonly Sources[] = ["unknown", "absent", "original", "staged", "both"];
const places: readonly Place[] = ["outside", "unrequired", "pending", "ready", "running", "left"];

const artifactShift = 0;
const sourcesShift = 2;
const placeShift = 5;
const queueShift = 8;

/** Single bits. */
export const pullPending = 1 << 12;
export const push = 1 << 13;
export const sourcePush = 1 << 14;
export const trackable = 1 << 15;
export const queryable = 1 << 16;
/** The session needs its artifact. */
export const required = 1 << 17;
/** It is to be built in this session. */
export const scheduled = 1 << 18;
/** It and all that it needs at run time are cached. */
export const usable = 1 << 19;

export function artifactOf(bits: number): Artifact {
  return artifacts[(bits >> artifactShift) & 3]!;
}

export function sourcesOf(bits: number): Sources {
  return sourceStates[(bits >> sourcesShift) & 7]!;
}

export function placeOf(bits: number): Place {
  return places[(bits >> placeShift) & 7]!;
}

/** The queue that the element is in or in front of. */
export function queueOf(bits: number): number {
  return (bits >> queueShift) & 15;
}

export function at(bits: number, place: Place, queue: number): number {
  const cleared = bits & ~((7 << placeShift) | (15 << queueShift));
  return cleared | (places.indexOf(place) << placeShift) | (queue << queueShift);
}

function flag(bits: number, bit: number, value: boolean | undefined): number {
  if (value === undefined) return bits;
  return value ? bits | bit : bits & ~bit;
}

/** What was known, with what was learned. */
export function learn(bits: number, facts: Facts): number {
  let next = bits;
  if (facts.artifact !== undefined)
    next = (next & ~(3 << artifactShift)) | (artifacts.indexOf(facts.artifact) << artifactShift);
  if (facts.sources !== undefined)
    next = (next & ~(7 << sourcesShift)) | (sourceStates.indexOf(facts.sources) << sourcesShift);
  next = flag(next, pullPending, facts.pullPending);
  next = flag(next, push, facts.push);
  next = flag(next, sourcePush, facts.sourcePush);
  next = flag(next, trackable, facts.trackable);
  return flag(next, queryable, facts.queryable);
}
