/**
 * A shell, or one command, in the sandbox of an element: what `bst shell` runs.
 *
 * The root is read-only but for the marked directories, and nothing that is written is kept. Unless it is isolated, a shell has the host's network, the
 * caller's user and group, the environment and host files that the project's `shell` section lists, and the mounts that the caller asked for.
 */
import { existsSync } from "node:fs";
import type { Artifact } from "@millrace/core/artifact/Artifact";
import type { Element } from "@millrace/core/element/Element";
import { BstError } from "@millrace/core/error/BstError";
import type { ShellConfig } from "@millrace/core/project/Project";
import type { Directory } from "@millrace/core/tree/Directory";
import * as Effect from "effect/Effect";
import * as Metadata from "../artifacts/Metadata.ts";
import * as Cas from "../cas/Cas.ts";
import * as ObjectStore from "../cas/ObjectStore.ts";
import type * as Bubblewrap from "../sandbox/Bubblewrap.ts";
import * as Sandbox from "../sandbox/Sandbox.ts";
import * as Startable from "../sandbox/Startable.ts";
import type { Voice } from "../session/Voice.ts";
import { Roots } from "../staging/Roots.ts";
import type * as Running from "./Running.ts";

/** What a shell starts in. */
export interface Setting {
  readonly root: Running.Root;
  readonly environment: Readonly<Record<string, string>>;
  /** Undefined is `/`. */
  readonly cwd: string | undefined;
  readonly marked: readonly string[];
}

export interface Mount {
  readonly hostPath: string;
  readonly path: string;
  /** Whether nobody minds when the host does not have it. */
  readonly optional: boolean;
}

export interface Request {
  readonly element: Element;
  readonly setting: Setting;
  /** The top-level project's `shell` section. */
  readonly config: ShellConfig;
  /** Asked for by the caller. */
  readonly mounts: readonly Mount[];
  readonly isolate: boolean;
  /** `PS1`; undefined leaves the shell's own. */
  readonly prompt: string | undefined;
  /** Undefined or empty runs the project's shell. */
  readonly command: readonly string[] | undefined;
  readonly voice: Voice;
}

/** Runs it in the terminal of this process; gives its exit code. */
export const run = Effect.fn("Shell.run")(function* (
  request: Request,
): Effect.fn.Return<number, BstError, Roots | Cas.Cas> {
  const roots = yield* Roots;
  const { store } = yield* Cas.Cas;
  const { setting, config, isolate, voice, element } = request;
  const environment: Record<string, string> = { ...setting.environment };
  if (request.prompt !== undefined) environment["PS1"] = request.prompt;
  const mounts: Bubblewrap.HostMount[] = [];
  if (!isolate) {
    for (const [name, value] of config.environment) environment[name] = value;
    for (const mount of [...config.hostFiles, ...request.mounts]) {
      if (existsSync(mount.hostPath)) mounts.push({ hostPath: mount.hostPath, path: mount.path });
      else if (!mount.optional) voice.say("warning", `${mount.hostPath} of this machine is not there, and not mounted`);
    }
  }
  const { command } = request;
  const argv = command === undefined || command.length === 0 ? config.command : command;
  voice.say("status", "Running command", { detail: argv.join(" ") });
  const socket = element.sandbox.remoteApisSocket;
  const Apis = socket === undefined ? undefined : yield* Effect.promise(() => import("../apis/Apis.ts"));
  const start = (wanted: Sandbox.Request) =>
    Apis === undefined
      ? Sandbox.run(roots, store, setting.root.tree, setting.root.base, wanted)
      : Apis.run({ store, roots, behind: undefined }, setting.root.tree, setting.root.base, wanted, socket);
  const wanted: Sandbox.Request = {
    argv,
    cwd: setting.cwd ?? "/",
    environment,
    marked: [...setting.marked, ...mounts.map(({ path }) => path)],
    readOnlyRoot: true,
    uid: isolate ? (element.sandbox.buildUid ?? 0) : (process.geteuid?.() ?? 0),
    gid: isolate ? (element.sandbox.buildGid ?? 0) : (process.getegid?.() ?? 0),
    output: "inherit",
    capture: false,
    network: !isolate,
    interactive: true,
    jobControl: argv === config.command,
    mounts,
  };
  const { exitCode } = yield* start(wanted);
  if (exitCode !== 0) yield* Cas.attempt(() => explain(store, setting.root.tree, wanted, voice));
  return exitCode;
});

/** Says why the program could not be started, where that was it. */
function explain(store: ObjectStore.ObjectStore, tree: Directory, request: Sandbox.Request, voice: Voice): void {
  const why = Startable.whyNot(store, tree, request);
  if (why !== undefined) voice.say("warning", why);
}

/** The shell of a build tree: the root that the artifact kept, with the sandbox it was built in. */
export const fromBuildTree = Effect.fn("Shell.fromBuildTree")(function* (
  artifact: Artifact,
  element: Element,
): Effect.fn.Return<Setting, BstError, Cas.Cas> {
  const { store } = yield* Cas.Cas;
  const { buildRoot, buildSandbox } = artifact;
  if (buildRoot === undefined)
    return yield* new BstError({
      domain: "STREAM",
      reason: "missing-buildtree-artifact-created-without-buildtree",
      message: `The artifact of ${element.fullName} was made without a build tree`,
      hint: "Build it again with --cache-buildtrees always.",
    });
  return yield* Cas.attempt(() => {
    const tree = ObjectStore.readDirectory(store, buildRoot);
    const recorded = buildSandbox?.environment ?? [];
    const environment =
      recorded.length > 0
        ? Object.fromEntries(recorded.map(({ name, value }) => [name, value]))
        : Metadata.environment(store, artifact);
    const cwd = buildSandbox?.workingDirectory;
    return {
      root: { tree, base: tree },
      environment,
      cwd: cwd === "" ? undefined : cwd,
      marked: buildSandbox?.markedDirectories ?? [],
    };
  });
});
