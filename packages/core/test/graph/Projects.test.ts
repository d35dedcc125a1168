import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Element } from "../../src/element/Element.ts";
import { BstError } from "../../src/error/BstError.ts";
import type { Graph } from "../../src/graph/Graph.ts";
import * as Scope from "../../src/graph/Scope.ts";
import * as Selection from "../../src/graph/Selection.ts";
import * as Access from "../../src/yaml/Access.ts";
import { load } from "./Loading.ts";

interface Outcome {
  readonly domain?: string;
  readonly reason?: string | null;
  readonly elements?: readonly { readonly public: unknown }[];
}

const golden = new URL("../../../../test/golden/graph/", import.meta.url);
const oracle: { readonly plain: unknown; readonly cases: Readonly<Record<string, Outcome>> } = JSON.parse(
  readFileSync(new URL("projects.json", golden), "utf8"),
);

/** Where we are right and BuildStream is not (or crashes): what we say instead. */
const differences: Readonly<Record<string, Outcome>> = {
  // BuildStream recurses until Python's limit.
  "links in a circle between junctions": { domain: "LOAD", reason: "circular-reference" },
};

function* projects() {
  const text = readFileSync(new URL("projects.txt", golden), "utf8");
  for (const block of text.split(/^##### /m).slice(1)) {
    const head = block.slice(0, block.indexOf("\n"));
    const [name = "", words = ""] = head.split(" #####");
    const files = Object.fromEntries(
      block
        .slice(head.length + 1)
        .split(/^--- /m)
        .slice(1)
        .map((part) => [part.slice(0, part.indexOf("\n")), part.slice(part.indexOf("\n") + 1)]),
    );
    const targets = words.split(" ").filter((word) => word !== "");
    const options: (readonly [string, string])[] = [];
    while (targets[0] === "-o") {
      const [, option = "", value = ""] = targets.splice(0, 3);
      options.push([option, value]);
    }
    yield { name, files, options, targets: targets.length === 0 ? undefined : targets };
  }
}

const automatic = new Set(["element-name", "max-jobs", "build-root"]);

function chosen(values: ReadonlyMap<string, string>): Record<string, string> {
  return Object.fromEntries([...values].filter(([name]) => /^x/i.test(name) || automatic.has(name)));
}

function outcome(graph: Graph): Outcome {
  const view = Scope.make(graph.elements);
  const name = (id: number) => (graph.elements[id] as Element).fullName;
  return {
    elements: Selection.select(view, graph.targets, "all").map((id) => {
      const element = view.element(id);
      const direct = (wanted: "build" | "runtime") =>
        element.dependencies.filter((dependency) => dependency[wanted]).map((dependency) => name(dependency.element));
      return {
        name: element.fullName,
        variables: chosen(element.variables),
        environment: chosen(element.environment),
        public: JSON.parse(JSON.stringify(Access.strip(element.public))),
        build: direct("build"),
        run: direct("runtime"),
      };
    }),
  };
}

describe("Projects", () => {
  it.each([...projects()])("$name", ({ name, files, options, targets }) => {
    let ours: Outcome;
    try {
      ours = outcome(load(files, targets, { options }));
    } catch (cause) {
      if (!(cause instanceof BstError)) throw cause;
      ours = { domain: cause.domain, reason: cause.reason };
      expect(cause.message).not.toBe("");
    }
    const theirs = differences[name] ?? oracle.cases[name];
    const elements = theirs?.elements?.map((element) =>
      element.public === "plain" ? { ...element, public: oracle.plain } : element,
    );
    expect(ours).toEqual(elements === undefined ? theirs : { elements });
  });
});
