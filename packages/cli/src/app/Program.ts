/**
 * Runs the Effect programs that commands are made of: with the local services, until they end or are interrupted.
 *
 * Failures come out as the `BstError` itself, so that the caller need not know of effects. SIGINT, SIGTERM and SIGHUP interrupt the program, which releases what it
 * holds: mounts, processes, temporary directories.
 */
import { dirname } from "node:path";
import type { BstError } from "@millrace/core/error/BstError";
import * as UserConfig from "@millrace/core/project/UserConfig";
import { ArtifactCache } from "@millrace/sandbox/artifacts/ArtifactCache";
import { Executor } from "@millrace/sandbox/build/Executor";
import { Cas } from "@millrace/sandbox/cas/Cas";
import * as DiskTrouble from "@millrace/sandbox/cas/DiskTrouble";
import { Locations } from "@millrace/sandbox/cas/Locations";
import * as Caches from "@millrace/sandbox/remote/Caches";
import * as Farm from "@millrace/sandbox/remote/Farm";
import * as StorageService from "@millrace/sandbox/remote/StorageService";
import type { Builder } from "@millrace/sandbox/session/Builder";
import { ElementSources } from "@millrace/sandbox/sources/ElementSources";
import { SourceCache } from "@millrace/sandbox/sources/SourceCache";
import { Roots } from "@millrace/sandbox/staging/Roots";
import * as Cause from "effect/Cause";
import * as Effect from "effect/Effect";
import * as Exit from "effect/Exit";
import * as Layer from "effect/Layer";
import type { Context } from "./Context.ts";
import * as ElementBuilder from "./ElementBuilder.ts";
import * as Warnings from "./Warnings.ts";

/** What every program may use. */
export type Services = Locations | Cas | ArtifactCache | SourceCache | ElementSources | Roots | Executor | Builder;

/** The services over the user's cache directory. */
function layer(context: Context, remotes: Caches.Configuration): Layer.Layer<Services, BstError> {
  const { cachedir, sourcedir, cache, fetch } = context.config;
  const { quota, reserved, lowWatermark } = cache;
  const { sizeLimit } = fetch;
  const locations = Locations.layer({
    cachedir,
    sourcedir,
    limits: { quota, reserved, lowWatermark },
    // A share of a disk says nothing about one source.
    sizeLimit: sizeLimit.type === "bytes" ? sizeLimit.bytes : Number.POSITIVE_INFINITY,
  });
  const behind = StorageService.layer(cache.storageService, directoryOf(context));
  const store = Layer.provideMerge(Cas.layer, Layer.mergeAll(locations, behind));
  const caches = Layer.provideMerge(Layer.mergeAll(ArtifactCache.layer, SourceCache.layer), store);
  const servers = Layer.provideMerge(Caches.layer(remotes), caches);
  const sources = Layer.provideMerge(Layer.mergeAll(ElementSources.layer, Roots.layer), servers);
  const executor = Layer.provideMerge(Layer.mergeAll(Executor.layer, Farm.layer(execution(context))), sources);
  return Layer.provideMerge(ElementBuilder.layer(context), executor);
}

/** The remote execution that the user configured, for all projects or for one. */
function execution(context: Context): Farm.Configuration {
  const { config } = context;
  return {
    execution: (project) => UserConfig.overrides(config, project).remoteExecution ?? config.remoteExecution,
    storage: config.cache.storageService,
    directory: directoryOf(context),
  };
}

/** The directory of the user configuration, where relative paths of its servers start. */
function directoryOf({ config }: Context): string | undefined {
  return config.origin === undefined ? undefined : dirname(config.origin);
}

/** Exit code after a signal, as shells count it. */
const signalled = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
type Ending = keyof typeof signalled;

/** Runs a program; rejects with a `BstError` where it fails and with the defect where it is broken. */
export async function run<A>(
  context: Context,
  remotes: Caches.Configuration,
  program: Effect.Effect<A, BstError, Services>,
): Promise<A> {
  const controller = new AbortController();
  let signal: Ending | undefined;
  const stop = (name: Ending) => {
    signal = name;
    controller.abort();
  };
  const names = Object.keys(signalled) as readonly Ending[];
  for (const name of names) process.once(name, stop);
  try {
    const whole = Effect.provide(program, Layer.provideMerge(layer(context, remotes), Warnings.layer));
    const exit = await Effect.runPromiseExit(Effect.scoped(whole), { signal: controller.signal });
    Warnings.flush();
    if (Exit.isSuccess(exit)) return exit.value;
    if (signal !== undefined && Cause.hasInterruptsOnly(exit.cause)) process.exit(signalled[signal]);
    const cause = Cause.squash(exit.cause);
    throw DiskTrouble.asFailure(cause) ?? cause;
  } finally {
    for (const name of names) process.off(name, stop);
  }
}
