import * as FastCheck from "fast-check";
import { describe, expect, it } from "vitest";
import type { Element } from "../../src/element/Element.ts";
import * as Chain from "../../src/key/Chain.ts";
import * as KeyDocument from "../../src/key/KeyDocument.ts";
import * as Keys from "../../src/key/Keys.ts";
import * as Sha256 from "../../src/tree/Sha256.ts";
import { elements, type Shape } from "./elements.ts";

/** The rule as it is written down, with recursion and without sharing. */
function scope(all: readonly Element[], id: number): number[] {
  const seen = new Set<number>();
  const found: number[] = [];
  const visit = (member: number): void => {
    if (seen.has(member)) return;
    seen.add(member);
    for (const dependency of all[member]!.dependencies) if (dependency.runtime) visit(dependency.element);
    found.push(member);
  };
  for (const dependency of all[id]!.dependencies) if (dependency.build) visit(dependency.element);
  return found;
}

function obvious(all: readonly Element[]): { weak: (string | undefined)[]; strict: (string | undefined)[] } {
  const weak: (string | undefined)[] = [];
  const strict: (string | undefined)[] = [];
  for (const element of all) {
    const members = scope(all, element.id);
    const chosen = (member: number): boolean =>
      element.kind.strictRebuild ||
      element.dependencies.some((dependency) => dependency.strict && dependency.element === member);
    const resolved = element.sources.every((source) => source.resolved);
    const hash = (keyOf: (member: number) => string | undefined, needed: readonly number[], weakKey?: string) =>
      !resolved || needed.some((member) => keyOf(member) === undefined)
        ? undefined
        : Sha256.hex(
            KeyDocument.text(
              element,
              members.map((member) =>
                KeyDocument.entry(all[member]!, needed.includes(member) ? keyOf(member) : undefined),
              ),
              weakKey,
            ),
          );
    weak.push(hash((member) => weak[member], members.filter(chosen)));
    strict.push(
      weak[element.id] === undefined ? undefined : hash((member) => strict[member], members, weak[element.id]),
    );
  }
  return { weak, strict };
}

const graphs = FastCheck.array(
  FastCheck.record({
    dependencies: FastCheck.uniqueArray(
      FastCheck.record({
        element: FastCheck.nat(40),
        type: FastCheck.constantFrom("build", "runtime", "all"),
        strict: FastCheck.integer({ min: 0, max: 9 }).map((n) => n === 0),
      }),
      { selector: (dependency) => dependency.element, maxLength: 25 },
    ),
    strictRebuild: FastCheck.boolean(),
    resolved: FastCheck.integer({ min: 0, max: 19 }).map((n) => n > 0),
    runsCommands: FastCheck.boolean(),
  }),
  { minLength: 1, maxLength: 60, size: "max" },
).map((drawn): Shape[] =>
  drawn.map((shape, id) => ({
    ...shape,
    dependencies: shape.dependencies
      .filter((dependency) => dependency.element < id)
      .map(({ element, type, strict }) => ({ element, strict, build: type !== "runtime", runtime: type !== "build" })),
  })),
);

describe("Keys", () => {
  it("are the hashes of the documents, on any graph", () => {
    FastCheck.assert(
      FastCheck.property(graphs, (shapes) => {
        const all = elements(shapes);
        const { weak, strict } = Keys.compute(all);
        expect({ weak, strict }).toEqual(obvious(all));
      }),
      { numRuns: 150 },
    );
  });

  it("list the build scope in staging order, on any graph and in any order of asking", () => {
    FastCheck.assert(
      FastCheck.property(graphs, FastCheck.nat(), (shapes, seed) => {
        const all = elements(shapes);
        const chains = Chain.make(all);
        const order = all.map((_, at) => (at * 7919 + seed) % all.length);
        for (const id of order) {
          expect(Chain.ids(chains.buildScope(id))).toEqual(scope(all, id));
          expect(chains.buildScope(id).length).toBe(scope(all, id).length);
        }
      }),
      { numRuns: 150 },
    );
  });

  it("list long closures, which are kept in another form, as short ones", () => {
    const width = 150;
    FastCheck.assert(
      FastCheck.property(FastCheck.array(FastCheck.nat(width - 1), { minLength: 6, maxLength: 6 }), (steps) => {
        const all = elements(
          Array.from({ length: 5 * width }, (_, id) => {
            const below = (Math.floor(id / width) - 1) * width;
            const names = id < width ? [] : steps.map((step) => below + ((id * 7 + step) % width));
            return { dependencies: [...new Set(names)].map((element) => ({ element, build: true, runtime: true })) };
          }),
        );
        const chains = Chain.make(all);
        for (let id = all.length - 1; id >= 0; id -= 13) {
          expect(Chain.ids(chains.buildScope(id))).toEqual(scope(all, id));
        }
        const last = all.length - 1;
        const keys = Keys.compute(all);
        expect(keys.strict[last]).toBe(
          Sha256.hex(Keys.document(all, last, (member) => keys.strict[member], keys.weak[last])),
        );
      }),
      { numRuns: 10 },
    );
  });

  it("strong keys equal strict keys when nothing is taken from the cache", () => {
    FastCheck.assert(
      FastCheck.property(graphs, (shapes) => {
        const all = elements(shapes);
        const keys = Keys.compute(all);
        const strong = keys.strong();
        expect(all.map((element) => strong.compute(element.id))).toEqual(keys.strict);
      }),
      { numRuns: 60 },
    );
  });

  it("a strong key follows what the cache holds, and waits for it", () => {
    const all = elements([
      { dependencies: [] },
      { dependencies: [{ element: 0, build: true, runtime: true }] },
      { dependencies: [{ element: 1, build: true, runtime: false }] },
    ]);
    const keys = Keys.compute(all);
    const strong = keys.strong();
    expect(strong.compute(2)).toBeUndefined();
    strong.set(0, "0".repeat(64));
    expect(strong.compute(2)).toBeUndefined();
    strong.set(1, "1".repeat(64));
    const key = strong.compute(2);
    expect(key).toBe(Sha256.hex(Keys.document(all, 2, strong.get, keys.weak[2])));
    expect(key).not.toBe(keys.strict[2]);
    expect(strong.get(2)).toBe(key);
  });

  it("a weak key survives an unresolved dependency, a strict key does not", () => {
    const all = elements([
      { dependencies: [], resolved: false },
      { dependencies: [{ element: 0, build: true, runtime: true }] },
      { dependencies: [{ element: 0, build: true, runtime: true }], strictRebuild: true },
    ]);
    const { weak, strict } = Keys.compute(all);
    expect(weak.map((key) => key !== undefined)).toEqual([false, true, false]);
    expect(strict).toEqual([undefined, undefined, undefined]);
  });

  it("a chain of 100,000 runtime dependencies on a common base is no problem", () => {
    const both = { build: true, runtime: true };
    const all = elements(
      Array.from({ length: 100_000 }, (_, id) => ({
        dependencies:
          id === 0
            ? []
            : id === 1
              ? [{ element: 0, build: true, runtime: false }]
              : [
                  { element: 0, build: true, runtime: false },
                  { element: id - 1, ...both },
                ],
      })),
    );
    expect(Keys.compute(all).strict.at(-1)).toMatch(/^[0-9a-f]{64}$/);
  });
});
