/** Archives that BuildStream staged (see golden/sources/make.py) give the same trees here, and what it refuses is refused. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, assert, describe, it } from "@effect/vitest";
import * as DirectoryCodec from "@millrace/core/tree/DirectoryCodec";
import * as Sha256 from "@millrace/core/tree/Sha256";
import * as Drivers from "@millrace/sandbox/fetch/Drivers";
import * as MirrorFile from "@millrace/sandbox/fetch/MirrorFile";
import * as Effect from "effect/Effect";
import * as Support from "./Support.ts";

interface Case {
  readonly name: string;
  readonly kind: string;
  readonly "base-dir": string;
  readonly data: string;
  readonly sha256: string;
  readonly tree: string | null;
}

const cases: readonly Case[] = JSON.parse(
  readFileSync(new URL("../golden/sources/archives.json", import.meta.url), "utf8"),
);

/** Where we differ on purpose: docs/differences.md. */
const refusedHere = new Set(["zip dot dot"]);

describe("archives", () => {
  const scratch = Support.scratch();
  afterAll(scratch.remove);
  for (const example of cases) {
    it.effect(example.name, () =>
      Effect.gen(function* () {
        const data = gunzipSync(Buffer.from(example.data, "base64"));
        const source = Support.source(example.kind, {
          url: `file:///nowhere/${example.name}`,
          ref: Sha256.hex(data),
          "base-dir": example["base-dir"],
        });
        const subject = scratch.subject(source);
        const file = MirrorFile.path(subject, Sha256.hex(data));
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, data);
        const { stage } = Drivers.find(source);
        assert.strictEqual(stage.type, "tree");
        if (stage.type !== "tree") return;
        const result = yield* Effect.result(stage.make(subject));
        if (example.tree === null || refusedHere.has(example.name)) {
          assert.strictEqual(result._tag, "Failure");
          return;
        }
        if (result._tag === "Failure") assert.fail(result.failure.message);
        else assert.strictEqual(DirectoryCodec.digestOf(result.success).hash, example.tree);
      }),
    );
  }
});
