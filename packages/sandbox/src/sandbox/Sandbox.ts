/**
 * Running a command on a tree: a tree in, an exit code and the changed tree out.
 *
 * The rules are those of BuildStream's sandboxes: the program must be in the tree, the working directory, `/dev`, `/proc`, `/tmp` and the marked
 * directories are made where they are missing (and stay in the result), `PWD` is the working directory. With a read-only root
 * the marked directories are what may change; otherwise everything.
 */
import { statSync } from "node:fs";
import { join } from "node:path";
import { BstError, raise } from "@millrace/core/error/BstError";
import type { Directory } from "@millrace/core/tree/Directory";
import * as Draft from "@millrace/core/tree/Draft";
import * as Paths from "@millrace/core/tree/Paths";
import * as Tree from "@millrace/core/tree/Tree";
import * as Effect from "effect/Effect";
import * as Cas from "../cas/Cas.ts";
import * as ObjectStore from "../cas/ObjectStore.ts";
import * as CaptureUpper from "../staging/CaptureUpper.ts";
import type { RootsShape, Staged } from "../staging/Roots.ts";
import type * as Bubblewrap from "./Bubblewrap.ts";
import * as Programs from "./Programs.ts";
import * as Run from "./Run.ts";
import * as Startable from "./Startable.ts";

export interface Request {
  readonly argv: readonly string[];
  /** Absolute path inside. */
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Absolute paths inside that stay writable under a read-only root. */
  readonly marked: readonly string[];
  readonly readOnlyRoot: boolean;
  /** Absolute paths inside that are read-only under a writable root. */
  readonly readOnly?: readonly string[] | undefined;
  readonly uid: number;
  readonly gid: number;
  /** The machine that the element asks for, in BuildStream's names; this one unless given. */
  readonly machine?: { readonly os: string; readonly arch: string } | undefined;
  readonly output: Run.Output;
  /** Whether to look at what changed; a shell's changes are thrown away. */
  readonly capture: boolean;
  readonly keepMtimes?: boolean | undefined;
  readonly network?: boolean | undefined;
  readonly interactive?: boolean | undefined;
  readonly jobControl?: boolean | undefined;
  readonly mounts?: readonly Bubblewrap.HostMount[] | undefined;
}

export interface Result {
  readonly exitCode: number;
  /** The root afterwards; the one before when nothing was to be captured. */
  readonly tree: Directory;
}

/** Runs a command on a tree. `base` is the part of the tree worth keeping extracted. */
export const run = Effect.fn("Sandbox.run")(function* (
  roots: RootsShape,
  store: ObjectStore.ObjectStore,
  tree: Directory,
  base: Directory,
  request: Request,
): Effect.fn.Return<Result, BstError> {
  const prepared = yield* Cas.attempt(() => prepare(store, tree, request));
  // Somebody else may be about to evict the root that was chosen: it is there again when asked for again.
  return yield* runOnce(roots, store, prepared, base, request).pipe(
    Effect.catchTag("MountRefused", () => runOnce(roots, store, prepared, base, request)),
    Effect.catchTag("MountRefused", ({ reason }) =>
      Effect.fail(
        new BstError({
          domain: "SANDBOX",
          reason: null,
          message: `The root of the sandbox cannot be mounted: ${reason}`,
          hint: "The kernel's log (dmesg) says why an overlay was refused.",
        }),
      ),
    ),
  );
});

const runOnce = Effect.fnUntraced(function* (
  roots: RootsShape,
  store: ObjectStore.ObjectStore,
  tree: Directory,
  base: Directory,
  request: Request,
): Effect.fn.Return<Result, BstError | Run.MountRefused> {
  return yield* Effect.scoped(
    Effect.gen(function* () {
      const capabilities = yield* roots.capabilities;
      if (request.machine !== undefined) {
        const problem = Programs.unsupported(request.machine);
        if (problem !== undefined) return yield* problem;
      }
      const writable = request.readOnlyRoot ? request.marked.filter((path) => !isMounted(request, path)) : undefined;
      const staged = yield* roots.stage(tree, { base, writable });
      const { protection } = staged;
      // It comes to its turn when this fiber waits for the command.
      yield* Effect.forkScoped(roots.tidy);
      const ended = yield* Run.start(
        {
          root: staged.root,
          argv: request.argv,
          cwd: request.cwd,
          environment: { ...request.environment, PWD: request.cwd },
          uid: request.uid,
          gid: request.gid,
          network: request.network === true,
          interactive: request.interactive === true,
          jobControl: request.jobControl,
          mounts: request.mounts ?? [],
          readOnly: [...protection.readOnly, ...(request.readOnly ?? [])],
          rootReadOnly: protection.rootReadOnly,
        },
        capabilities,
        request.output,
      );
      if (!request.capture) return { exitCode: ended.exitCode, tree };
      const changed = yield* Cas.inSlices(() => capture(store, staged, ended, request));
      return { exitCode: ended.exitCode, tree: changed };
    }),
  );
});

function isMounted(request: Request, path: string): boolean {
  return request.mounts?.some((mount) => mount.path === path) ?? false;
}

/** The tree with all directories that a run needs. Raises `missing-command`. */
export function prepare(store: ObjectStore.ObjectStore, tree: Directory, request: Request): Directory {
  const reader = ObjectStore.reader(store);
  checkCommand(store, tree, request);
  const draft = Draft.open(tree);
  Paths.openDraft(draft, request.cwd, reader);
  for (const path of ["dev", "proc", "tmp"]) {
    const directory = Paths.openDraft(draft, path, reader);
    // BuildStream notes in the tree that these stay writable, and records the tree so.
    if (request.readOnlyRoot) Draft.setReadOnly(directory, false);
  }
  for (const path of request.marked) {
    const mount = request.mounts?.find((candidate) => candidate.path === path);
    if (mount === undefined) Paths.openDraft(draft, path, reader);
  }
  let result = Draft.freeze(draft);
  for (const { path, hostPath } of request.mounts ?? []) {
    if (Paths.exists(result, path, { reader, follow: true })) continue;
    if (statSync(hostPath, { throwIfNoEntry: false })?.isDirectory() === true)
      result = Paths.makeDirectory(result, path, reader);
    else result = Paths.insert(result, path, Tree.file(ObjectStore.putBytes(store, new Uint8Array(0))), reader);
  }
  return result;
}

function checkCommand(store: ObjectStore.ObjectStore, tree: Directory, { argv, environment }: Request): void {
  const [program = ""] = argv;
  const options = { reader: ObjectStore.reader(store), follow: true };
  if (Startable.candidates(program, environment).some((path) => Paths.exists(tree, path, options))) return;
  raise({
    domain: "SANDBOX",
    reason: "missing-command",
    message: `Staged artifacts do not provide command '${program}'`,
    hint: program.startsWith("/")
      ? "Add a build dependency that installs it."
      : "Add a build dependency that installs it into a directory of the element's PATH.",
  });
}

function* capture(
  store: ObjectStore.ObjectStore,
  staged: Staged,
  ended: Run.Ended,
  request: Request,
): Generator<void, Directory> {
  const options = { store, keepMtimes: request.keepMtimes === true, known: staged.known };
  const reader = ObjectStore.reader(store);
  if (!request.readOnlyRoot)
    return yield* CaptureUpper.capture({ upper: staged.upper, merged: ended.merged, staged: staged.tree }, options);
  let tree = staged.tree;
  for (const path of topmost(request.marked.filter((marked) => !isMounted(request, marked)))) {
    const place = {
      upper: join(staged.upper, path),
      merged: join(ended.merged, path),
      staged: Paths.openDirectory(staged.tree, path, { reader }),
    };
    const changed = yield* CaptureUpper.capture(place, options);
    if (changed !== place.staged) tree = Paths.insert(tree, path, Tree.directory(changed), reader);
  }
  return tree;
}

/** Paths that are not below another one of them; `/` never counts. */
function topmost(paths: readonly string[]): readonly string[] {
  const all = [...new Set(paths.map((path) => `/${Paths.parts(path).join("/")}`))].filter((path) => path !== "/");
  return all.filter((path) => !all.some((other) => other !== path && path.startsWith(`${other}/`)));
}
