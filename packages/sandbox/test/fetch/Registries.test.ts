/** Sources from registries and repositories of every kind: tracked, fetched and staged here as BuildStream did (golden/sources/registries.ts). */
import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { assert, describe, it } from "@effect/vitest";
import * as MemoryFiles from "@millrace/core/project/MemoryFiles";
import type { Mapping } from "@millrace/core/yaml/Node";
import * as Drivers from "@millrace/sandbox/fetch/Drivers";
import * as Effect from "effect/Effect";
import { type Case, type Golden, settled } from "./registries/Case.ts";
import { cases } from "./registries/Cases.ts";
import * as Listing from "./registries/Listing.ts";
import * as World from "./registries/World.ts";
import * as Support from "./Support.ts";

const golden = JSON.parse(
  readFileSync(new URL("../golden/sources/registries.json", import.meta.url), "utf8"),
) as Readonly<Record<string, Golden>>;

const installed = (program: string): boolean =>
  (process.env["PATH"] ?? "").split(delimiter).some((directory) => existsSync(join(directory, program)));

/** Runs a case; gives the same facts as the golden data. */
const run = Effect.fnUntraced(function* (one: Case) {
  const world = yield* Effect.acquireRelease(
    Effect.promise(() => World.open()),
    (opened) => Effect.promise(() => opened.close()),
  );
  yield* Effect.promise(async () => one.prepare(world));
  const scratch = yield* Effect.acquireRelease(
    Effect.sync(() => Support.scratch()),
    (made) => Effect.sync(made.remove),
  );
  const previous = join(scratch.directory, "previous");
  World.write(previous, { ".keep": "", ...one.before });
  one.arrange?.(world, previous);
  const mirrors = new Map(Object.entries(one.mirrors(world)).map(([alias, url]) => [alias, [url]]));
  const project = Support.project({
    mirrors: [{ name: "world", kind: "default", aliases: mirrors, config: undefined }],
  });
  const translate = (url: string) => {
    const colon = url.indexOf(":");
    const target = one.aliases[url.slice(0, colon)];
    return target === undefined ? url : target + url.slice(colon + 1);
  };
  const constants = Object.entries(one.module?.(world) ?? {}).map(([name, text]) => `${name} = "${text}"`);
  const options = { translate, module: constants.join("\n"), files: MemoryFiles.make(one.own ?? {}) };
  const untracked = Support.source(one.kind, { ...one.config, ...one.default?.(world) }, options, 1);
  const driver = Drivers.find(untracked);
  const subject = {
    ...scratch.subject(untracked, project),
    environment: { ...scratch.environment, trackPolicy: "mirrors" as const },
  };
  const ref = yield* driver.track?.(subject, previous) ?? Effect.succeed(undefined);
  const kind = untracked.kind;
  const settings =
    ref === undefined
      ? untracked.settings
      : kind.withRef?.(untracked.settings, Support.node(ref) as Mapping, untracked.context);
  assert.isTrue(kind.isResolved(settings));
  const source = { ...untracked, settings, resolved: true };
  const tracked = { ...scratch.subject(source, project) };
  const fetching = { ...tracked, environment: { ...tracked.environment, fetchPolicy: "mirrors" as const } };
  if (!driver.isCached(fetching)) yield* driver.fetch?.(fetching, previous) ?? Effect.void;
  assert.isTrue(driver.isCached(fetching), "cached after fetching");
  const mirror = join(scratch.sourcedir, one.kind);
  const out = join(scratch.directory, "out");
  const { cas } = scratch.environment;
  const before = yield* cas.capture(previous);
  yield* cas.checkout(before.directory, out);
  const place = join(out, untracked.directory ?? "");
  if (driver.stage.type === "change") yield* driver.stage.apply(tracked, place);
  else yield* cas.checkout(yield* cas.putTree(yield* driver.stage.make(tracked)), place, { force: true });
  return { ref: ref ?? null, mirror: Listing.mirrored(mirror), tree: Listing.list(out, one.ignored) };
}, Effect.scoped);

/** Golden refs are as they stand in the file, where all is text. */
const asWritten = (_: string, value: unknown) => (typeof value === "boolean" ? (value ? "True" : "False") : value);

describe("registries", () => {
  for (const one of cases)
    it.live(
      one.name,
      () =>
        Effect.gen(function* () {
          for (const program of one.programs ?? [])
            assert.isTrue(installed(program), `${program} is missing; scripts/setup.sh test installs it`);
          const found = settled(one, yield* run(one));
          const wanted = golden[one.name];
          assert.strictEqual(JSON.stringify(found.ref, asWritten), JSON.stringify(wanted?.ref));
          assert.deepStrictEqual(found.mirror, wanted?.mirror);
          assert.deepStrictEqual(found.tree, wanted?.tree);
        }),
      60_000,
    );
});
