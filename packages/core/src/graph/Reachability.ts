/**
 * Whether one element depends on another, at any distance, without holding the set of all dependencies of every element.
 *
 * Four numberings of the graph answer almost every question at once: a level (longest way down) and three interval labels, each from
 * a depth-first walk with another order of children. If B is below A then A's level is greater and every interval of A contains B's;
 * the interval of the first walk's tree, taken alone, proves that B is below A. What remains is searched, and the search steps only
 * into elements whose labels still allow the answer. Memory is linear in the number of elements, and walks are iterative.
 */

/** Answers `reaches(a, b)`: there is a path of at least one edge from `a` to `b`. */
export interface Reachability {
  readonly reaches: (from: number, to: number) => boolean;
}

/** One interval labelling: `rank` is the position in the post-order, `low` the lowest rank of anything below. */
interface Label {
  readonly rank: Int32Array;
  readonly low: Int32Array;
}

/** Prepares an acyclic graph of `count` nodes; `children` must give the same array content on every call. */
export function make(count: number, children: (node: number) => readonly number[]): Reachability {
  const treeLow = new Int32Array(count);
  const level = new Int32Array(count);
  const labels = [
    label(count, children, (_, position) => position, treeLow, level),
    label(count, children, (size, position) => size - 1 - position),
    label(count, children, (size, position, node) => (position + (Math.imul(node, 0x9e3779b1) >>> 8)) % size),
  ];
  const first = labels[0] as Label;
  const excluded = (from: number, to: number): boolean => {
    if ((level[from] as number) <= (level[to] as number)) return true;
    for (const { rank, low } of labels) {
      if ((rank[to] as number) >= (rank[from] as number) || (low[to] as number) < (low[from] as number)) return true;
    }
    return false;
  };
  const inTree = (from: number, to: number): boolean =>
    (first.rank[to] as number) < (first.rank[from] as number) &&
    (first.rank[to] as number) >= (treeLow[from] as number);
  const seen = new Int32Array(count);
  let search = 0;
  const reaches = (from: number, to: number): boolean => {
    if (from === to || excluded(from, to)) return false;
    if (inTree(from, to)) return true;
    search++;
    const stack = [from];
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      for (const child of children(node)) {
        if (child === to) return true;
        if (seen[child] === search || excluded(child, to)) continue;
        if (inTree(child, to)) return true;
        seen[child] = search;
        stack.push(child);
      }
    }
    return false;
  };
  return { reaches };
}

/** Walks depth first, visiting child number `order(size, position, node)` at each position; optionally fills in tree intervals and levels. */
function label(
  count: number,
  children: (node: number) => readonly number[],
  order: (size: number, position: number, node: number) => number,
  treeLow?: Int32Array,
  level?: Int32Array,
): Label {
  const rank = new Int32Array(count).fill(-1);
  const low = new Int32Array(count);
  const entered = new Uint8Array(count);
  const cursor = new Int32Array(count);
  const stack: number[] = [];
  let next = 0;
  for (let root = 0; root < count; root++) {
    if (entered[root] === 1) continue;
    entered[root] = 1;
    if (treeLow !== undefined) treeLow[root] = next;
    stack.push(root);
    while (stack.length > 0) {
      const node = stack[stack.length - 1] as number;
      const below = children(node);
      const position = cursor[node] as number;
      if (position < below.length) {
        cursor[node] = position + 1;
        const child = below[order(below.length, position, node)] as number;
        if (entered[child] === 1) continue;
        entered[child] = 1;
        if (treeLow !== undefined) treeLow[child] = next;
        stack.push(child);
        continue;
      }
      stack.pop();
      let lowest = next;
      let height = 0;
      for (const child of below) {
        lowest = Math.min(lowest, low[child] as number);
        if (level !== undefined) height = Math.max(height, (level[child] as number) + 1);
      }
      low[node] = lowest;
      if (level !== undefined) level[node] = height;
      rank[node] = next++;
    }
  }
  return { rank, low };
}
