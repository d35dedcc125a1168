/** Keys of whole projects as BuildStream computes them; `test/golden/keys/make.py` asked it. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { Json } from "../../src/element/Element.ts";
import * as ElementKinds from "../../src/element/ElementKinds.ts";
import * as Scope from "../../src/graph/Scope.ts";
import * as Canonical from "../../src/key/Canonical.ts";
import * as KeyDocument from "../../src/key/KeyDocument.ts";
import * as Keys from "../../src/key/Keys.ts";
import * as Sha256 from "../../src/tree/Sha256.ts";
import { load } from "../graph/Loading.ts";

const golden = fileURLToPath(new URL("../../../../test/golden/keys/", import.meta.url));

interface Expected {
  readonly strong: string | null;
  readonly weak: string | null;
  readonly plugin?: Json;
  readonly sources?: Json;
}

/** A project's files; its stand-ins for plugin modules get the default YAML that the native kinds have. */
function files(project: string): Record<string, Uint8Array | string> {
  const root = `${golden}projects/${project}/`;
  const found: Record<string, Uint8Array | string> = {};
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = `${entry.parentPath}/${entry.name}`.slice(root.length).replace(/^\//, "");
    found[path] = readFileSync(root + path);
    const kind = /^plugins\/elements\/(.*)\.py$/.exec(path)?.[1];
    if (kind !== undefined) found[path.replace(/py$/, "yaml")] = ElementKinds.locate(kind)?.kind.defaults ?? "";
  }
  return found;
}

describe.each(["core", "kinds", "sources"])("the project %s", (project) => {
  const { elements: expected } = JSON.parse(readFileSync(`${golden}${project}.json`, "utf8")) as {
    readonly elements: Readonly<Record<string, Expected>>;
  };
  const graph = load(files(project), ["all.bst"], { maxJobs: 2 });
  const keys = Keys.compute(graph.elements);
  const view = Scope.make(graph.elements);

  it("has the elements that BuildStream finds", () => {
    expect(graph.elements.map((element) => element.fullName).sort()).toEqual(Object.keys(expected).sort());
  });

  it.each(graph.elements.map((element) => [element.fullName, element] as const))("%s", (name, element) => {
    const wanted = expected[name] as Expected;
    if (wanted.plugin !== undefined) {
      expect(Canonical.text(element.uniqueKey)).toBe(Canonical.text(wanted.plugin));
      expect(KeyDocument.sourcesText(element.sources)).toBe(Canonical.text(wanted.sources as Json));
    }
    expect({ weak: keys.weak[element.id] ?? null, strong: keys.strict[element.id] ?? null }).toEqual({
      weak: wanted.weak,
      strong: wanted.strong,
    });
    if (wanted.strong === null) return;
    const document = Keys.document(graph.elements, element.id, (id) => keys.strict[id], keys.weak[element.id]);
    expect(Sha256.hex(document)).toBe(wanted.strong);
    expect(Canonical.text(JSON.parse(document))).toBe(document);
  });

  it("has plans for what can be built", () => {
    const refused = graph.elements.filter((element) => {
      try {
        element.kind.plan(element.settings, element, view);
        return false;
      } catch {
        return true;
      }
    });
    const kinds = new Set(refused.map((element) => element.kind.name));
    expect([...kinds].sort()).toEqual(
      project === "kinds" ? ["bazelize", "dpkg_build", "dpkg_deploy", "snap_image"] : [],
    );
  });
});
