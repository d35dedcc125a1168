import * as FastCheck from "fast-check";
import { describe, expect, it } from "vitest";
import type { Element } from "../../src/element/Element.ts";
import * as Causes from "../../src/key/Causes.ts";
import * as Chain from "../../src/key/Chain.ts";
import * as KeyDocument from "../../src/key/KeyDocument.ts";
import * as Keys from "../../src/key/Keys.ts";
import { elements, type Shape } from "./elements.ts";

type Drawn = Shape & { readonly name: string };

/** Graphs whose elements name earlier ones, with names of their own so that elements can be taken out. */
const graphs = FastCheck.array(
  FastCheck.record({
    dependencies: FastCheck.uniqueArray(
      FastCheck.record({
        element: FastCheck.nat(20),
        type: FastCheck.constantFrom("build", "runtime", "all"),
        strict: FastCheck.integer({ min: 0, max: 4 }).map((n) => n === 0),
      }),
      { selector: (dependency) => dependency.element, maxLength: 5 },
    ),
    strictRebuild: FastCheck.integer({ min: 0, max: 4 }).map((n) => n === 0),
  }),
  { minLength: 1, maxLength: 20, size: "max" },
).map((drawn): Drawn[] =>
  drawn.map((shape, id) => ({
    name: `e${id}.bst`,
    strictRebuild: shape.strictRebuild,
    dependencies: shape.dependencies
      .filter((dependency) => dependency.element < id)
      .map(({ element, type, strict }) => ({ element, strict, build: type !== "runtime", runtime: type !== "build" })),
  })),
);

interface Built {
  readonly elements: readonly Element[];
  readonly keys: Keys.Keys;
  /** By name and strong key. */
  readonly artifacts: ReadonlyMap<string, Causes.Previous>;
  /** By weak key. */
  readonly inputs: ReadonlyMap<string, string>;
}

/** Everything built: the keys, and what artifacts record. */
function build(shapes: readonly Drawn[]): Built {
  const all = elements(shapes);
  const keys = Keys.compute(all);
  const chains = Chain.make(all);
  const artifacts = new Map(
    all.map((element): [string, Causes.Previous] => [
      `${element.name} ${keys.strict[element.id]}`,
      {
        weakKey: keys.weak[element.id] as string,
        strongKey: keys.strict[element.id] as string,
        dependencies: Chain.ids(chains.buildScope(element.id)).map((id) => ({
          ...{ project: "test", name: (all[id] as Element).name, key: keys.strict[id] as string },
        })),
      },
    ]),
  );
  const inputs = new Map(all.map((element) => [keys.weak[element.id] as string, KeyDocument.inputs(element)]));
  return { elements: all, keys, artifacts, inputs };
}

function previousOf(before: Built, now: Built, id: number): Causes.Previous {
  const { name } = now.elements[id] as Element;
  const place = before.elements.findIndex((element) => element.name === name);
  return before.artifacts.get(`${name} ${before.keys.strict[place]}`) as Causes.Previous;
}

function questionOf(before: Built, now: Built, strict: boolean): Causes.Question {
  return {
    ...{ elements: now.elements, keys: now.keys, strict },
    previous: ({ name, key }) => before.artifacts.get(`${name} ${key}`),
    inputs: (weakKey) => before.inputs.get(weakKey),
  };
}

function causes(before: Built, now: Built, id: number, strict: boolean): Causes.Causes {
  return Causes.find(Causes.inquire(questionOf(before, now, strict)), id, previousOf(before, now, id));
}

/** Elements that build scopes lead to. */
function reached({ elements: all }: Built, id: number): ReadonlySet<number> {
  const chains = Chain.make(all);
  const found = new Set([id]);
  for (const member of found) for (const next of Chain.ids(chains.buildScope(member))) found.add(next);
  return found;
}

describe("Causes", () => {
  it("of changed inputs are exactly the changed elements that the element is built from", () => {
    FastCheck.assert(
      FastCheck.property(graphs, FastCheck.uniqueArray(FastCheck.nat(19), { maxLength: 3 }), (shapes, chosen) => {
        const before = build(shapes);
        const now = build(shapes.map((shape, id) => (chosen.includes(id) ? { ...shape, key: "new" } : shape)));
        for (const { id } of now.elements) {
          if (now.keys.strict[id] === before.keys.strict[id]) continue;
          const found = causes(before, now, id, true);
          const members = reached(now, id);
          const expected = chosen.filter((changed) => members.has(changed)).sort((a, b) => a - b);
          expect(found.causes.map(({ element }) => element)).toEqual(expected);
          for (const cause of found.causes) {
            expect(cause).toMatchObject({ inputs: true, added: [], removed: [], reordered: false });
            expect(cause.through[0]).toBe(cause.element === id ? undefined : id);
          }
          expect(found.changed).toEqual(
            Chain.ids(Chain.make(now.elements).buildScope(id)).filter(
              (member) => now.keys.strict[member] !== before.keys.strict[member],
            ),
          );
        }
      }),
    );
  });

  it("are the same for each of many elements, with one look at each artifact", () => {
    FastCheck.assert(
      FastCheck.property(graphs, FastCheck.nat(19), FastCheck.boolean(), (shapes, chosen, strict) => {
        const before = build(shapes);
        const now = build(shapes.map((shape, id) => (chosen === id ? { ...shape, key: "new" } : shape)));
        const looks: string[] = [];
        const question = questionOf(before, now, strict);
        const inquiry = Causes.inquire({
          ...question,
          previous: (recorded) => {
            looks.push(`${recorded.name} ${recorded.key}`);
            return question.previous(recorded);
          },
        });
        for (const { id } of now.elements)
          expect(Causes.find(inquiry, id, previousOf(before, now, id))).toEqual(causes(before, now, id, strict));
        expect(looks.length).toBe(new Set(looks).size);
      }),
    );
  });

  it("tells changed inputs from a dependency more or less, strict or not", () => {
    FastCheck.assert(
      FastCheck.property(
        graphs,
        FastCheck.nat(19),
        FastCheck.nat(19),
        FastCheck.boolean(),
        (shapes, at, key, strict) => {
          const changed = shapes.map((shape, id) => ({
            ...shape,
            ...(id === at ? { dependencies: shape.dependencies.slice(1) } : {}),
            ...(id === key ? { key: "new" } : {}),
          }));
          for (const [old, fresh] of [
            [shapes, changed],
            [changed, shapes],
          ] as const) {
            const [before, now] = [build(old), build(fresh)];
            for (const { id } of now.elements) {
              const kind = strict ? "strict" : "weak";
              if (now.keys[kind][id] === before.keys[kind][id]) continue;
              const found = causes(before, now, id, strict).causes;
              expect(found.length).toBeGreaterThan(0);
              for (const { element, inputs, added, removed, reordered } of found) {
                expect(inputs).toBe(element === key);
                expect(element === key || added.length > 0 || removed.length > 0 || reordered).toBe(true);
              }
            }
          }
        },
      ),
    );
  });

  it("names the element that lost a dependency, not those that list it for it", () => {
    const shapes = (needed: readonly number[]): Drawn[] => [
      { name: "a.bst", dependencies: [] },
      { name: "b.bst", dependencies: needed.map((element) => ({ element, build: true, runtime: true })) },
      { name: "c.bst", dependencies: [{ element: 1, build: true, runtime: true }] },
      { name: "d.bst", dependencies: [{ element: 2, build: true, runtime: true }] },
    ];
    expect(causes(build(shapes([0])), build(shapes([])), 3, true).causes).toMatchObject([
      { element: 1, removed: [{ name: "a.bst" }] },
    ]);
    expect(causes(build(shapes([])), build(shapes([0])), 3, true).causes).toMatchObject([{ element: 1, added: [0] }]);
  });

  it("sees another order", () => {
    const shapes = (order: readonly number[]): Drawn[] => [
      { name: "a.bst", dependencies: [] },
      { name: "b.bst", dependencies: [] },
      { name: "c.bst", dependencies: order.map((element) => ({ element, build: true, runtime: false })) },
    ];
    const found = causes(build(shapes([0, 1])), build(shapes([1, 0])), 2, true).causes;
    expect(found).toMatchObject([{ element: 2, inputs: false, added: [], removed: [], reordered: true }]);
  });

  it("stops where an artifact is gone, and says so", () => {
    const shapes = (key: string): Drawn[] => [
      { name: "a.bst", dependencies: [], key },
      { name: "b.bst", dependencies: [{ element: 0, build: true, runtime: false }] },
    ];
    const before = build(shapes("old"));
    const now = build(shapes("new"));
    const kept = new Map([...before.artifacts].filter(([name]) => name.startsWith("b.bst")));
    const found = causes({ ...before, artifacts: kept }, now, 1, true).causes;
    expect(found).toMatchObject([{ element: 0, through: [1], previous: undefined, inputs: undefined }]);
  });

  it("keeps apart elements of a project that takes part twice", () => {
    const shapes = (key: string): Drawn[] => [
      { name: "same.bst", dependencies: [], key: "one" },
      { name: "same.bst", dependencies: [], key },
      { name: "top.bst", dependencies: [0, 1].map((element) => ({ element, build: true, runtime: false })), key },
    ];
    const found = causes(build(shapes("old")), build(shapes("new")), 2, true);
    expect(found.changed).toEqual([1]);
  });
});
