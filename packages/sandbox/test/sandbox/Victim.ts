/** A process that runs a sandbox until it is killed: `Victim.ts CAS-DIRECTORY MARKER`. */
import { dirname } from "node:path";
import * as Effect from "effect/Effect";
import * as Capture from "../../src/cas/Capture.ts";
import * as ObjectStore from "../../src/cas/ObjectStore.ts";
import * as Sandbox from "../../src/sandbox/Sandbox.ts";
import * as Roots from "../../src/staging/Roots.ts";

const [, , cas = "", marker = ""] = process.argv;
const store = ObjectStore.open(dirname(cas));
const root = Capture.capture(store, `${dirname(cas)}/../files`).directory;
await Effect.runPromise(
  Effect.gen(function* () {
    const roots = yield* Roots.make(store);
    yield* Sandbox.run(roots, store, root, root, {
      argv: ["sh", "-c", `sleep ${marker} & sleep ${marker}`],
      cwd: "/",
      environment: { PATH: "/usr/bin" },
      marked: ["/install"],
      readOnlyRoot: true,
      uid: 0,
      gid: 0,
      output: "inherit",
      capture: true,
    });
  }),
);
