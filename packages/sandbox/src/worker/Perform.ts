/**
 * Carrying out one action: its inputs brought and staged by digest, its command run in a sandbox, its outputs stored and sent.
 *
 * Where inputs come from and results go to is {@link Contents}: the storage of a farm, or nothing at all where everything is in the local store. What
 * goes wrong is a {@link Refused} with a status; a command that fails is a result.
 */
import { appendFileSync, closeSync, openSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { BstError } from "@millrace/core/error/BstError";
import * as Digest from "@millrace/core/tree/Digest";
import type { Directory } from "@millrace/core/tree/Directory";
import * as Effect from "effect/Effect";
import type * as Scope from "effect/Scope";
import * as Cas from "../cas/Cas.ts";
import * as Intake from "../cas/Intake.ts";
import * as ObjectStore from "../cas/ObjectStore.ts";
import * as Scratch from "../cas/Scratch.ts";
import * as ActionMessages from "../remote/ActionMessages.ts";
import * as Sandbox from "../sandbox/Sandbox.ts";
import type { RootsShape } from "../staging/Roots.ts";
import * as Inputs from "./Inputs.ts";
import * as Outputs from "./Outputs.ts";
import * as Platform from "./Platform.ts";
import * as Refused from "./Refused.ts";

/** Where blobs come from and go to. */
export interface Contents {
  /** Brings blobs into the store; gives those that are nowhere. */
  readonly bring: (digests: readonly Digest.Digest[]) => Effect.Effect<readonly Digest.Digest[], BstError>;
  /** Brings a whole tree. */
  readonly bringTree: (root: Digest.Digest) => Effect.Effect<readonly Digest.Digest[], BstError>;
  /** Gives blobs of the store to whoever reads the result. */
  readonly send: (digests: readonly Digest.Digest[]) => Effect.Effect<unknown, BstError>;
}

export interface Setting {
  readonly store: ObjectStore.ObjectStore;
  readonly roots: RootsShape;
  readonly contents: Contents;
  /** Properties that actions may ask for beside those that every worker has. */
  readonly offered: ActionMessages.Platform;
  /** The name in results. */
  readonly worker: string;
}

/** What shells give for a command that is not there. */
const notFound = 127;

/** Carries out an action, given itself or by digest. Interrupting it ends every process of it. */
export const perform = Effect.fn("Perform.perform")(function* (
  setting: Setting,
  asked: ActionMessages.Action | Digest.Digest,
): Effect.fn.Return<ActionMessages.ActionResult, Refused.Refused> {
  const { store, roots, contents } = setting;
  return yield* Effect.scoped(
    Effect.gen(function* () {
      if (!("hash" in asked)) return yield* performed(setting, asked);
      yield* present(contents.bring([asked]));
      const action = yield* Cas.attempt(() => ActionMessages.decodeAction(ObjectStore.read(store, asked)));
      return yield* performed(setting, action);
    }),
  ).pipe(
    // Whoever carries out actions may wait long for the next one: no run's directory stays until then.
    Effect.ensuring(roots.tidy),
    Effect.catchTag("BstError", (error) => Effect.fail(Refused.fromError(error))),
  );
});

const performed = Effect.fnUntraced(function* (
  setting: Setting,
  action: ActionMessages.Action,
): Effect.fn.Return<ActionMessages.ActionResult, Refused.Refused | BstError, Scope.Scope> {
  const { store, contents, worker } = setting;
  const started = Date.now();
  yield* present(contents.bring([action.command]));
  const command = yield* Cas.attempt(() => ActionMessages.decodeCommand(ObjectStore.read(store, action.command)));
  const platform = Platform.read(action.platform.length > 0 ? action.platform : command.platform, setting.offered);
  if (platform instanceof Refused.Refused) return yield* platform;
  if (command.argv.length === 0) return yield* invalid("The command has no arguments");
  yield* present(contents.bringTree(action.inputRoot));
  const reader = ObjectStore.reader(store);
  const cwd = join("/", command.workingDirectory);
  const inputs = yield* Cas.attempt(() => Inputs.read(ObjectStore.readDirectory(store, action.inputRoot), cwd, reader));
  const printed = yield* printing(store);
  const { output } = printed;
  const request: Sandbox.Request = {
    argv: [programOf(command.argv[0] as string, cwd), ...command.argv.slice(1)],
    cwd,
    environment: Object.fromEntries(command.environment),
    marked: inputs.writable,
    readOnlyRoot: inputs.readOnlyRoot,
    readOnly: inputs.readOnly,
    uid: platform.uid,
    gid: platform.gid,
    network: platform.network,
    machine: platform.machine,
    output,
    capture: true,
    keepMtimes: command.outputProperties.includes("mtime"),
  };
  const executionStarted = Date.now();
  const limit = action.timeout ?? 0;
  const tree = yield* Cas.attempt(() => Outputs.withParents(inputs.tree, command, inputs.readOnlyRoot, reader));
  const running = sandboxed(setting, tree, inputs.base, request, platform.socket).pipe(
    Effect.catch((error) =>
      error.reason === "missing-command"
        ? Effect.sync(() => {
            printed.say(`${command.argv[0]}: not found in the input root\n`);
            return { exitCode: notFound, tree };
          })
        : Effect.fail(error),
    ),
  );
  const ran = yield* limit > 0
    ? Effect.timeoutOrElse(running, {
        duration: limit,
        orElse: () =>
          Effect.fail(
            new Refused.Refused({
              code: Refused.code.late,
              message: `The command ran for more than ${limit / 1000} s`,
            }),
          ),
      })
    : running;
  const executionCompleted = Date.now();
  const outputs = yield* Cas.inSlices(() => Outputs.collect(store, ran.tree, command));
  const [stdout, stderr] = yield* Cas.attempt(printed.take);
  yield* contents.send([...outputs.blobs, ...[stdout, stderr].filter((digest) => digest.size > 0)]);
  return {
    files: outputs.files,
    directories: outputs.directories,
    symlinks: outputs.symlinks,
    exitCode: ran.exitCode,
    stdout: { digest: stdout },
    stderr: { digest: stderr },
    moments: { worker, started, completed: Date.now(), executionStarted, executionCompleted },
  };
});

/** Runs the command in its sandbox, with the remote APIs socket where it is wanted; what the store lacks comes from where inputs come from. */
const sandboxed = Effect.fnUntraced(function* (
  { store, roots, contents }: Setting,
  tree: Directory,
  base: Directory,
  request: Sandbox.Request,
  path: string | undefined,
): Effect.fn.Return<Sandbox.Result, BstError> {
  if (path === undefined) return yield* Sandbox.run(roots, store, tree, base, request);
  const Apis = yield* Effect.promise(() => import("../apis/Apis.ts"));
  const behind = { bring: contents.bring, elsewhere: undefined };
  return yield* Apis.run({ store, roots, behind }, tree, base, request, { path, actionCacheEnableUpdate: false });
});

function invalid(message: string): Refused.Refused {
  return new Refused.Refused({ code: Refused.code.invalid, message });
}

/** Fails when something was not to be had: the client is expected to bring it and ask again. */
function present(
  bringing: Effect.Effect<readonly Digest.Digest[], BstError>,
): Effect.Effect<void, Refused.Refused | BstError> {
  return Effect.flatMap(bringing, ([first]) =>
    first === undefined
      ? Effect.void
      : Effect.fail(
          new Refused.Refused({
            code: Refused.code.precondition,
            message: `An input is not in the storage, or damaged there: ${Digest.format(first)}`,
          }),
        ),
  );
}

/** A program named by a path is looked for from the working directory. */
function programOf(word: string, cwd: string): string {
  return word.includes("/") && !word.startsWith("/") ? join(cwd, word) : word;
}

interface Printing {
  readonly output: { readonly stdout: number; readonly stderr: number };
  /** Adds to what goes to standard error. */
  readonly say: (text: string) => void;
  /** Stores both. */
  readonly take: () => readonly [stdout: Digest.Digest, stderr: Digest.Digest];
}

/** Files for what a command prints, in the store's place for files in the making. */
const printing = Effect.fnUntraced(function* (
  store: ObjectStore.ObjectStore,
): Effect.fn.Return<Printing, never, Scope.Scope> {
  const open = Effect.acquireRelease(
    Effect.sync(() => {
      const path = Scratch.temporary(store);
      return { path, descriptor: openSync(path, "ax", 0o600) };
    }),
    ({ path, descriptor }) =>
      Effect.sync(() => {
        closeSync(descriptor);
        rmSync(path, { force: true });
      }),
  );
  const stdout = yield* open;
  const stderr = yield* open;
  return {
    output: { stdout: stdout.descriptor, stderr: stderr.descriptor },
    say: (text) => appendFileSync(stderr.descriptor, text),
    take: () => [Intake.putFile(store, stdout.path), Intake.putFile(store, stderr.path)],
  };
});
