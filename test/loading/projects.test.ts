/** Random projects loaded through the library: what the oracle said of them (test/golden/projects) is what we say. */
import { readFileSync } from "node:fs";
import type { Element } from "@millrace/core/element/Element";
import { BstError, formatPlace } from "@millrace/core/error/BstError";
import type { Graph } from "@millrace/core/graph/Graph";
import * as Load from "@millrace/core/graph/Load";
import * as Selection from "@millrace/core/graph/Selection";
import * as Keys from "@millrace/core/key/Keys";
import * as MemoryFiles from "@millrace/core/project/MemoryFiles";
import * as UserConfig from "@millrace/core/project/UserConfig";
import * as Sha256 from "@millrace/core/tree/Sha256";
import * as Result from "effect/Result";
import { describe, expect, it } from "vitest";
import * as Fields from "../../packages/cli/src/show/Fields.ts";
import * as Scope from "../../packages/core/src/graph/Scope.ts";

interface Golden {
  readonly files: Readonly<Record<string, string>>;
  readonly targets: readonly string[];
  readonly options: readonly (readonly [string, string])[];
  readonly configuration: string;
  readonly keys?: readonly (readonly [string, string])[];
  readonly digest?: string;
  readonly domain?: string;
  readonly reason?: string | null;
  readonly place?: string | null;
}

const projects: readonly Golden[] = JSON.parse(
  readFileSync(new URL("../golden/projects/projects.json", import.meta.url), "utf8"),
);

/** What `show` with the format of the parity check prints. */
function shown(graph: Graph): { keys: string[][]; text: string } {
  const keys = Keys.compute(graph.elements);
  const selected = Selection.select(Scope.make(graph.elements as Element[]), graph.targets, "all");
  let text = "";
  const named: string[][] = [];
  for (const id of selected) {
    const element = graph.elements[id] as Element;
    const key = keys.strict[id] ?? "?".repeat(64);
    named.push([element.fullName, key]);
    const subject: Fields.Subject = { graph, element, sourceInfo: () => [], keyDocument: () => "" };
    const value = (name: string): string => Fields.describe(name, subject);
    text += `${element.fullName} ${key}\n${value("vars")}${value("env")}${value("public")}${value("deps")}\n\n`;
  }
  // The line break that ends the format is dropped after the last element.
  return { keys: named, text: text.slice(0, -1) };
}

function load(golden: Golden) {
  const config = UserConfig.read(
    golden.configuration === "" ? undefined : { path: "buildstream.conf", content: golden.configuration },
    {},
  );
  const files = MemoryFiles.make(golden.files);
  return Load.load(
    {
      ...Load.defaults,
      targets: golden.targets,
      options: golden.options,
      maxJobs: 4,
      host: { os: "Linux", machine: "x86_64", cpus: 4 },
      overrides: (name) => UserConfig.overrides(config, name),
    },
    { files, junction: () => undefined, directory: () => MemoryFiles.make({}) },
  );
}

describe("random projects", () => {
  for (const [index, golden] of projects.entries()) {
    it(`${index}: ${golden.keys === undefined ? `${golden.domain} ${golden.reason}` : `${golden.keys.length} elements`}`, () => {
      const loaded = load(golden);
      if (Result.isFailure(loaded)) {
        const error = loaded.failure instanceof BstError ? loaded.failure : loaded.failure.error;
        const place = error.place === undefined ? null : formatPlace(error.place);
        const { domain, reason } = golden;
        expect({ domain: error.domain, reason: error.reason }, error.message).toEqual({ domain, reason });
        if (golden.place !== null) expect(place).toBe(golden.place);
        return;
      }
      const { keys, text } = shown(loaded.success);
      expect(keys).toEqual(golden.keys);
      expect(Sha256.hex(text), text).toBe(golden.digest);
    });
  }
});
