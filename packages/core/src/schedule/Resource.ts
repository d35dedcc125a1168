/**
 * What jobs compete for: download, process and upload slots, and the cache.
 *
 * A limit of 0 means no limit (the cache has none). A queue may ask for a resource exclusively: such a job starts only when nobody uses the
 * resource, and nobody else starts on it while the job runs.
 */

export type Resource = "cache" | "download" | "process" | "upload";

export const all: readonly Resource[] = ["cache", "download", "process", "upload"];

/** How many jobs may use each resource at once; 0 for any number. */
export type Limits = Readonly<Record<Resource, number>>;

export interface Pool {
  readonly limits: Limits;
  readonly used: Readonly<Record<Resource, number>>;
  /** How many running jobs hold the resource exclusively: 0 or 1. */
  readonly exclusive: Readonly<Record<Resource, number>>;
}

export interface Request {
  readonly resources: readonly Resource[];
  /** Those of `resources` that the job needs for itself. */
  readonly exclusive: readonly Resource[];
}

const none: Readonly<Record<Resource, number>> = { cache: 0, download: 0, process: 0, upload: 0 };

/** The limits that the user configuration gives: fetchers, builders and pushers. */
export function limits(fetchers: number, builders: number, pushers: number): Limits {
  return { cache: 0, download: fetchers, process: builders, upload: pushers };
}

export function pool(bounds: Limits): Pool {
  return { limits: bounds, used: none, exclusive: none };
}

/** Whether a job with this request may start now. */
export function available(state: Pool, request: Request): boolean {
  for (const resource of request.resources) {
    if (state.exclusive[resource] > 0) return false;
    const limit = state.limits[resource];
    if (limit > 0 && state.used[resource] >= limit) return false;
    if (request.exclusive.includes(resource) && state.used[resource] > 0) return false;
  }
  return true;
}

function change(state: Pool, request: Request, by: 1 | -1): Pool {
  const used = { ...state.used };
  for (const resource of request.resources) used[resource] += by;
  if (request.exclusive.length === 0) return { limits: state.limits, used, exclusive: state.exclusive };
  const exclusive = { ...state.exclusive };
  for (const resource of request.exclusive) exclusive[resource] += by;
  return { limits: state.limits, used, exclusive };
}

export function reserve(state: Pool, request: Request): Pool {
  return change(state, request, 1);
}

export function release(state: Pool, request: Request): Pool {
  return change(state, request, -1);
}
