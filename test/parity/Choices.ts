/**
 * A tape of small numbers read as decisions. Whoever generates from a tape needs no code for shrinking: a shorter tape with smaller numbers
 * makes a simpler thing, and a tape that has run out answers 0, which by convention is the simplest choice.
 */
export class Choices {
  readonly #tape: readonly number[];
  #at = 0;

  constructor(tape: readonly number[]) {
    this.#tape = tape;
  }

  /** A number from 0 to `bound - 1`. */
  below(bound: number): number {
    const next = this.#tape[this.#at++] ?? 0;
    return next % bound;
  }

  /** True about once in `rarity` times. */
  rarely(rarity: number): boolean {
    return this.below(rarity) === rarity - 1;
  }

  /** One of the values; the first is the simplest. */
  one<A>(values: readonly A[]): A {
    return values[this.below(values.length)] as A;
  }

  /** Between 0 and `most` things. */
  many<A>(most: number, make: (index: number) => A): A[] {
    return Array.from({ length: this.below(most + 1) }, (_, index) => make(index));
  }
}
