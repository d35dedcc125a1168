/**
 * The layer of remote execution: which services a project's builds use, connected when the first of them runs a command.
 *
 * Where nothing is configured nothing else of this package is loaded.
 */
import { BstError } from "@millrace/core/error/BstError";
import type { RemoteSpec } from "@millrace/core/project/Project";
import type { RemoteExecution } from "@millrace/core/project/Remotes";
import * as Context from "effect/Context";
import * as Effect from "effect/Effect";
import * as Layer from "effect/Layer";
import * as Scope from "effect/Scope";
import type { Behind } from "../apis/Apis.ts";
import type { Elsewhere, Task } from "../build/Elsewhere.ts";
import { Cas } from "../cas/Cas.ts";
import { kept } from "./Kept.ts";

export interface FarmShape {
  /** Where commands of builds run when this is the project of the session; undefined for this machine. */
  readonly of: (project: string) => Elsewhere | undefined;
  /** What sandboxes with a remote APIs socket have behind it. */
  readonly nested: (project: string) => Effect.Effect<Behind | undefined, BstError>;
}

export const Farm = Context.Reference<FarmShape>("@millrace/sandbox/remote/Farm", {
  defaultValue: () => ({ of: () => undefined, nested: () => Effect.succeed(undefined) }),
});

export interface Configuration {
  /** The user's choice for a project. */
  readonly execution: (project: string) => RemoteExecution | undefined;
  /** `cache: storage-service`, which serves where the choice names no storage. */
  readonly storage: RemoteSpec | undefined;
  /** The directory of the user configuration, where relative paths start. */
  readonly directory: string | undefined;
}

/** The service of a configuration; its connections live as long as the layer. */
export function layer(configuration: Configuration): Layer.Layer<never, never, Cas> {
  return Layer.effectContext(
    Effect.gen(function* () {
      const { store, backing } = yield* Cas;
      const scope = yield* Scope.Scope;
      const made = new Map<string, Elsewhere | undefined>();

      const connect = Effect.fnUntraced(function* (chosen: RemoteExecution): Effect.fn.Return<Elsewhere, BstError> {
        const { execution, actionCache } = chosen;
        const storage = chosen.storage ?? configuration.storage;
        if (execution === undefined || storage === undefined)
          return yield* new BstError({ domain: "SANDBOX", reason: null, message: "Remote execution has no storage" });
        const Services = yield* Effect.promise(() => import("./Services.ts"));
        const RemoteSandbox = yield* Effect.promise(() => import("./RemoteSandbox.ts"));
        const specs = { execution, storage, actionCache };
        const services = yield* Scope.provide(Services.open(specs, configuration.directory), scope);
        return RemoteSandbox.make(services, store, backing, chosen.fallsBack);
      });

      const make = (project: string): Elsewhere | undefined => {
        const chosen = configuration.execution(project);
        if (chosen?.execution === undefined) return undefined;
        const connected = Effect.runSync(kept(connect(chosen)));
        return {
          fallsBack: chosen.fallsBack,
          run: (task: Task) => Effect.flatMap(connected, (farm) => farm.run(task)),
        };
      };
      const connectNested = Effect.fnUntraced(function* (
        chosen: RemoteExecution | undefined,
      ): Effect.fn.Return<Behind | undefined, BstError> {
        const storage = chosen?.storage ?? configuration.storage;
        const spec = chosen?.actionCache;
        if (spec === undefined || storage === undefined)
          return backing === undefined ? undefined : { bring: backing.fetch, elsewhere: undefined };
        const Services = yield* Effect.promise(() => import("./Services.ts"));
        const NestedCache = yield* Effect.promise(() => import("./NestedCache.ts"));
        const opened = Services.openCache({ storage, actionCache: spec }, configuration.directory);
        return NestedCache.make({ store, backing, ...(yield* Scope.provide(opened, scope)), pushes: spec.push });
      });
      const nested = new Map<string, Effect.Effect<Behind | undefined, BstError>>();
      const service: FarmShape = {
        nested: (project) => {
          const known = nested.get(project) ?? Effect.runSync(kept(connectNested(configuration.execution(project))));
          nested.set(project, known);
          return known;
        },
        of: (project) => {
          if (!made.has(project)) made.set(project, make(project));
          return made.get(project);
        },
      };
      return Context.make(Farm, service) as Context.Context<never>;
    }),
  );
}
