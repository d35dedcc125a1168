/** Commands that run on other machines, as far as a build sees it. */
import type { SandboxConfig } from "@millrace/core/element/Element";
import type { BstError } from "@millrace/core/error/BstError";
import type { Digest } from "@millrace/core/tree/Digest";
import type { Directory } from "@millrace/core/tree/Directory";
import type * as Effect from "effect/Effect";
import type * as Sandbox from "../sandbox/Sandbox.ts";
import type { Voice } from "../session/Voice.ts";

/** A command for another machine. */
export interface Task {
  readonly tree: Directory;
  readonly request: Sandbox.Request;
  readonly config: SandboxConfig;
  /** Trees that the command may ask the machine's own storage for. */
  readonly subsandboxes: readonly Digest[];
  /** Full name of the element. */
  readonly name: string;
  readonly voice: Voice;
}

export interface Elsewhere {
  /** Runs it; fails when that is not possible, and with what the sandbox's rules say of the command. */
  readonly run: (task: Task) => Effect.Effect<Sandbox.Result, BstError>;
  /** Whether this machine takes over what other machines cannot run. */
  readonly fallsBack: boolean;
}
