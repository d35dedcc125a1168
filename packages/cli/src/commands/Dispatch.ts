/** Finds the code of a command, and loads only that. */

import { raise } from "@millrace/core/error/BstError";
import type { Environment } from "../app/Environment.ts";
import * as MainOptions from "../app/MainOptions.ts";
import type { Outcome } from "../args/Parse.ts";
import type { Values } from "../args/Values.ts";

/** What a command is given. */
export interface Invocation {
  readonly main: MainOptions.MainOptions;
  readonly values: Values;
  readonly environment: Environment;
}

/** A command: resolves to the exit code, rejects with a `BstError` when it fails. */
export interface CommandModule {
  readonly run: (invocation: Invocation) => Promise<number>;
}

const modules: Readonly<Record<string, () => Promise<CommandModule>>> = {
  doctor: () => import("./Doctor.ts"),
  explain: () => import("./Explain.ts"),
  help: () => import("./Help.ts"),
  init: () => import("./Init.ts"),
  build: () => import("./Build.ts"),
  report: () => import("./Report.ts"),
  shell: () => import("./Shell.ts"),
  show: () => import("./Show.ts"),
  "source fetch": () => import("./SourceFetch.ts"),
  "source list": () => import("./SourceList.ts"),
  "source outdated": () => import("./SourceOutdated.ts"),
  "source push": () => import("./SourcePush.ts"),
  "source track": () => import("./SourceTrack.ts"),
  "workspace open": () => import("./WorkspaceOpen.ts"),
  "workspace close": () => import("./WorkspaceClose.ts"),
  "workspace reset": () => import("./WorkspaceReset.ts"),
  "source checkout": () => import("./SourceCheckout.ts"),
  "artifact checkout": () => import("./ArtifactCheckout.ts"),
  "artifact delete": () => import("./ArtifactDelete.ts"),
  "artifact list-contents": () => import("./ArtifactListContents.ts"),
  "artifact log": () => import("./ArtifactLog.ts"),
  "artifact show": () => import("./ArtifactShow.ts"),
  "artifact pull": () => import("./ArtifactPull.ts"),
  "artifact push": () => import("./ArtifactPush.ts"),
  "cache clean": () => import("./CacheClean.ts"),
  "cache show": () => import("./CacheShow.ts"),
  "cache verify": () => import("./CacheVerify.ts"),
  "remote check": () => import("./RemoteCheck.ts"),
  why: () => import("./Why.ts"),
  worker: () => import("./Worker.ts"),
  "workspace list": () => import("./WorkspaceList.ts"),
};

/** All commands that do something, as a person types them after `bst`. */
export const names: readonly string[] = Object.keys(modules);

/** Commands that do nothing which would be an event. */
const uneventful: ReadonlySet<string> = new Set(["doctor", "explain", "help", "init", "report"]);

/** Runs the command that was parsed. */
export async function dispatch(outcome: Outcome & { readonly type: "run" }, environment: Environment): Promise<number> {
  const name = outcome.command.join(" ");
  const main = MainOptions.from(outcome.main, environment);
  if (main.events !== undefined && uneventful.has(name))
    raise({
      domain: "APP",
      reason: null,
      message: `\`bst ${name}\` has no events to write`,
      hint: "Leave out --events.",
    });
  const module = await (modules[name] as () => Promise<CommandModule>)();
  return module.run({ main, values: outcome.values, environment });
}
