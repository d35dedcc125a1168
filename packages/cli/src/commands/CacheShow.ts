/** `bst cache show`: disk use by kind, and the limits. */
import { statfsSync } from "node:fs";
import { Cas, inSlices } from "@millrace/sandbox/cas/Cas";
import * as Maintenance from "@millrace/sandbox/cas/Maintenance";
import * as Quota from "@millrace/sandbox/cas/Quota";
import * as Effect from "effect/Effect";
import * as Output from "../app/Output.ts";
import * as Values from "../args/Values.ts";
import * as Json from "../json/Json.ts";
import * as Size from "../show/Size.ts";
import * as Command from "./Command.ts";
import type { Invocation } from "./Dispatch.ts";

/** Prints a table. */
export function run(invocation: Invocation): Promise<number> {
  return Command.run(
    invocation,
    Effect.fnUntraced(function* ({ context }) {
      const { store } = yield* Cas;
      const { cachedir, sourcedir, logdir, cache } = context.config;
      const shares = yield* inSlices(() => Maintenance.inventory(cachedir, sourcedir, logdir));
      const total = shares.reduce((sum, { bytes }) => sum + bytes, 0);
      const count = shares.reduce((sum, share) => sum + share.count, 0);
      const rows = [...shares, { kind: "total", count, bytes: total }].map(
        (share) =>
          `${share.kind.padEnd(26)}${String(share.count).padStart(10)}${Size.text(share.bytes).padStart(12)}\n`,
      );
      const { bsize, blocks, bavail } = statfsSync(store.directory);
      const space = { total: bsize * blocks, free: bsize * bavail };
      const reserved = Math.round(Quota.inBytes(cache.reserved, space.total) ?? 0);
      if (Values.isSet(invocation.values, "json")) {
        const { quotaText: quota, lowWatermark } = cache;
        Json.print("cache show", { directory: cachedir, shares, quota, lowWatermark, free: space.free, reserved });
        return 0;
      }
      Output.out(
        `${cachedir}\n\n${rows.join("")}\n` +
          `quota ${cache.quotaText}, low watermark ${Math.round(cache.lowWatermark * 100)}%\n` +
          `${Size.text(space.free)} free, of which ${Size.text(reserved)} are kept free\n`,
      );
      return 0;
    }),
  );
}
