/**
 * A persistent priority queue (a leftist heap): the elements that could start, had they the resources.
 *
 * The order is by rank, then by arrival, so that two runs over the same inputs start the same jobs. Merging goes down the right spines, which are
 * as long as the logarithm of the size: the recursion is bounded by that.
 */

export interface Node {
  readonly rank: number;
  readonly arrival: number;
  readonly element: number;
  /** Length of the right spine. */
  readonly spine: number;
  readonly left: Heap;
  readonly right: Heap;
}

export type Heap = Node | undefined;

export const empty: Heap = undefined;

function before(a: Node, b: Node): boolean {
  return a.rank !== b.rank ? a.rank < b.rank : a.arrival < b.arrival;
}

function merge(a: Heap, b: Heap): Heap {
  if (a === undefined) return b;
  if (b === undefined) return a;
  const [top, other] = before(a, b) ? [a, b] : [b, a];
  const merged = merge(top.right, other)!;
  const leftSpine = top.left === undefined ? 0 : top.left.spine;
  const { rank, arrival, element } = top;
  return leftSpine >= merged.spine
    ? { rank, arrival, element, spine: merged.spine + 1, left: top.left, right: merged }
    : { rank, arrival, element, spine: leftSpine + 1, left: merged, right: top.left };
}

/** Adds an element; a lower rank comes out earlier, an earlier arrival breaks ties. */
export function insert(heap: Heap, rank: number, arrival: number, element: number): Heap {
  return merge(heap, { rank, arrival, element, spine: 1, left: undefined, right: undefined });
}

/** The heap without its first element. */
export function rest(heap: Node): Heap {
  return merge(heap.left, heap.right);
}
