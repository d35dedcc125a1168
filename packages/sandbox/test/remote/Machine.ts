/** A machine with a cache of its own, connected to servers of a test. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RemoteSpec } from "@millrace/core/project/Project";
import * as Node from "@millrace/core/yaml/Node";
import { ArtifactCache } from "@millrace/sandbox/artifacts/ArtifactCache";
import { Cas } from "@millrace/sandbox/cas/Cas";
import { Locations } from "@millrace/sandbox/cas/Locations";
import * as Connection from "@millrace/sandbox/remote/Connection";
import { SourceCache } from "@millrace/sandbox/sources/SourceCache";
import * as Effect from "effect/Effect";
import * as Layer from "effect/Layer";
import * as Line from "../../../../test/support/Line.ts";
import * as FakeServer from "./FakeServer.ts";

/** The project that all remotes are configured for. */
export const project = "test";

/** A remote as the configuration has it; tried again at once. */
export function remote(
  url: string,
  settings: Readonly<Record<string, number>> = {},
  type: RemoteSpec["type"] = "all",
): RemoteSpec {
  const entries = Object.entries({ "retry-limit": 2, "retry-delay": 1, ...settings });
  const connection = Node.mapping(entries.map(([key, value]) => [key, Node.scalar(value)] as const));
  return { url, instanceName: undefined, type, push: true, node: Node.mapping([["connection-config", connection]]) };
}

/** Runs work on a machine of its own: a cache directory and connections to servers. */
export function machine<A>(
  remotes: readonly RemoteSpec[],
  body: (
    connection: Connection.Connection,
    services: {
      readonly cas: Cas["Service"];
      readonly cache: ArtifactCache["Service"];
      readonly sources: SourceCache["Service"];
      readonly warnings: readonly string[];
      /** What the cache directory is in; nothing else is there. */
      readonly directory: string;
    },
  ) => Effect.Effect<A, unknown>,
): Effect.Effect<A, unknown> {
  return Effect.scoped(
    Effect.gen(function* () {
      const directory = yield* Effect.acquireRelease(
        Effect.sync(() => mkdtempSync(join(tmpdir(), "millrace-remote-"))),
        (made) => Effect.sync(() => rmSync(made, { recursive: true, force: true })),
      );
      const store = Layer.provideMerge(
        Cas.layer,
        Locations.layer({ cachedir: join(directory, "cache"), sourcedir: join(directory, "cache") }),
      );
      const caches = Layer.provideMerge(Layer.mergeAll(ArtifactCache.layer, SourceCache.layer), store);
      const work = Effect.gen(function* () {
        const cas = yield* Cas;
        const cache = yield* ArtifactCache;
        const sources = yield* SourceCache;
        const warnings: string[] = [];
        const configured = new Map([[project, remotes.map((spec) => ({ spec, directory: undefined }))]]);
        const connection = yield* Connection.open({
          cas,
          artifacts: cache,
          sources,
          keyLength: 8,
          buildTrees: false,
          artifactRemotes: configured,
          sourceRemotes: configured,
          warn: (message) => warnings.push(message),
        });
        return yield* body(connection, { cas, cache, sources, warnings, directory });
      });
      return yield* Effect.provide(work, caches);
    }),
  );
}

/** A server that ends with the test. */
export const server = (manners: FakeServer.Manners = {}) =>
  Effect.acquireRelease(
    Effect.promise(() => FakeServer.start(manners)),
    (started) => Effect.sync(started.close),
  );

/** A line to a server, which lasts as long as the test. */
export const line = (url: string, carry?: Line.Carry) =>
  Effect.acquireRelease(
    Effect.promise(() => Line.lay(url, carry)),
    ({ close }) => Effect.sync(close),
  );
