/** Hex digest of bytes, or of a text's UTF-8. */
export declare function hex(data: Uint8Array | string): string;
/** A running hash for input that is never whole in memory. */
export interface Running {
  readonly update: (data: Uint8Array | string) => void;
  /** Another running hash that has seen the same input; each goes on by itself. */
  readonly fork: () => Running;
  readonly hex: () => string;
}
/** Starts a running hash. */
export declare function start(): Running;
