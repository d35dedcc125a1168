/** Artifacts of dependencies staged into a tree, in memory, with what overlaps say about it. */

import type { Artifact } from "@millrace/core/artifact/Artifact";
import type { Element } from "@millrace/core/element/Element";
import { BstError, foreign, formatPlace, raise } from "@millrace/core/error/BstError";
import type { Step } from "@millrace/core/plan/Plan";
import type { Directory } from "@millrace/core/tree/Directory";
import * as Draft from "@millrace/core/tree/Draft";
import * as Import from "@millrace/core/tree/Import";
import * as Overlaps from "@millrace/core/tree/Overlaps";
import * as Paths from "@millrace/core/tree/Paths";
import * as SplitRules from "@millrace/core/tree/SplitRules";
import * as Tree from "@millrace/core/tree/Tree";
import * as Effect from "effect/Effect";
import * as Cas from "../cas/Cas.ts";
import * as ObjectStore from "../cas/ObjectStore.ts";
import type { Voice } from "../session/Voice.ts";
import type { Dependency, Job } from "./Job.ts";
import * as PublicData from "./PublicData.ts";

export type StageArtifacts = Step & {
  readonly type: "stage-artifacts";
  /** Whether reports are to list all that was written, which costs reading it. */
  readonly listWritten?: boolean;
};

export interface Staged {
  readonly tree: Directory;
  readonly session: Overlaps.Session;
}

/** An element's artifact; fails with `uncached-checkout-attempt` when it has none. */
export const artifactOf = Effect.fnUntraced(function* (dependency: Dependency): Effect.fn.Return<Artifact, BstError> {
  const artifact = yield* dependency.artifact;
  if (artifact !== undefined) return artifact;
  return yield* new BstError({
    domain: "ELEMENT",
    reason: "uncached-checkout-attempt",
    message: `${dependency.element.fullName} has no artifact to stage`,
    hint: `Build it first: bst build ${dependency.element.fullName}`,
  });
});

/** Carries out one staging step. `earlier` are the sessions before it. */
export const stage = Effect.fnUntraced(function* (
  store: ObjectStore.ObjectStore,
  job: Pick<Job, "element" | "dependency" | "voice">,
  root: Directory,
  step: StageArtifacts,
  earlier: readonly Overlaps.Session[],
): Effect.fn.Return<Staged, BstError> {
  const reader = ObjectStore.reader(store);
  const split = step.split ?? { orphans: true };
  const draft = Draft.open(root);
  const target = yield* Cas.attempt(() => Paths.openDraft(draft, step.at, reader));
  const staged: Overlaps.Staged[] = [];
  const artifacts = new Map<number, Artifact>();
  for (const id of step.elements) {
    const dependency = job.dependency(id);
    const artifact = yield* artifactOf(dependency);
    artifacts.set(id, artifact);
    yield* Cas.attempt(() => {
      const { element } = dependency;
      if (step.knownDomains !== undefined) checkDomains(store, step, artifact, element);
      const text = `Staging ${element.name}/${dependency.briefKey}`;
      job.voice.say("status", text, { speaker: dependency.subject });
      const source = artifact.files === undefined ? Tree.empty : ObjectStore.readDirectory(store, artifact.files);
      const filter = isWhole(split)
        ? undefined
        : SplitRules.compile(PublicData.splitRules(PublicData.of(store, artifact, element)), split);
      staged.push({
        element: id,
        source,
        filter,
        report: Import.intoDraft(target, source, { reader, filter, listWritten: step.listWritten }),
      });
    });
  }
  const session = { location: step.at, action: step.overlapAction, staged };
  yield* Cas.attempt(() => {
    const verdict = Overlaps.check(session, earlier, {
      name: (id) => job.dependency(id).element.fullName,
      whitelisted: (id, path) => {
        const { element } = job.dependency(id);
        const artifact = artifacts.get(id);
        const data = artifact === undefined ? element.public : PublicData.of(store, artifact, element);
        return SplitRules.whitelist(PublicData.overlapWhitelist(data))(path);
      },
      reader,
    });
    for (const { token, message, detail } of verdict.warnings) warn(job, token, message, detail);
    if (verdict.error !== undefined) throw verdict.error;
  });
  return { tree: Draft.freeze(draft), session };
});

function isWhole(
  split: SplitRules.Rules | { readonly orphans: boolean; readonly include?: unknown; readonly exclude?: unknown },
): boolean {
  return "orphans" in split && split.orphans === true && split.include === undefined && split.exclude === undefined;
}

/** A warning with a token, which the element's project may have declared fatal. */
export function warn(
  job: { readonly element: Element; readonly voice: Voice },
  token: string,
  message: string,
  detail: string | undefined,
): void {
  const text = `[${token}]: ${message}`;
  if (job.element.project.fatalWarnings.includes(token))
    raise({ domain: "PLUGIN", reason: foreign(token), message: text, detail });
  job.voice.say("warning", text, { detail });
}

function checkDomains(
  store: ObjectStore.ObjectStore,
  step: StageArtifacts,
  artifact: Artifact,
  element: Element,
): void {
  const places = step.knownDomains;
  if (places === undefined) return;
  const rules = PublicData.splitRules(PublicData.of(store, artifact, element));
  const lines: string[] = [];
  for (const [names, place] of [
    [step.split?.include, places.include],
    [step.split?.exclude, places.exclude],
  ] as const) {
    const unknown = (names ?? []).filter((name) => !rules.has(name));
    if (unknown.length > 0)
      lines.push(
        `Not declared by ${element.fullName}, but used at ${formatPlace(place)}:`,
        ...unknown.map((name) => ` - ${name}`),
      );
  }
  if (lines.length === 0) return;
  raise({
    domain: "ELEMENT",
    reason: null,
    message: `Split domains are used that ${element.fullName} does not declare`,
    detail: lines.join("\n"),
    hint: `The domains of ${element.fullName} are: ${[...rules.keys()].join(", ")}`,
  });
}
