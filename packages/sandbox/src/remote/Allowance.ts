/** Memory that tasks may use which servers fill: each so much, and all of them together so much. */

export interface Share {
  /** Takes bytes; false when this task or all of them would have too many, or after the end. */
  readonly take: (bytes: number) => boolean;
  /** Gives back all that was taken. */
  readonly end: () => void;
}

/** Gives shares, limited in bytes. */
export function make(limits: { readonly each: number; readonly all: number }): () => Share {
  let inAll = 0;
  return () => {
    let taken = 0;
    let over = false;
    return {
      take: (bytes) => {
        if (over || taken + bytes > limits.each || inAll + bytes > limits.all) return false;
        taken += bytes;
        inAll += bytes;
        return true;
      },
      end: () => {
        over = true;
        inAll -= taken;
        taken = 0;
      },
    };
  };
}
