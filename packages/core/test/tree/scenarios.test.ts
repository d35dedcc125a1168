import { expect, test } from "vitest";
import * as Model from "../../conformance/Model.ts";
import * as Ours from "../../conformance/Ours.ts";
import * as Sample from "../../conformance/Sample.ts";
import * as Diff from "../../src/tree/Diff.ts";
import { lines } from "./golden.ts";

type Row =
  | {
      readonly request: { readonly destination: Sample.Sample; readonly source: Sample.Sample };
      readonly answer:
        | { readonly conflict: string }
        | {
            readonly tree: Sample.Sample;
            readonly overwritten: readonly string[];
            readonly ignored: readonly string[];
          };
    }
  | {
      readonly request: {
        readonly destination: Sample.Sample;
        readonly before: Sample.Sample;
        readonly after: Sample.Sample;
      };
      readonly answer: { readonly tree: Sample.Sample };
    };

const rows = lines<Row>("tree/scenarios.jsonl");

test("shapes imported over each other give what BuildStream gives", async () => {
  for (const { request, answer } of rows) {
    if (!("source" in request)) continue;
    for (const outcome of [await Ours.trees.run(request), Model.run(request)]) {
      if ("conflict" in answer) expect(outcome).toEqual({ type: "conflict", path: answer.conflict });
      else {
        const { tree, overwritten, ignored } = answer as Extract<typeof answer, { overwritten: unknown }>;
        expect(outcome).toMatchObject({ type: "imported", overwritten, ignored });
        expect(outcome.type === "imported" && outcome.tree).toEqual(Sample.sorted(tree));
      }
    }
  }
});

test("changes carried over to a build tree give what BuildStream gives", () => {
  let count = 0;
  for (const { request, answer } of rows) {
    if (!("before" in request)) continue;
    const texts: Sample.Texts = new Map();
    const [tree, before, after] = [request.destination, request.before, request.after].map((one) =>
      Sample.toDirectory(one, texts),
    );
    const carried = Sample.fromDirectory(Diff.carryOver(tree!, before!, after!), texts);
    expect({ request, carried }).toEqual({ request, carried: Sample.sorted((answer as { tree: Sample.Sample }).tree) });
    count++;
  }
  expect(count).toBeGreaterThan(100);
});
