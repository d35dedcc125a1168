/**
 * What an element kind asks an executor to do, as data.
 *
 * A plan stands for BuildStream's `configure_sandbox`, `stage` and `assemble`. The local executor, remote execution, `--dry-run` and the tests
 * all read the same plan. Elements are named by their index in the graph; paths are absolute inside the sandbox root.
 */
import type { Place } from "../error/BstError.ts";
import type { Mapping } from "../yaml/Node.ts";

/** Which files of an artifact take part: BuildStream's split domains. Undefined include means all domains. */
export interface Split {
  readonly include?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
  readonly orphans: boolean;
}

/** One shell command of a batch. */
export interface Command {
  /** argv; build commands are `["sh", "-c", "-e", "COMMAND\n"]`. */
  readonly argv: readonly string[];
  /** What logs call it (for build commands the command text itself). */
  readonly label: string;
  /** Working directory, default the plan's. */
  readonly cwd?: string | undefined;
  /** Environment, default the plan's. */
  readonly environment?: Readonly<Record<string, string>> | undefined;
  /**
   * Part of configuring: in an open workspace the commands with this mark run only until all of them succeeded once, which an empty file
   * `.bst-prepared` in the build directory remembers (written right after the last of them).
   */
  readonly configures?: boolean | undefined;
}

export type Step =
  /** Stages artifacts of `elements` (already in staging order, each once) at a directory; overlaps are reported within the step and across steps. */
  | {
      readonly type: "stage-artifacts";
      readonly elements: readonly number[];
      readonly at: string;
      readonly split?: Split | undefined;
      /** What to do when files of an earlier step are overwritten (BuildStream's OverlapAction). */
      readonly overlapAction: "error" | "warning" | "ignore";
      /** The activity's name in the log, e.g. `Staging dependencies at: /`. */
      readonly label?: string | undefined;
      /**
       * `filter`: every domain that `split` names must exist in the split rules of each artifact's (dynamic) public data; else an ELEMENT error
       * whose detail lists those that do not, under the place they are written at.
       */
      readonly knownDomains?: { readonly include: Place; readonly exclude: Place } | undefined;
    }
  /** Runs the integration commands of these elements, in order, on a writable root (cwd `/`, environment of the element integrated). */
  | { readonly type: "integrate"; readonly elements: readonly number[]; readonly label: string }
  /** Stages the element's own sources into a directory (created when missing). */
  | { readonly type: "stage-sources"; readonly at: string }
  /** Runs commands, all in one sandbox. */
  | {
      readonly type: "run";
      readonly label: string;
      readonly readOnlyRoot: boolean;
      readonly commands: readonly Command[];
    }
  /** Makes a directory (and parents) in the root. */
  | { readonly type: "mkdir"; readonly path: string }
  /** `import`: checks that `from` exists and holds something, then moves what is in it to `to`; all else is dropped from the result. */
  | { readonly type: "move"; readonly from: string; readonly to: string; readonly emptyError: string }
  /** Imports what is in a directory into another one (made when missing), by the import rules; does nothing when `from` is not there. */
  | { readonly type: "copy"; readonly from: string; readonly to: string }
  /** Ends the assembly with an ELEMENT error: what planning found out already, told where BuildStream tells it, and cached as a failed build. */
  | { readonly type: "fail"; readonly message: string; readonly detail: string }
  /** `compose`, before integration: remembers which files are there. */
  | { readonly type: "snapshot" }
  /**
   * `compose`: keeps of the root's files those that the split rules of `elements` select, plus what integration added or changed since the
   * snapshot (when there is one), and puts the result at `to`.
   */
  | { readonly type: "select"; readonly elements: readonly number[]; readonly split: Split; readonly to: string }
  /** Writes a file with text known when planning. */
  | { readonly type: "write-file"; readonly path: string; readonly text: string; readonly executable: boolean }
  /** An action that only its kind can describe; `handler` names it, `settings` is its data. Executors that do not know it say so in one error. */
  | { readonly type: "custom"; readonly handler: string; readonly settings: unknown };

/** A digest variable: the environment variable gets `HASH/SIZE` of the tree that these elements make when staged together. */
export interface DigestVariable {
  readonly name: string;
  readonly elements: readonly number[];
}

export interface Plan {
  readonly environment: Readonly<Record<string, string>>;
  readonly workingDirectory: string;
  /** Directories that stay writable under a read-only root (BuildStream's marked directories). */
  readonly markedDirectories: readonly string[];
  readonly digestVariables: readonly DigestVariable[];
  /** Staging: failures here are not cached. */
  readonly stage: readonly Step[];
  /** Assembly: a failure here is cached as a failed build. */
  readonly assemble: readonly Step[];
  /** The directory whose content becomes the artifact. */
  readonly collect: string;
  /** Whether what is there is kept when a command failed, in the failed build's artifact. */
  readonly collectsFailure?: boolean | undefined;
  /** Whether any step runs a command (needs a sandbox). */
  readonly runsCommands: boolean;
  /** Dynamic public data that replaces the element's own in its artifact, when assembly changes it (filter, compose). */
  readonly publicData?: Mapping | undefined;
  /**
   * `filter` with `pass-integration`: the integration commands in the (dynamic) public data of this element's artifact come before the
   * element's own in its artifact.
   */
  readonly passIntegrationOf?: number | undefined;
  /** The build directory, removed from the captured build tree after success unless build trees are kept. */
  readonly buildRoot?: string | undefined;
}
