/** An artifact to try servers with. */
import { randomBytes } from "node:crypto";
import * as ArtifactName from "@millrace/core/artifact/ArtifactName";
import type { RemoteSpec } from "@millrace/core/project/Project";
import type { Entry } from "@millrace/core/tree/Directory";
import * as Tree from "@millrace/core/tree/Tree";
import type { ArtifactCache } from "@millrace/sandbox/artifacts/ArtifactCache";
import type { Cas } from "@millrace/sandbox/cas/Cas";
import * as Effect from "effect/Effect";
import { artifactOf, strong } from "../artifacts/ArtifactOf.ts";
import type { FakeServer } from "./FakeServer.ts";
import { machine, project } from "./Machine.ts";

export const name = ArtifactName.make(project, "libc.bst", strong);
export const quiet = () => {};

export const large = randomBytes(5_000_000);

/** An artifact with many small files, an empty one and one that fits into no batch; `log` is what its build printed, in which two builds differ. */
export const stored = Effect.fnUntraced(function* (cas: Cas["Service"], cache: ArtifactCache["Service"], log = "log") {
  const meta = yield* cas.putBytes(Buffer.from("meta"));
  const entries: [string, Entry][] = [];
  for (let at = 0; at < 200; at++)
    entries.push([`f${at}`, Tree.file(yield* cas.putBytes(Buffer.alloc(1000 + at, at)))]);
  entries.push(["empty", Tree.file(yield* cas.putBytes(Buffer.alloc(0)))]);
  const deep = Tree.make([["large", Tree.file(yield* cas.putBytes(large))]]);
  const artifact = artifactOf(meta, {
    files: yield* cas.putTree(Tree.make([...entries, ["sub", Tree.directory(deep)]])),
    logs: [{ name: "log", digest: yield* cas.putBytes(Buffer.from(log)) }],
  });
  yield* cache.store(artifact, project, "libc.bst");
  return artifact;
});

/** Pushes it from a machine of its own. */
export const push = (remotes: readonly RemoteSpec[], log?: string) =>
  machine(remotes, (connection, { cas, cache }) =>
    Effect.gen(function* () {
      yield* stored(cas, cache, log);
      return yield* connection.pushNamed(name, quiet);
    }),
  );

/** The hash of its large file, on a server. */
export const largestHash = ({ blobs }: FakeServer) =>
  [...blobs].find(([, bytes]) => bytes.length === large.length)?.[0] as string;
