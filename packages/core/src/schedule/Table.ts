/**
 * A persistent table of 32-bit numbers, indexed by element.
 *
 * The scheduler's state is a value, yet a plan may hold 100,000 elements and take several steps for each: copying an array at every step would make
 * scheduling quadratic. Numbers are held in chunks; an edit copies the chunks that it writes to and shares the others with the table it began from.
 */

const chunkBits = 8;
const chunkSize = 1 << chunkBits;
const chunkMask = chunkSize - 1;

export interface Table {
  readonly length: number;
  readonly chunks: readonly Int32Array[];
}

/** A table under edit: private to the function that made it, until {@link seal}. */
export interface Draft {
  readonly length: number;
  readonly chunks: Int32Array[];
  /** 1 for each chunk that this draft has already copied. */
  readonly owned: Uint8Array;
}

/** A table of `length` numbers, all zero. */
export function make(length: number): Table {
  const count = (length + chunkMask) >> chunkBits;
  return { length, chunks: Array.from({ length: count }, () => new Int32Array(chunkSize)) };
}

export function get(table: Table | Draft, index: number): number {
  return table.chunks[index >> chunkBits]![index & chunkMask]!;
}

export function edit(table: Table): Draft {
  return { length: table.length, chunks: table.chunks.slice(), owned: new Uint8Array(table.chunks.length) };
}

export function set(draft: Draft, index: number, value: number): void {
  const at = index >> chunkBits;
  let chunk = draft.chunks[at]!;
  if (draft.owned[at] === 0) {
    chunk = chunk.slice();
    draft.chunks[at] = chunk;
    draft.owned[at] = 1;
  }
  chunk[index & chunkMask] = value;
}

/** Ends an edit; the draft must not be written to afterwards. */
export function seal(draft: Draft): Table {
  return draft;
}
