/** Work in slices: generators that pause where others may have their turn. `Cas.inSlices` gives them that. */

/** All of it at once, where nobody else waits. */
export function atOnce<A>(steps: Generator<void, A>): A {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
