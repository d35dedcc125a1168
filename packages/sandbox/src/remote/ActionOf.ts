/**
 * The Action that stands for a command on a tree, as BuildStream writes it: equal builds of the two tools meet in one action cache.
 *
 * The root says in its properties what stays writable under a read-only root; what stays writable is also what is asked for afterwards.
 */
import { posix } from "node:path";
import type { SandboxConfig } from "@millrace/core/element/Element";
import type { Directory, Reader } from "@millrace/core/tree/Directory";
import * as Draft from "@millrace/core/tree/Draft";
import * as Paths from "@millrace/core/tree/Paths";
import type * as Sandbox from "../sandbox/Sandbox.ts";
import * as ActionMessages from "./ActionMessages.ts";

/** The root as the machine gets it; `tree` is prepared for the request. */
export function inputRoot(tree: Directory, request: Sandbox.Request, reader: Reader): Directory {
  if (!request.readOnlyRoot) return tree;
  const draft = Draft.open(tree);
  for (const path of request.marked) Draft.setReadOnly(Paths.openDraft(draft, path, reader), false);
  Draft.setReadOnly(draft, true);
  return Draft.freeze(draft);
}

/** What is asked of the machine. */
export function platform(request: Sandbox.Request, config: SandboxConfig): ActionMessages.Platform {
  const { buildOs, buildArch, buildUid, buildGid, remoteApisSocket } = config;
  const wanted: readonly (readonly [string, string | undefined])[] = [
    ["ISA", buildArch],
    ["OSFamily", buildOs],
    ["network", request.network === true ? "on" : undefined],
    ["remoteApisSocketPath", remoteApisSocket?.path.replace(/^\/+/, "")],
    ["unixGID", buildGid === undefined ? undefined : String(buildGid)],
    ["unixUID", buildUid === undefined ? undefined : String(buildUid)],
  ];
  return wanted.filter((pair): pair is readonly [string, string] => pair[1] !== undefined);
}

/** The command; every path in it is relative. */
export function command(request: Sandbox.Request, asked: ActionMessages.Platform): ActionMessages.Command {
  const { cwd, environment, marked, readOnlyRoot } = request;
  const writable = readOnlyRoot ? marked : ["/"];
  return {
    argv: request.argv,
    environment: Object.entries({ ...environment, PWD: cwd }),
    platform: asked,
    workingDirectory: cwd.slice(1),
    outputPaths: writable.map((path) => posix.relative(cwd, path) || "."),
    outputProperties: request.keepMtimes === true ? ["mtime"] : [],
    outputFormat: ActionMessages.format.directory,
  };
}
