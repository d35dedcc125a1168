/**
 * Sorting exactly as CPython's `list.sort` does, comparison for comparison.
 *
 * BuildStream sorts dependencies with a relation that is no total order, so the result depends on which pairs the algorithm happens to
 * compare. Cache keys contain the result; hence not any stable sort will do, it must be this one: natural runs, extended by binary
 * insertion to a minimum length, merged by the powersort policy with galloping (CPython 3.11 and later). Only `less` decides; for fewer
 * than 64 items only the first run and the binary insertion matter.
 */

/** Whether the first argument must come before the second. Need not be a consistent order. */
export type Less<A> = (a: A, b: A) => boolean;

/** A run of the array that is already merged, with the power of the boundary to its right neighbour. */
interface Run {
  readonly start: number;
  length: number;
  power: number;
}

/** Consecutive wins of one side after which a merge starts to gallop. */
const gallopThreshold = 7;

/** Returns the items in the order in which CPython would leave them. */
export function sort<A>(items: readonly A[], less: Less<A>): A[] {
  const list = items.slice();
  if (list.length < 2) return list;
  sortAll({ list, less, pending: [], reluctance: gallopThreshold });
  return list;
}

/** First place in the sorted `list[start, start + count)` where `key` may go before its equals; the search starts at `hint`. */
function gallopLeft<A>(key: A, list: readonly A[], start: number, count: number, hint: number, less: Less<A>): number {
  const at = (index: number) => list[start + index] as A;
  let below = 0;
  let above = 1;
  if (less(at(hint), key)) {
    const limit = count - hint;
    while (above < limit && less(at(hint + above), key)) {
      below = above;
      above = above * 2 + 1;
    }
    below += hint;
    above = Math.min(above, limit) + hint;
  } else {
    const limit = hint + 1;
    while (above < limit && !less(at(hint - above), key)) {
      below = above;
      above = above * 2 + 1;
    }
    const nearest = below;
    below = hint - Math.min(above, limit);
    above = hint - nearest;
  }
  below++;
  while (below < above) {
    const middle = below + ((above - below) >> 1);
    if (less(at(middle), key)) below = middle + 1;
    else above = middle;
  }
  return above;
}

/** First place in the sorted `list[start, start + count)` after all that are not greater than `key`. */
function gallopRight<A>(key: A, list: readonly A[], start: number, count: number, hint: number, less: Less<A>): number {
  const at = (index: number) => list[start + index] as A;
  let below = 0;
  let above = 1;
  if (less(key, at(hint))) {
    const limit = hint + 1;
    while (above < limit && less(key, at(hint - above))) {
      below = above;
      above = above * 2 + 1;
    }
    const nearest = below;
    below = hint - Math.min(above, limit);
    above = hint - nearest;
  } else {
    const limit = count - hint;
    while (above < limit && !less(key, at(hint + above))) {
      below = above;
      above = above * 2 + 1;
    }
    below += hint;
    above = Math.min(above, limit) + hint;
  }
  below++;
  while (below < above) {
    const middle = below + ((above - below) >> 1);
    if (less(key, at(middle))) above = middle;
    else below = middle + 1;
  }
  return above;
}

/** The state of one sort: the array, the pending runs, and how reluctant merges are to gallop. */
interface Sorting<A> {
  readonly list: A[];
  readonly less: Less<A>;
  readonly pending: Run[];
  reluctance: number;
}

function sortAll<A>(sorting: Sorting<A>): void {
  const { list, pending } = sorting;
  const minimum = minimumRun(list.length);
  let start = 0;
  while (start < list.length) {
    let length = naturalRun(sorting, start);
    const wanted = Math.min(minimum, list.length - start);
    if (length < wanted) {
      insertInto(sorting, start, start + length, start + wanted);
      length = wanted;
    }
    collapseFor(sorting, length);
    pending.push({ start, length, power: 0 });
    start += length;
  }
  while (pending.length > 1) {
    let at = pending.length - 2;
    if (at > 0 && (pending[at - 1] as Run).length < (pending[at + 1] as Run).length) at--;
    mergeAt(sorting, at);
  }
}

/** Length of the ascending run at `start`; a strictly descending one is reversed in place. */
function naturalRun<A>(sorting: Sorting<A>, start: number): number {
  const { list, less } = sorting;
  let end = start + 1;
  if (end === list.length) return 1;
  const descending = less(list[end] as A, list[start] as A);
  end++;
  while (end < list.length && less(list[end] as A, list[end - 1] as A) === descending) end++;
  if (descending) {
    for (let low = start, high = end - 1; low < high; low++, high--) {
      const kept = list[low] as A;
      list[low] = list[high] as A;
      list[high] = kept;
    }
  }
  return end - start;
}

/** Binary insertion of `[sorted, end)` into the sorted `[start, sorted)`. */
function insertInto<A>(sorting: Sorting<A>, start: number, sorted: number, end: number): void {
  const { list, less } = sorting;
  for (let next = sorted; next < end; next++) {
    const pivot = list[next] as A;
    let low = start;
    let high = next;
    while (low < high) {
      const middle = low + ((high - low) >> 1);
      if (less(pivot, list[middle] as A)) high = middle;
      else low = middle + 1;
    }
    list.copyWithin(low + 1, low, next);
    list[low] = pivot;
  }
}

/** Before a run of `length` is pushed: merges pending runs whose boundary is deeper in the merge tree than the new one. */
function collapseFor<A>(sorting: Sorting<A>, length: number): void {
  const { list, pending } = sorting;
  const last = pending[pending.length - 1];
  if (last === undefined) return;
  const power = boundaryPower(last.start, last.length, length, list.length);
  while (pending.length > 1 && (pending[pending.length - 2] as Run).power > power) mergeAt(sorting, pending.length - 2);
  (pending[pending.length - 1] as Run).power = power;
}

function mergeAt<A>(sorting: Sorting<A>, at: number): void {
  const { list, less, pending } = sorting;
  const left = pending[at] as Run;
  const right = pending[at + 1] as Run;
  let start = left.start;
  let leftCount = left.length;
  let rightCount = right.length;
  left.length += right.length;
  pending.splice(at + 1, 1);
  const skipped = gallopRight(list[right.start] as A, list, start, leftCount, 0, less);
  start += skipped;
  leftCount -= skipped;
  if (leftCount === 0) return;
  rightCount = gallopLeft(list[start + leftCount - 1] as A, list, right.start, rightCount, rightCount - 1, less);
  if (rightCount === 0) return;
  if (leftCount <= rightCount) mergeForward(sorting, start, leftCount, right.start, rightCount);
  else mergeBackward(sorting, start, leftCount, right.start, rightCount);
}

/** Merges from the left with the (shorter) left run in a buffer. */
function mergeForward<A>(
  sorting: Sorting<A>,
  start: number,
  leftLength: number,
  rightStart: number,
  rightLength: number,
): void {
  const { list, less } = sorting;
  const left = list.slice(start, start + leftLength);
  let l = 0;
  let r = rightStart;
  let leftCount = leftLength;
  let rightCount = rightLength;
  let to = start;
  const finish = () => {
    if (leftCount === 1) {
      // The last item on the left is known to be greater than all that remain on the right.
      list.copyWithin(to, r, r + rightCount);
      list[to + rightCount] = left[l] as A;
    } else for (let rest = 0; rest < leftCount; rest++) list[to + rest] = left[l + rest] as A;
  };
  const interleave = () => {
    list[to++] = list[r++] as A;
    rightCount--;
    if (rightCount === 0 || leftCount === 1) return;
    let reluctance = sorting.reluctance;
    for (;;) {
      let leftWins = 0;
      let rightWins = 0;
      for (;;) {
        if (less(list[r] as A, left[l] as A)) {
          list[to++] = list[r++] as A;
          rightWins++;
          leftWins = 0;
          rightCount--;
          if (rightCount === 0) return;
          if (rightWins >= reluctance) break;
        } else {
          list[to++] = left[l++] as A;
          leftWins++;
          rightWins = 0;
          leftCount--;
          if (leftCount === 1) return;
          if (leftWins >= reluctance) break;
        }
      }
      reluctance++;
      do {
        if (reluctance > 1) reluctance--;
        sorting.reluctance = reluctance;
        leftWins = gallopRight(list[r] as A, left, l, leftCount, 0, less);
        for (let moved = 0; moved < leftWins; moved++) list[to++] = left[l++] as A;
        leftCount -= leftWins;
        if (leftWins > 0 && leftCount <= 1) return;
        list[to++] = list[r++] as A;
        rightCount--;
        if (rightCount === 0) return;
        rightWins = gallopLeft(left[l] as A, list, r, rightCount, 0, less);
        list.copyWithin(to, r, r + rightWins);
        to += rightWins;
        r += rightWins;
        rightCount -= rightWins;
        if (rightCount === 0) return;
        list[to++] = left[l++] as A;
        leftCount--;
        if (leftCount === 1) return;
      } while (leftWins >= gallopThreshold || rightWins >= gallopThreshold);
      reluctance++;
      sorting.reluctance = reluctance;
    }
  };
  interleave();
  finish();
}

/** Merges from the right with the (shorter) right run in a buffer. */
function mergeBackward<A>(
  sorting: Sorting<A>,
  start: number,
  leftLength: number,
  rightStart: number,
  rightLength: number,
): void {
  const { list, less } = sorting;
  const right = list.slice(rightStart, rightStart + rightLength);
  let leftCount = leftLength;
  let rightCount = rightLength;
  let to = rightStart + rightLength - 1;
  const lastLeft = () => list[start + leftCount - 1] as A;
  const lastRight = () => right[rightCount - 1] as A;
  const moveLeft = (count: number) => {
    list.copyWithin(to - count + 1, start + leftCount - count, start + leftCount);
    to -= count;
    leftCount -= count;
  };
  const moveRight = (count: number) => {
    for (let moved = 0; moved < count; moved++) list[to--] = right[--rightCount] as A;
  };
  const finish = () => {
    // Either nothing is left on the left, or one item on the right that is less than all that remain on the left.
    if (rightCount === 1) moveLeft(leftCount);
    moveRight(rightCount);
  };
  const interleave = () => {
    moveLeft(1);
    if (leftCount === 0 || rightCount === 1) return;
    let reluctance = sorting.reluctance;
    for (;;) {
      let leftWins = 0;
      let rightWins = 0;
      for (;;) {
        if (less(lastRight(), lastLeft())) {
          moveLeft(1);
          leftWins++;
          rightWins = 0;
          if (leftCount === 0) return;
          if (leftWins >= reluctance) break;
        } else {
          moveRight(1);
          rightWins++;
          leftWins = 0;
          if (rightCount === 1) return;
          if (rightWins >= reluctance) break;
        }
      }
      reluctance++;
      do {
        if (reluctance > 1) reluctance--;
        sorting.reluctance = reluctance;
        leftWins = leftCount - gallopRight(lastRight(), list, start, leftCount, leftCount - 1, less);
        moveLeft(leftWins);
        if (leftCount === 0) return;
        moveRight(1);
        if (rightCount === 1) return;
        rightWins = rightCount - gallopLeft(lastLeft(), right, 0, rightCount, rightCount - 1, less);
        moveRight(rightWins);
        if (rightCount <= 1) return;
        moveLeft(1);
        if (leftCount === 0) return;
      } while (leftWins >= gallopThreshold || rightWins >= gallopThreshold);
      reluctance++;
      sorting.reluctance = reluctance;
    }
  };
  interleave();
  finish();
}

/** The length to which short runs are extended: the whole list below 64, else 32 to 64, so that the number of runs is near a power of two. */
function minimumRun(count: number): number {
  let rest = count;
  let odd = 0;
  while (rest >= 64) {
    odd |= rest & 1;
    rest >>= 1;
  }
  return rest + odd;
}

/** Depth in the ideal merge tree of the boundary between two neighbouring runs, of a list of `count` items. */
function boundaryPower(start: number, leftLength: number, rightLength: number, count: number): number {
  let a = 2 * start + leftLength;
  let b = a + leftLength + rightLength;
  let power = 0;
  for (;;) {
    power++;
    if (a >= count) {
      a -= count;
      b -= count;
    } else if (b >= count) return power;
    a *= 2;
    b *= 2;
  }
}
