/** `gen_cargo_lock`: a `Cargo.lock` whose whole text is the ref; the host's cargo makes it when it is tracked. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { BstError } from "@millrace/core/error/BstError";
import * as Tree from "@millrace/core/tree/Tree";
import * as Effect from "effect/Effect";
import * as HostProgram from "../HostProgram.ts";
import type { SourceDriver } from "../SourceDriver.ts";
import * as SourceRef from "../SourceRef.ts";
import * as Timed from "../Timed.ts";

/** The driver. */
export const driver: SourceDriver = {
  kind: "gen_cargo_lock",
  isCached: () => true,
  track: ({ environment }, previous) =>
    Timed.activity(
      environment,
      "Generating Cargo.lock",
      Effect.gen(function* () {
        const directory = previous ?? ".";
        yield* HostProgram.run({
          program: "cargo",
          arguments: ["generate-lockfile"],
          cwd: directory,
          environment: { CARGO_HOME: join(environment.locations.sourcedir, "gen_cargo_lock") },
          failure: "Failed to generate the lock file",
          temporary: true,
        });
        return yield* Effect.try({
          try: () => readFileSync(join(directory, "Cargo.lock")).toString("base64"),
          catch: (cause) =>
            new BstError({
              domain: "SOURCE",
              reason: null,
              message: `cargo left no Cargo.lock: ${(cause as Error).message}`,
            }),
        });
      }),
    ),
  stage: {
    type: "tree",
    make: (subject) =>
      subject.environment.cas
        .putBytes(Buffer.from(SourceRef.textRef(subject), "base64"))
        .pipe(Effect.map((digest) => Tree.make([["Cargo.lock", Tree.file(digest)]]))),
  },
};
