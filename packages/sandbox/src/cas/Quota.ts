/**
 * Limits on the disk space of the cache, as the user configuration sets them: `quota`, `reserved-disk-space` (of the file system, which is left free), and
 * `low-watermark`, down to which expiry goes so that it need not run again at once.
 *
 * Far from its limits a store pays for them with one question to the file system when it is opened and one for each gigabyte that it stores. Where a quota
 * is set, what is stored is counted against the room that is left; only when that is used up are objects looked at. When all that
 * could go has gone and the objects of running processes alone exceed the quota, storing fails with `cache-too-full`.
 */
import { statfsSync } from "node:fs";
import { raise } from "@millrace/core/error/BstError";
import * as Expiry from "./Expiry.ts";
import type { Amount, Limits } from "./Locations.ts";
import * as ObjectStore from "./ObjectStore.ts";
import * as Presence from "./Presence.ts";
import * as Usage from "./Usage.ts";

/** Bytes after which the free space is looked at again where no quota is near. */
const stride = 2 ** 30;
/** Several processes store at the same time: each one says after so many bytes what it added, once there is more room than that. */
const share = 64 * 2 ** 20;

interface Space {
  readonly total: number;
  readonly free: number;
}

function spaceOf(directory: string): Space {
  const { bsize, blocks, bavail } = statfsSync(directory);
  return { total: bsize * blocks, free: bsize * bavail };
}

/** An amount in bytes; undefined for no limit. BuildStream takes a quota of nothing for none. */
export function inBytes(amount: Amount, total: number): number | undefined {
  if (amount.type === "infinity") return undefined;
  const bytes = amount.type === "bytes" ? amount.bytes : (amount.percent / 100) * total;
  return bytes === 0 ? undefined : bytes;
}

/** The quota that holds now: the configured one, or less when the file system would have less free than is reserved. */
export function effective(limits: Limits, used: number, space: Space): number | undefined {
  const quota = inBytes(limits.quota, space.total);
  const reserved = inBytes(limits.reserved, space.total) ?? 0;
  const room = used + space.free - reserved;
  if (quota === undefined) return space.free < reserved ? Math.max(0, room) : undefined;
  return Math.max(0, Math.min(quota, room));
}

/** Bytes that may be stored before the limits must be looked at again, when so much room is left. */
function budgetFor(room: number): number {
  return room <= share ? room : Math.min(stride, Math.max(share, room / 8));
}

/** Puts limits on a store for as long as it is open in this process. Gives what ends it. */
export function install(store: ObjectStore.ObjectStore, limits: Limits | undefined): () => void {
  const started = Date.now();
  const { pace, privateDirectory } = store;
  const space = spaceOf(store.directory);
  const reserved = limits === undefined ? 0 : (inBytes(limits.reserved, space.total) ?? 0);
  const near =
    limits !== undefined && (inBytes(limits.quota, space.total) !== undefined || space.free < 2 * reserved + stride);
  const file = Presence.enter(privateDirectory, near ? started : started - ObjectStore.renewal);
  pace.release = (since) => Presence.renew(file, near ? since : since - ObjectStore.renewal);
  let granted = 0;
  if (limits !== undefined) {
    if (near) pace.renewBefore = started;
    const grant = (room: number) => {
      granted = budgetFor(room);
      pace.budget = granted;
    };
    pace.refill = () => {
      const now = Date.now();
      const here = spaceOf(store.directory);
      if (inBytes(limits.quota, here.total) === undefined && here.free > reserved + stride) return grant(stride * 8);
      Usage.add(store, granted - pace.budget);
      const used = Usage.bytes(store, now);
      const quota = effective(limits, used, here);
      if (quota === undefined) return grant(here.free - reserved);
      if (used < quota) return grant(quota - used);
      const outcome = Expiry.run(store, quota * limits.lowWatermark, now);
      const after = effective(limits, outcome.objects, spaceOf(store.directory)) ?? Number.POSITIVE_INFINITY;
      if (outcome.objects > after) {
        grant(0);
        raiseFull(store, outcome.objects, after);
      }
      return grant(after - outcome.objects);
    };
    pace.budget = 0;
  }
  return () => {
    if (near && granted > pace.budget) Usage.add(store, granted - pace.budget);
    pace.refill = undefined;
    pace.release = undefined;
    pace.budget = Number.POSITIVE_INFINITY;
    Presence.leave(file);
  };
}

function raiseFull(store: ObjectStore.ObjectStore, used: number, quota: number): never {
  return raise({
    domain: "CAS",
    reason: "cache-too-full",
    message: `The cache in ${store.directory} is full: ${used} bytes are in use, and ${Math.floor(quota)} are allowed`,
    hint: "Raise `cache: quota` (or lower `cache: reserved-disk-space`) in the user configuration, or build less at once.",
  });
}
