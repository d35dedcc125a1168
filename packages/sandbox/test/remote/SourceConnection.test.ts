/** Sources to servers and back. */
import { assert, describe, it } from "@effect/vitest";
import * as SourceCodec from "@millrace/core/artifact/SourceCodec";
import * as Digest from "@millrace/core/tree/Digest";
import * as Tree from "@millrace/core/tree/Tree";
import * as Wire from "@millrace/core/tree/Wire";
import * as Effect from "effect/Effect";
import { strong, weak } from "../artifacts/ArtifactOf.ts";
import type * as FakeServer from "./FakeServer.ts";
import { machine, project, remote, server } from "./Machine.ts";
import { quiet } from "./Sample.ts";

it.live("what a server has no directories for is an error that says so", () =>
  Effect.gen(function* () {
    const fake = yield* server({ noDirectories: true });
    yield* machine([remote(fake.url)], (connection) =>
      Effect.gen(function* () {
        const failed = yield* Effect.flip(
          connection.pullSources(project, { type: "source", kind: "local", key: weak }, quiet),
        );
        assert.include(String((failed as { detail?: string }).detail), "UNIMPLEMENTED");
      }),
    );
  }).pipe(Effect.scoped),
);

describe("sources", () => {
  const element = { type: "element", key: strong } as const;
  const single = { type: "source", kind: "local", key: weak } as const;

  it.live("come back under their keys", () =>
    Effect.gen(function* () {
      const fake = yield* server({ missAsStatus: true });
      yield* machine([remote(fake.url)], (connection, { cas }) =>
        Effect.gen(function* () {
          const file = yield* cas.putBytes(Buffer.from("source"));
          const root = yield* cas.putTree(Tree.make([["f", Tree.file(file)]]));
          assert.isUndefined(yield* connection.pullSources(project, element, quiet));
          assert.isUndefined(yield* connection.pullSources(project, single, quiet));
          fake.assets.set(`Directory:urn:fdc:buildstream.build:2020:source:local/${weak}`, root);
          for (const digest of [file, root]) fake.blobs.set(digest.hash, yield* cas.read(digest));
        }),
      );
      yield* machine([remote(fake.url)], (connection, { sources }) =>
        Effect.gen(function* () {
          const root = yield* connection.pullSources(project, single, quiet);
          assert.isDefined(root);
          assert.deepStrictEqual(yield* sources.find(single), root);
        }),
      );
    }).pipe(Effect.scoped),
  );

  it.live("come from the next index when the record of the first is none, or what it names is not to be had", () =>
    Effect.gen(function* () {
      const uri = `Blob:urn:fdc:buildstream.build:2020:source:${strong}`;
      const put = (fake: FakeServer.FakeServer, bytes: Uint8Array) => {
        const digest = Digest.ofBytes(bytes);
        fake.blobs.set(digest.hash, bytes);
        return digest;
      };
      const record = (files: Digest.Digest) => SourceCodec.encode({ version: 0, files });
      const endless = (fake: FakeServer.FakeServer) => {
        fake.manners.pours = () => () => Wire.bytesOf(() => Wire.bytes(10, new Uint8Array(65_536)));
        return { hash: strong, size: 2 ** 50 };
      };
      const cases: readonly (readonly [(fake: FakeServer.FakeServer) => Digest.Digest, number])[] = [
        [(fake) => put(fake, Buffer.from("no record")), 1],
        [(fake) => put(fake, record(Digest.ofBytes(Buffer.from("nowhere")))), 0],
        [endless, 1],
      ];
      for (const [first, warned] of cases) {
        const [poor, rich] = [yield* server(), yield* server()];
        poor.assets.set(uri, first(poor));
        rich.assets.set(uri, put(rich, record(put(rich, new Uint8Array(0)))));
        yield* machine([remote(poor.url), remote(rich.url)], (connection, { warnings }) =>
          Effect.gen(function* () {
            const told: string[] = [];
            const say = (kind: string, text: string) => void (kind === "warn" && told.push(text));
            assert.deepStrictEqual(yield* connection.pullSources(project, element, say), Digest.empty);
            assert.lengthOf(told, warned);
            assert.deepStrictEqual(warnings, []);
            const asked = poor.calls.length;
            yield* connection.pullSources(project, { ...element, key: weak }, say);
            assert.isAbove(poor.calls.length, asked, "its server is not set aside");
          }),
        );
      }
    }).pipe(Effect.scoped),
  );
});
