/**
 * Commands run by a remote execution service: a tree goes out as the blobs that the service lacks, an exit code and the changed tree come back.
 *
 * A result is looked up in the action cache first, when one is configured. A result that names content which its storage has lost, and a service that has lost
 * content it was sent, are mended by executing and sending again.
 */
import { writeSync } from "node:fs";
import { BstError } from "@millrace/core/error/BstError";
import * as Digest from "@millrace/core/tree/Digest";
import * as Effect from "effect/Effect";
import type { Elsewhere, Task } from "../build/Elsewhere.ts";
import type { BackingShape } from "../cas/Backing.ts";
import { attempt } from "../cas/Cas.ts";
import * as ObjectStore from "../cas/ObjectStore.ts";
import * as TreeList from "../cas/TreeList.ts";
import * as Sandbox from "../sandbox/Sandbox.ts";
import * as ActionMessages from "./ActionMessages.ts";
import * as ActionOf from "./ActionOf.ts";
import * as Aside from "./Aside.ts";
import type * as Channel from "./Channel.ts";
import * as Download from "./Download.ts";
import * as Execution from "./Execution.ts";
import * as ExecutionLog from "./ExecutionLog.ts";
import * as InputRoot from "./InputRoot.ts";
import * as Outputs from "./Outputs.ts";
import * as Storage from "./Storage.ts";

/** The services of one configuration, connected. */
export interface Services {
  readonly execution: Channel.Channel;
  readonly storage: Storage.Storage;
  readonly actionCache: Channel.Channel | undefined;
}

/** How often content that went missing on the way is made good. */
const repairs = 2;

/** Runs commands with these services. */
export function make(
  services: Services,
  store: ObjectStore.ObjectStore,
  backing: BackingShape | undefined,
  fallsBack: boolean,
): Elsewhere {
  const aside = Aside.make();
  return { fallsBack, run: (task) => run({ services, store, backing, aside }, task) };
}

interface Means {
  readonly services: Services;
  readonly store: ObjectStore.ObjectStore;
  readonly backing: BackingShape | undefined;
  /** Asks the action cache. */
  readonly aside: Aside.Aside;
}

const run = Effect.fn("RemoteSandbox.run")(function* (
  means: Means,
  task: Task,
): Effect.fn.Return<Sandbox.Result, BstError> {
  const { services, store } = means;
  const { request, config, voice } = task;
  const prepared = yield* attempt(() => Sandbox.prepare(store, task.tree, request));
  const { action, command, root } = yield* attempt(() => {
    const reader = ObjectStore.reader(store);
    const platform = ActionOf.platform(request, config);
    const root = ObjectStore.putTree(store, ActionOf.inputRoot(prepared, request, reader));
    const bytes = ActionMessages.encodeCommand(ActionOf.command(request, platform));
    const command = ObjectStore.putBytes(store, bytes);
    const action = ObjectStore.putBytes(store, ActionMessages.encodeAction({ command, inputRoot: root, platform }));
    return { action, command, root };
  });
  const content = { trees: [root, ...task.subsandboxes], blobs: [command, action] };
  if (services.actionCache !== undefined) {
    const remembered = yield* means.aside(Execution.remembered(services.actionCache, action), ({ message }) =>
      voice.say("warning", `${message}: executing without it`, { speaker: speaker(task) }),
    );
    const usable = remembered !== undefined && !Outputs.isNone(remembered);
    const brought = usable ? yield* bring(means, task, remembered) : undefined;
    if (remembered !== undefined && brought !== undefined) {
      voice.say("info", "Action result found in action cache", { speaker: speaker(task) });
      return yield* finish(means, task, prepared, remembered, brought, 0);
    }
  }
  const send = InputRoot.send(services.storage, store, means.backing, content);
  let skipCache = false;
  for (let repaired = 0; ; repaired++) {
    yield* voice.activity("Uploading input root", send, { speaker: speaker(task) });
    const log = ExecutionLog.make(services.execution, (bytes) => print(task, bytes));
    const executed = yield* voice
      .activity(
        "Waiting for the remote build to complete",
        log.during(Execution.execute(services.execution, { action, skipCache, watch: log.watch })),
        { speaker: speaker(task) },
      )
      .pipe(Effect.result);
    if (executed._tag === "Failure") {
      // Servers have many ways to say that something has expired since it was sent: whether it has is asked of the storage.
      Storage.forget(services.storage);
      if (repaired >= repairs || !(yield* send)) return yield* executed.failure;
      continue;
    }
    const { result, cached } = executed.success;
    voice.say("info", log.summary(result, cached), { speaker: speaker(task) });
    const brought = yield* bring(means, task, result);
    if (brought !== undefined) return yield* finish(means, task, prepared, result, brought, log.shown());
    if (repaired >= repairs) {
      return yield* new BstError({
        domain: "SANDBOX",
        reason: null,
        message: `What ${task.name} left at ${services.execution.endpoint.url} is not in its storage`,
        hint: "The storage service must be the one that the execution service uses.",
        temporary: true,
      });
    }
    skipCache = true;
  }
});

const speaker = (task: Task) => ({ name: task.name, key: null, keyIsStrict: true });

interface Brought {
  readonly outputs: readonly Outputs.Output[];
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
}

/** Brings outputs and printed text; undefined when the storage has lost some of it. */
const bring = Effect.fnUntraced(function* (
  { services, store, backing }: Means,
  task: Task,
  result: ActionMessages.ActionResult,
): Effect.fn.Return<Brought | undefined, BstError> {
  const { storage } = services;
  const { outputs, lost, files } = yield* Outputs.directories(storage, store, task.request, result);
  if (lost.length > 0) return undefined;
  const printed = [result.stdout, result.stderr].flatMap(({ digest }) => (digest === undefined ? [] : [digest]));
  // With a storage service behind the store only that service must have the files.
  const wanted = backing === undefined ? files : TreeList.write(yield* backing.absent(TreeList.read(files)));
  if ((yield* Download.blobs(storage, store, printed, wanted)).length > 0) return undefined;
  if (backing !== undefined) {
    const roots = outputs.map((output) => output.root);
    if (!(yield* backing.keep({ trees: roots, blobs: [] }))) return undefined;
  }
  const text = ({ raw, digest }: ActionMessages.Printed) =>
    digest === undefined || Digest.equals(digest, Digest.empty)
      ? (raw ?? new Uint8Array(0))
      : ObjectStore.read(store, digest);
  return yield* attempt(() => ({ outputs, stdout: text(result.stdout), stderr: text(result.stderr) }));
});

/** Prints what was not shown while the command ran, and makes the tree. */
const finish = Effect.fnUntraced(function* (
  { store }: Means,
  task: Task,
  prepared: Task["tree"],
  result: ActionMessages.ActionResult,
  { outputs, stdout, stderr }: Brought,
  shown: { readonly stdout: number; readonly stderr: number } | 0,
): Effect.fn.Return<Sandbox.Result, BstError> {
  print(task, stdout.subarray(shown === 0 ? 0 : shown.stdout));
  print(task, stderr.subarray(shown === 0 ? 0 : shown.stderr));
  const tree = task.request.capture ? yield* attempt(() => Outputs.apply(store, prepared, outputs)) : task.tree;
  return { exitCode: result.exitCode, tree };
});

/** Writes what a command printed where the request wants it. */
function print({ request }: Task, bytes: Uint8Array): void {
  const to = typeof request.output === "number" ? request.output : 1;
  for (let at = 0; at < bytes.length; ) at += writeSync(to, bytes, at);
}
