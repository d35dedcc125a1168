/** What `bst doctor` found out about one thing. */

export interface Finding {
  /** What was looked at, in a few words. */
  readonly check: string;
  /** `warning` for what works worse than it could, or will not for long; `problem` for what keeps bst from working. */
  readonly status: "ok" | "warning" | "problem";
  /** What was found, one line. */
  readonly found: string;
  /** What to do about it; with everything that is not ok. */
  readonly remedy?: string | undefined;
}

export function ok(check: string, found: string): Finding {
  return { check, status: "ok", found };
}

export function warning(check: string, found: string, remedy: string): Finding {
  return { check, status: "warning", found, remedy };
}

export function problem(check: string, found: string, remedy: string): Finding {
  return { check, status: "problem", found, remedy };
}
