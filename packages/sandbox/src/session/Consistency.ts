/** Whether elements can be worked on at all: each of their sources names an exact version, each open workspace has its directory. */
import type { Element } from "@millrace/core/element/Element";
import { BstError } from "@millrace/core/error/BstError";
import type { Graph } from "@millrace/core/graph/Graph";
import * as Effect from "effect/Effect";

/** Fails when elements cannot be worked on because they name no exact version of their sources. */
export function check(graph: Graph, members: readonly number[]): Effect.Effect<void, BstError> {
  const loose = members.filter((id) => !graph.elements[id]!.sources.every((source) => source.resolved));
  if (loose.length === 0) return Effect.void;
  const workspaced = loose.every((id) => graph.elements[id]!.workspace !== undefined);
  if (workspaced) return Effect.fail(workspacesGone(loose.map((id) => graph.elements[id]!)));
  const lines = loose.flatMap((id) => {
    const element = graph.elements[id]!;
    const sources = element.sources.filter((source) => !source.resolved);
    return [
      `${element.fullName}:`,
      ...sources.map((source) => `  ${source.kind.name} source ${source.index + 1} has no ref`),
    ];
  });
  return Effect.fail(
    new BstError({
      domain: "PIPELINE",
      reason: "inconsistent-pipeline",
      message: `Inconsistent pipeline: ${loose.length === 1 ? "an element has" : `${loose.length} elements have`} sources without a ref`,
      detail: lines.join("\n"),
      hint: "Run `bst source track` on them first.",
    }),
  );
}

/** What is said of open workspaces whose directories were moved or deleted. */
function workspacesGone(elements: readonly Element[]): BstError {
  const places = elements.map((element) => `  ${element.fullName}: ${element.workspace?.directory}`);
  return new BstError({
    domain: "PIPELINE",
    reason: "inconsistent-pipeline-workspaced",
    message: `Inconsistent pipeline: ${elements.length === 1 ? "an open workspace has" : `${elements.length} open workspaces have`} lost the directory`,
    detail: ["There is nothing any more at:", ...places].join("\n"),
    hint: `Bring the directory back, or close with: bst workspace close ${elements.map(({ fullName }) => fullName).join(" ")}`,
  });
}
