/**
 * Where the store, the downloads and the logs live, as the user's configuration says; every service of this package that touches the disk asks here.
 *
 * The layout below the cache directory is BuildStream's, so that both tools work in one directory, at the same time. What only this tool
 * keeps (stat indexes, executable twins of objects) is under `cachedir/millrace`, where the other one never looks.
 */
import * as Context from "effect/Context";
import * as Layer from "effect/Layer";

export interface LocationsShape {
  /** Absolute path of BuildStream's `cachedir`. */
  readonly cachedir: string;
  /** Absolute path of `sourcedir`: what the sources downloaded. */
  readonly sourcedir: string;
  /** Bytes that one source may bring, downloaded or unpacked; undefined for what is usual. */
  readonly sizeLimit?: number | undefined;
  /** How much disk the cache may take; undefined for all of it. */
  readonly limits?: Limits | undefined;
}

/** An amount of disk: bytes, a share of the file system, or no limit. */
export type Amount =
  | { readonly type: "infinity" }
  | { readonly type: "bytes"; readonly bytes: number }
  | { readonly type: "percent"; readonly percent: number };

/** `cache:` of the user configuration. */
export interface Limits {
  readonly quota: Amount;
  /** What is left free on the file system. */
  readonly reserved: Amount;
  /** Share of the quota (0 to 1) that expiry goes down to. */
  readonly lowWatermark: number;
}

export class Locations extends Context.Service<Locations, LocationsShape>()("@millrace/sandbox/cas/Locations") {
  static readonly layer = (locations: LocationsShape): Layer.Layer<Locations> => Layer.succeed(Locations, locations);
}
