/** Which known name a person probably meant: edit distance, bounded, so that a hint appears only when it is likely. */

/** How many insertions, deletions and replacements lie between two words. */
export function distance(left: string, right: string): number {
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const same = left[row - 1] === right[column - 1];
      current.push(
        Math.min(
          (previous[column] as number) + 1,
          (current[column - 1] as number) + 1,
          (previous[column - 1] as number) + (same ? 0 : 1),
        ),
      );
    }
    previous = current;
  }
  return previous[right.length] as number;
}

/** The candidate nearest to `name` when at most a third of the name differs. */
export function of(name: string, candidates: Iterable<string>): string | undefined {
  if (name.length > 100) return undefined;
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(name.length / 3)) + 1;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - name.length) >= bestDistance) continue;
    const found = distance(name, candidate);
    if (found < bestDistance) {
      best = candidate;
      bestDistance = found;
    }
  }
  return best;
}

/** `Did you mean 'x'?`, or undefined. */
export function suggest(name: string, candidates: Iterable<string>): string | undefined {
  const found = of(name, candidates);
  return found === undefined ? undefined : `Did you mean '${found}'?`;
}
