/**
 * Closures as lists that share their beginnings.
 *
 * The key of an element lists its build dependencies with their runtime closure, in staging order. Written out for every element that is quadratic in the size
 * of the graph, in time and in bytes to hash. But the list of an element's runtime closure begins with the whole list of its first dependency's, and so on down: the
 * lists form a tree. A chain is a node of it: a parent and what comes after. Whoever folds over a list (a hash, say) can
 * keep its state at a chain and go on from there for every list that begins with it.
 *
 * The list for several dependencies is an ordered union: each closure in turn, without what was there before. Closures are closed (an element comes after
 * everything it needs), so what remains of one keeps its order, and the union is associative. Two shortcuts follow: a union with
 * a list that begins with the other is that list; and a small list that comes before many others (a base that everything is built on) can be put in front
 * of a whole tree at once, node by node, each node made once ("mirrored"). Mirroring is done when copying has cost as much as it would.
 */
import type { Element } from "../element/Element.ts";

/** A list of element ids: the parent's, then `added`. Never holds an id twice. */
export interface Chain {
  readonly parent: Chain | undefined;
  readonly added: readonly number[];
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

/** Up to so many dependencies are united pairwise; more are walked, which costs their edges but shares only the first one's list. */
const pairwiseLimit = 16;

/** Whether `upper` is `lower` or above it. */
export function begins(upper: Chain, lower: Chain): boolean {
  let node: Chain | undefined = lower;
  while (node !== undefined && node.depth > upper.depth) {
    node = node.jump !== undefined && node.jump.depth >= upper.depth ? node.jump : node.parent;
  }
  return node === upper;
}

/** The ids of a list, in order. */
export function ids(chain: Chain): number[] {
  const parts: (readonly number[])[] = [];
  for (let node: Chain | undefined = chain; node !== undefined; node = node.parent) parts.push(node.added);
  return parts.reverse().flat();
}

function child(parent: Chain, added: readonly number[]): Chain {
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

/** The elements come after their dependencies, as in a graph. Scopes are computed when first asked for. */
export function make(elements: readonly Pick<Element, "dependencies">[]): Chains {
  const empty: Chain = { parent: undefined, added: [], length: 0, depth: 0, jump: undefined };
  const run: Chain[] = [];
  const unions = new Map<string, Chain>();
  const memo = new Map<Chain, { readonly results: Map<Chain, Chain>; spent: number }>();
  const stamps = new Int32Array(elements.length);
  let stamp = 0;

  const mark = (chain: Chain, above: Chain): void => {
    stamp++;
    for (let node = chain; node !== above; node = node.parent as Chain) for (const id of node.added) stamps[id] = stamp;
  };
  const unmarked = (added: readonly number[]): readonly number[] => {
    const fresh = added.filter((id) => stamps[id] !== stamp);
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

  const walk = (first: Chain, others: readonly number[]): Chain => {
    mark(first, empty);
    const fresh: number[] = [];
    const stack: { readonly id: number; next: number }[] = [];
    for (const root of others) {
      if (stamps[root] === stamp) continue;
      stamps[root] = stamp;
      stack.push({ id: root, next: 0 });
      for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
        const dependency = (elements[top.id] as Pick<Element, "dependencies">).dependencies[top.next++];
        if (dependency === undefined) {
          fresh.push(top.id);
          stack.pop();
        } else if (dependency.runtime && stamps[dependency.element] !== stamp) {
          stamps[dependency.element] = stamp;
          stack.push({ id: dependency.element, next: 0 });
        }
      }
    }
    return fresh.length === 0 ? first : child(first, fresh);
  };

  const union = (members: readonly number[]): Chain => {
    const [first] = members;
    if (first === undefined) return empty;
    if (members.length === 1) return runScope(first);
    const name = members.join(",");
    const known = unions.get(name);
    if (known !== undefined) return known;
    let result: Chain;
    if (members.length > pairwiseLimit) {
      result = walk(runScope(first), members.slice(1));
    } else {
      // From the right, so that what differs little is united first and a common base comes in front of all that at once.
      result = runScope(members.at(-1) as number);
      for (let at = members.length - 2; at >= 0; at--) result = unite(runScope(members[at] as number), result);
    }
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
