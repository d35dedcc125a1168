/**
 * Why an element has another key than one of its earlier artifacts: the elements at the roots of the difference.
 *
 * A key changes with what the element itself is (its inputs), with which dependencies it has in which order, and with their keys. The last is followed down: an
 * artifact records the key of each dependency, and under that key lies the artifact of the dependency that was used. Where an element itself
 * differs from its earlier artifact, it is a cause; elements that only follow others are not.
 *
 * The weak key is the hash of an element's inputs and of its dependencies' names: if it is the same, neither changed. If not, the inputs on record decide, or without them the
 * inputs of now with the *earlier* names, hashed: when that gives the earlier weak key, only the dependencies differ.
 *
 * In a strict session every dependency's key counts. Otherwise only the weak key does, with the weak keys of dependencies that the element's kind, or the element, is strict about.
 */
import type { Element } from "../element/Element.ts";
import * as Sha256 from "../tree/Sha256.ts";
import * as Chain from "./Chain.ts";
import * as KeyDocument from "./KeyDocument.ts";
import type { Keys } from "./Keys.ts";

/** A dependency as an artifact records it. */
export interface Recorded {
  readonly project: string;
  /** The element's name in its project. */
  readonly name: string;
  /** Its strong key. */
  readonly key: string;
}

/** What an artifact says of its key. */
export interface Previous {
  readonly weakKey: string;
  readonly strongKey: string;
  /** The build dependencies with their runtime closure, in staging order. */
  readonly dependencies: readonly Recorded[];
}

/** What is compared. */
export interface Question {
  readonly elements: readonly Element[];
  readonly keys: Pick<Keys, "weak" | "strict">;
  readonly strict: boolean;
  /** What is known of the artifact that a record names, if anything. */
  readonly previous: (recorded: Recorded) => Previous | undefined;
  /** The inputs ({@link KeyDocument.inputs}) that are on record for a weak key, if any. */
  readonly inputs: (weakKey: string) => string | undefined;
}

/** An element that differs from its earlier artifact by itself. */
export interface Cause {
  readonly element: number;
  /** The elements that lead to it, from the one asked about to one that depends on it. */
  readonly through: readonly number[];
  /** The strong key that it had. */
  readonly key: string;
  /** Its earlier artifact; undefined when that is gone, and with it what differs. */
  readonly previous: Previous | undefined;
  /** Whether the inputs changed; undefined when that cannot be told. */
  readonly inputs: boolean | undefined;
  /** Dependencies that it did not have. */
  readonly added: readonly number[];
  /** Dependencies that it has no more. */
  readonly removed: readonly Recorded[];
  /** Whether those that it had and has come in another order. */
  readonly reordered: boolean;
}

/** What was found of one element. */
export interface Causes {
  /** Causes, dependencies first. */
  readonly causes: readonly Cause[];
  /** Dependencies of the element asked about whose keys differ. */
  readonly changed: readonly number[];
}

/** An earlier artifact of an element, by its strong key. */
interface Earlier {
  readonly id: number;
  readonly key: string;
  readonly previous: Previous | undefined;
  /** Of both, to be found by. */
  readonly name: string;
}

interface Step {
  readonly earlier: Earlier;
  readonly from: Step | undefined;
}

/** A question with what answers share: each element is compared with an earlier artifact once, however many elements are asked about. */
export interface Inquiry {
  readonly question: Question;
  readonly chains: Chain.Chains;
  readonly shared: KeyDocument.SharedTexts;
  readonly compared: Map<string, Compared>;
}

/** Begins to ask; what the question's functions say is taken to hold from then on. */
export function inquire(question: Question): Inquiry {
  return {
    question: { ...question, previous: remembering(question.previous) },
    chains: Chain.make(question.elements),
    shared: KeyDocument.sharedTexts(),
    compared: new Map(),
  };
}

function earlierOf(id: number, key: string, previous: Previous | undefined): Earlier {
  return { id, key, previous, name: `${id} ${key}` };
}

/** Compares an element with an earlier artifact of it. Elements come after their dependencies; the element has a key. */
export function find(inquiry: Inquiry, id: number, previous: Previous): Causes {
  const causes: Cause[] = [];
  const seen = new Set<string>();
  const lists = new Map<number, readonly number[]>();
  const queue: Step[] = [{ earlier: earlierOf(id, previous.strongKey, previous), from: undefined }];
  for (let at = 0; at < queue.length; at++) {
    const step = queue[at] as Step;
    const { cause, changed } = comparedOnce(inquiry, step.earlier);
    if (cause !== undefined) causes.push({ ...cause, through: above(step.from) });
    lists.set(
      step.earlier.id,
      changed.map((next) => next.id),
    );
    for (const next of changed) {
      if (seen.has(next.name)) continue;
      seen.add(next.name);
      queue.push({ earlier: next, from: step });
    }
  }
  causes.sort((a, b) => a.element - b.element);
  const shapes = new Map(causes.filter(hasShape).map((cause) => [cause.element, cause]));
  const below = (cause: Cause) => (lists.get(cause.element) ?? []).flatMap((member) => shapes.get(member) ?? []);
  return {
    causes: causes.filter((cause) => !(hasShape(cause) && follows(cause, below(cause)))),
    changed: lists.get(id) ?? [],
  };
}

/** One look at each artifact: many elements list the same dependencies. */
function remembering(previous: Question["previous"]): Question["previous"] {
  const known = new Map<string, Previous | undefined>();
  return (recorded) => {
    const name = `${nameOf(recorded)} ${recorded.key}`;
    if (!known.has(name)) known.set(name, previous(recorded));
    return known.get(name);
  };
}

/** Whether dependencies came or went only because they did so further down: an element lists what its dependencies need at run time. */
function follows(cause: Cause, others: readonly Cause[]): boolean {
  if (cause.inputs !== false || others.length === 0) return false;
  const added = new Set(others.flatMap((other) => other.added));
  const removed = new Set(others.flatMap((other) => other.removed.map(nameOf)));
  return cause.added.every((id) => added.has(id)) && cause.removed.every((recorded) => removed.has(nameOf(recorded)));
}

interface Compared {
  /** Without the way to it. */
  readonly cause: Cause | undefined;
  readonly changed: readonly Earlier[];
}

function comparedOnce(inquiry: Inquiry, earlier: Earlier): Compared {
  const known = inquiry.compared.get(earlier.name);
  if (known !== undefined) return known;
  const found = compare(inquiry, earlier);
  inquiry.compared.set(earlier.name, found);
  return found;
}

function compare({ question, chains, shared }: Inquiry, { id, key, previous }: Earlier): Compared {
  const { elements, keys, strict } = question;
  const scope = Chain.ids(chains.buildScope(id));
  const element = elements[id] as Element;
  const cause = (parts: Partial<Cause>): Cause => ({
    ...{ element: id, through: [], key, previous },
    ...{ inputs: undefined, added: [], removed: [], reordered: false, ...parts },
  });
  if (previous === undefined) return { cause: cause({}), changed: [] };

  const { dependencies } = previous;
  if (previous.weakKey === keys.weak[id] && dependencies.length === scope.length) {
    // The weak key holds the dependencies' names, so both lists name the same elements in the same order.
    const changed = strict ? rekeyed(question, scope, dependencies) : [];
    return { cause: changed.length === 0 ? cause({}) : undefined, changed };
  }
  const earlier = new Map(zip(unique(dependencies.map(nameOf)), dependencies));
  const now = new Map(zip(unique(scope.map((member) => nameOfElement(elements[member] as Element))), scope));
  const kept = [...now].filter(([name]) => earlier.has(name));
  const counting = kept.filter(strict ? () => true : counts(element));
  const changed = rekeyed(
    question,
    counting.map(([, member]) => member),
    counting.map(([name]) => earlier.get(name) as Recorded),
  );
  const added = [...now].filter(([name]) => !earlier.has(name)).map(([, member]) => member);
  const removed = [...earlier].filter(([name]) => !now.has(name)).map(([, recorded]) => recorded);
  const order = [...earlier.keys()].filter((name) => now.has(name));
  const reordered = order.some((name, at) => name !== kept[at]?.[0]);
  const inputs = inputsChanged(question, element, [...earlier], now, previous.weakKey, shared);
  const differs = cause({ inputs, added, removed, reordered });
  // With nothing else, it is strict about other dependencies than before.
  const self = inputs !== false || hasShape(differs) || changed.length === 0;
  return { cause: self ? differs : undefined, changed };
}

/** Whether dependencies came, went or changed places. */
function hasShape({ added, removed, reordered }: Cause): boolean {
  return added.length > 0 || removed.length > 0 || reordered;
}

/** Those of some dependencies whose keys differ from the recorded ones beside them. */
function rekeyed(
  { keys, strict, previous: previousOf }: Question,
  members: readonly number[],
  recorded: readonly Recorded[],
): readonly Earlier[] {
  const found: Earlier[] = [];
  for (const [at, id] of members.entries()) {
    const earlier = recorded[at] as Recorded;
    if (strict && earlier.key === keys.strict[id]) continue;
    const previous = previousOf(earlier);
    if (strict || previous?.weakKey !== keys.weak[id]) found.push(earlierOf(id, earlier.key, previous));
  }
  return found;
}

/** Tells which of an element's dependencies enter its weak key with their own. */
function counts({ kind, dependencies }: Element): (entry: readonly [string, number | undefined]) => boolean {
  if (kind.strictRebuild) return () => true;
  const strict = new Set<number | undefined>();
  for (const dependency of dependencies) if (dependency.strict) strict.add(dependency.element);
  return ([, id]) => strict.has(id);
}

/** Whether an element's inputs differ from those of an artifact with that other weak key; undefined when what it would take to tell is gone. */
function inputsChanged(
  { previous: previousOf, inputs }: Question,
  element: Element,
  earlier: readonly (readonly [string, Recorded])[],
  now: ReadonlyMap<string, number>,
  weakKey: string,
  shared: KeyDocument.SharedTexts,
): boolean | undefined {
  const recorded = inputs(weakKey);
  if (recorded !== undefined) return recorded !== KeyDocument.inputs(element, shared);
  const keyed = counts(element);
  const entries: string[] = [];
  for (const [name, dependency] of earlier) {
    const known = keyed([name, now.get(name)]);
    const own = known ? previousOf(dependency)?.weakKey : undefined;
    if (known && own === undefined) return undefined;
    entries.push(KeyDocument.namedEntry(dependency.project, dependency.name, own));
  }
  const text = KeyDocument.head + entries.join(",") + KeyDocument.body(element, shared) + KeyDocument.tail(undefined);
  return Sha256.hex(text) !== weakKey;
}

function nameOf({ project, name }: Recorded): string {
  return `${project}/${name}`;
}

function nameOfElement({ project, name }: Element): string {
  return `${project.name}/${name}`;
}

/** The names with a number behind those that came before: a project may take part twice, under one name. */
function unique(names: readonly string[]): readonly string[] {
  const seen = new Map<string, number>();
  return names.map((name) => {
    const times = seen.get(name) ?? 0;
    seen.set(name, times + 1);
    return times === 0 ? name : `${name} ${times}`;
  });
}

function zip<A, B>(left: readonly A[], right: readonly B[]): readonly (readonly [A, B])[] {
  return left.map((value, at) => [value, right[at] as B] as const);
}

function above(step: Step | undefined): readonly number[] {
  const ids: number[] = [];
  for (let at = step; at !== undefined; at = at.from) ids.push(at.earlier.id);
  return ids.reverse();
}
