/** The record of a build: the artifact's metadata as the store keeps it, byte for byte what BuildStream writes for the same build. */

import { basename } from "node:path";
import type { Artifact, ArtifactBuildDep, BuildSandbox } from "@millrace/core/artifact/Artifact";
import type { Element, SandboxConfig } from "@millrace/core/element/Element";
import type { BstError } from "@millrace/core/error/BstError";
import type { Digest } from "@millrace/core/tree/Digest";
import type { Directory } from "@millrace/core/tree/Directory";
import * as Dump from "@millrace/core/yaml/Dump";
import type * as Node from "@millrace/core/yaml/Node";
import * as Intake from "../cas/Intake.ts";
import * as ObjectStore from "../cas/ObjectStore.ts";
import type { Job } from "./Job.ts";

/** Version of the record's format. */
const version = 2;

/** What a build left. */
export interface Outcome {
  readonly failure: BstError | undefined;
  /** The artifact's files; undefined when there is nothing to collect. */
  readonly files: Directory | undefined;
  /** Kept for debugging; undefined when build trees are not kept. */
  readonly kept:
    | {
        readonly buildTree: Directory | undefined;
        readonly root: Directory;
        readonly sources: Directory;
      }
    | undefined;
  readonly publicData: Node.Mapping;
  /** The element's environment, digest variables included. */
  readonly environment: Readonly<Record<string, string>>;
  readonly subsandboxes: readonly Digest[];
}

/** Writes everything that the record names, and gives the record. */
export function make(store: ObjectStore.ObjectStore, job: Job, outcome: Outcome): Artifact {
  const { element, keys, plan, voice } = job;
  const { failure, kept } = outcome;
  const text = (value: Dump.Dumpable): Digest => ObjectStore.putBytes(store, Buffer.from(Dump.dump(value), "utf8"));
  return {
    version,
    buildSuccess: failure === undefined,
    buildError: failure === undefined ? "succeeded" : failure.message,
    buildErrorDetails: failure?.detail ?? "",
    strongKey: keys.strong,
    strictKey: keys.strict,
    weakKey: keys.weak,
    wasWorkspaced: element.workspace !== undefined,
    files: outcome.files === undefined ? undefined : ObjectStore.putTree(store, outcome.files),
    publicData: text(outcome.publicData),
    lowDiversityMeta: text(
      new Map([
        ["environment", new Map(Object.entries(outcome.environment))],
        ["sandbox-config", sandboxConfig(element.sandbox)],
      ]),
    ),
    highDiversityMeta: text(new Map([["variables", element.variables]])),
    logs:
      voice.logFile === undefined
        ? []
        : [{ name: basename(voice.logFile), digest: Intake.putFile(store, voice.logFile) }],
    buildDeps: job.buildScope.map((id) => buildDep(job, id)),
    buildTree: kept?.buildTree === undefined ? undefined : ObjectStore.putTree(store, kept.buildTree),
    sources: kept === undefined ? undefined : ObjectStore.putTree(store, kept.sources),
    buildRoot: kept === undefined ? undefined : ObjectStore.putTree(store, kept.root),
    buildSandbox: kept === undefined ? undefined : buildSandbox(plan, outcome),
  };
}

function buildDep(job: Job, id: number): ArtifactBuildDep {
  const { element, strongKey } = job.dependency(id);
  return {
    projectName: element.project.name,
    elementName: element.name,
    cacheKey: strongKey,
    wasWorkspaced: isWorkspaced(element),
  };
}

function isWorkspaced(element: Element): boolean {
  return element.workspace !== undefined;
}

function sandboxConfig(config: SandboxConfig): Dump.Dumpable {
  const entries: [string, Dump.Dumpable][] = [
    ["build-os", config.buildOs],
    ["build-arch", config.buildArch],
  ];
  if (config.buildUid !== undefined) entries.push(["build-uid", String(config.buildUid)]);
  if (config.buildGid !== undefined) entries.push(["build-gid", String(config.buildGid)]);
  const socket = config.remoteApisSocket;
  if (socket !== undefined) {
    const value = new Map([["path", socket.path]]);
    if (socket.actionCacheEnableUpdate) value.set("action-cache-enable-update", "True");
    entries.push(["remote-apis-socket", value]);
  }
  return new Map(entries);
}

/** What the sandbox was. Kinds that only arrange files (import, stack, compose, filter) mark no directories and give it no environment either. */
function buildSandbox(plan: Job["plan"], outcome: Outcome): BuildSandbox {
  const configured = plan.markedDirectories.length > 0;
  const names = configured ? Object.keys(outcome.environment).sort((a, b) => (a < b ? -1 : 1)) : [];
  return {
    environment: names.map((name) => ({ name, value: outcome.environment[name] ?? "" })),
    workingDirectory: plan.workingDirectory,
    subsandboxDigests: outcome.subsandboxes,
    markedDirectories: plan.markedDirectories,
  };
}
