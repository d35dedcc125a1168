/**
 * Closures as lists that share their beginnings.
 *
 * The key of an element lists its build dependencies with their runtime closure, in staging order. Written out for every element that is quadratic in the size
 * of the graph, in time and in bytes to hash. But the list of an element's runtime closure begins with the whole list of its first dependency's, and so on down: the
 * lists form a tree. A chain is a node of it: a parent and what comes after. Whoever folds over a list (a hash, say) can
 * keep its state at a chain and go on from there for every list that begins with it.
 *
 * The list for several dependencies is an ordered union: each closure in turn, without what was there before. Closures are closed (an element comes after
 * everything it needs), so what remains of one keeps its order, and the union is associative. Three shortcuts follow: a union with
 * a list that begins with the other is that list; what a closure adds to a list is found by walking only what is not there; and a small list that comes before
 * many others (a base that everything is built on) can be put in front of a whole tree at once, node by node, each node made once ("mirrored"). Mirroring
 * is done when copying has cost as much as it would.
 */
import type { Element } from "../element/Element.ts";

/** Ids that a chain adds. Long lists are kept as four bytes an id, outside the garbage collector's heap: there may be as many as elements squared. */
type Added = readonly number[] | Int32Array;

/** A list of element ids: the parent's, then `added`. Never holds an id twice. */
export interface Chain {
  readonly parent: Chain | undefined;
  readonly added: Added;
  /** How many ids the whole list has. */
  readonly length: number;
  /** How many chains are above it. */
  readonly depth: number;
  /** An ancestor far above, so that a search among ancestors takes logarithmic time; the root's is itself. */
  readonly jump: Chain | undefined;
}

/** Chains of a graph. */
export interface Chains {
  readonly empty: Chain;
  /** The element's build dependencies with their runtime closure, without itself: BuildStream's build scope. */
  readonly buildScope: (id: number) => Chain;
  /** The element's runtime closure, itself last. */
  readonly runScope: (id: number) => Chain;
}

/** Up to so many small closures before a large one are put in front of it as a list. */
const maximumFronts = 16;

/** From this length on a list is worth a typed array, which costs some two hundred bytes itself. */
const longList = 64;

/** Words of all remembered sets of members: 64 MB. */
const rememberedWords = 16_000_000;

/** Whether `upper` is `lower` or above it. */
function begins(upper: Chain, lower: Chain): boolean {
  let node: Chain | undefined = lower;
  while (node !== undefined && node.depth > upper.depth) {
    node = node.jump !== undefined && node.jump.depth >= upper.depth ? node.jump : node.parent;
  }
  return node === upper;
}

/** The ids of a list, in order. */
export function ids(chain: Chain): number[] {
  const parts: Added[] = [];
  for (let node: Chain | undefined = chain; node !== undefined; node = node.parent) parts.push(node.added);
  const all: number[] = [];
  for (const part of parts.reverse()) for (const id of part) all.push(id);
  return all;
}

function child(parent: Chain, list: Added): Chain {
  const added = list.length < longList || list instanceof Int32Array ? list : Int32Array.from(list);
  // Skew-binary jumps: when the two jumps above span equal distances, jump over both.
  const near = parent.jump;
  const far = near?.jump;
  const jump =
    near !== undefined && far !== undefined && parent.depth - near.depth === near.depth - far.depth ? far : parent;
  return { parent, added, length: parent.length + added.length, depth: parent.depth + 1, jump };
}

function common(left: Chain, right: Chain): Chain {
  let node = left;
  while (!begins(node, right)) {
    node = node.jump !== undefined && !begins(node.jump, right) ? node.jump : (node.parent as Chain);
  }
  return node;
}

/** The runtime dependencies of element `id` are `targets[starts[id]]` up to, not including, `targets[starts[id + 1]]`. */
function runtimeEdges(elements: readonly Pick<Element, "dependencies">[]) {
  const starts = new Int32Array(elements.length + 1);
  const all: number[] = [];
  for (const [id, { dependencies }] of elements.entries()) {
    for (const dependency of dependencies) if (dependency.runtime) all.push(dependency.element);
    starts[id + 1] = all.length;
  }
  return { starts, targets: Int32Array.from(all) };
}

/** The elements come after their dependencies, as in a graph. Scopes are computed when first asked for. */
export function make(elements: readonly Pick<Element, "dependencies">[]): Chains {
  const empty: Chain = { parent: undefined, added: [], length: 0, depth: 0, jump: undefined };
  const run: Chain[] = [];
  const unions = new Map<string, Chain>();
  const memo = new Map<Chain, { readonly results: Map<Chain, Chain>; spent: number }>();
  const words = (elements.length + 31) >> 5;
  const sets = new Map<Chain, Uint32Array>();
  const stamps = new Int32Array(elements.length);
  let stamp = 0;
  // The inner loop of wide graphs: runtime dependencies of all elements as one list, and what a walk needs, allocated once.
  const { starts, targets } = runtimeEdges(elements);
  const scratch = new Uint32Array(words);
  const walked = new Int32Array(elements.length + 1);
  const nexts = new Int32Array(elements.length + 1);
  const fresh = new Int32Array(elements.length);

  const mark = (chain: Chain, above: Chain): void => {
    stamp++;
    for (let node = chain; node !== above; node = node.parent as Chain) for (const id of node.added) stamps[id] = stamp;
  };
  const unmarked = (added: Added): Added => {
    const fresh: number[] = [];
    for (const id of added) if (stamps[id] !== stamp) fresh.push(id);
    return fresh.length === added.length ? added : fresh;
  };

  const unite = (first: Chain, second: Chain): Chain => {
    if (begins(first, second)) return second;
    if (begins(second, first)) return first;
    let known = memo.get(first);
    if (known === undefined) {
      known = { results: new Map(), spent: 0 };
      memo.set(first, known);
    }
    const found = known.results.get(second);
    if (found !== undefined) return found;
    const shared = common(first, second);
    // The chains of `second` that have no mirror behind `first` yet, as far as it pays to make them.
    const missing: Chain[] = [];
    let node = second;
    while (node !== shared && !known.results.has(node)) {
      missing.push(node);
      node = node.parent as Chain;
    }
    mark(first, shared);
    let result = node === shared ? first : (known.results.get(node) as Chain);
    const mirror = missing.length <= known.spent || missing.length === 1;
    const fresh: number[] = [];
    for (const chain of missing.reverse()) {
      const added = unmarked(chain.added);
      if (mirror) {
        if (added.length > 0) result = child(result, added);
        known.results.set(chain, result);
      } else {
        for (const id of added) fresh.push(id);
      }
    }
    if (!mirror) {
      known.spent += fresh.length + missing.length;
      if (fresh.length > 0) result = child(result, fresh);
      known.results.set(second, result);
    }
    return result;
  };

  /** The set of a list's members as bits, remembered as far as memory allows. */
  const members = (chain: Chain): Uint32Array => {
    const known = sets.get(chain);
    if (known !== undefined) return known;
    const above: Chain[] = [];
    let node: Chain = chain;
    while (node.parent !== undefined && !sets.has(node)) {
      above.push(node);
      node = node.parent;
    }
    const set = new Uint32Array(words);
    const start = sets.get(node);
    if (start !== undefined) set.set(start);
    for (const part of above) for (const id of part.added) set[id >> 5] = (set[id >> 5] as number) | (1 << (id & 31));
    sets.set(chain, set);
    if (sets.size * words > rememberedWords)
      for (const oldest of sets.keys()) {
        sets.delete(oldest);
        break;
      }
    return set;
  };

  /** A list, then the closures of others without what is there: visits only what is new. */
  const extend = (main: Chain, others: readonly number[]): Chain => {
    scratch.set(members(main));
    const enter = (id: number): boolean => {
      const word = scratch[id >> 5] as number;
      const bit = 1 << (id & 31);
      if ((word & bit) !== 0) return false;
      scratch[id >> 5] = word | bit;
      return true;
    };
    let found = 0;
    for (const root of others) {
      if (!enter(root)) continue;
      let depth = 0;
      walked[0] = root;
      nexts[0] = starts[root] as number;
      while (depth >= 0) {
        const id = walked[depth] as number;
        const next = nexts[depth] as number;
        if (next === starts[id + 1]) {
          fresh[found++] = id;
          depth--;
          continue;
        }
        nexts[depth] = next + 1;
        const needed = targets[next] as number;
        if (!enter(needed)) continue;
        walked[++depth] = needed;
        nexts[depth] = starts[needed] as number;
      }
    }
    return found === 0 ? main : child(main, found < longList ? [...fresh.subarray(0, found)] : fresh.slice(0, found));
  };

  /** The first of the closures that is not small beside the largest: where the shared part of the list is. */
  const mainOf = (list: readonly number[]): number => {
    let largest = 0;
    for (const id of list) largest = Math.max(largest, runScope(id).length);
    const found = list.findIndex((id) => runScope(id).length * 4 >= largest);
    return found <= maximumFronts ? found : 0;
  };

  const union = (list: readonly number[]): Chain => {
    const [only] = list;
    if (only === undefined) return empty;
    if (list.length === 1) return runScope(only);
    const name = list.join(",");
    const known = unions.get(name);
    if (known !== undefined) return known;
    const fronts = mainOf(list);
    let at = fronts;
    while (at + 1 < list.length && begins(runScope(list[at] as number), runScope(list[at + 1] as number))) at++;
    const main = runScope(list[at] as number);
    let result = at + 1 === list.length ? main : extend(main, list.slice(at + 1));
    for (let front = fronts - 1; front >= 0; front--) result = unite(runScope(list[front] as number), result);
    unions.set(name, result);
    return result;
  };

  const direct = (id: number, type: "build" | "runtime"): readonly number[] => {
    const found: number[] = [];
    for (const dependency of (elements[id] as Pick<Element, "dependencies">).dependencies) {
      if (dependency[type]) found.push(dependency.element);
    }
    return found;
  };

  const runScope = (id: number): Chain => {
    // Dependencies have smaller ids, so filling up in order needs no recursion.
    while (run.length <= id) run.push(child(union(direct(run.length, "runtime")), [run.length]));
    return run[id] as Chain;
  };

  return { empty, runScope, buildScope: (id) => union(direct(id, "build")) };
}
