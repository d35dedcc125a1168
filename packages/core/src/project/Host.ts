/** The machine that runs `bst`, as `uname` tells it: a parameter everywhere, so that a project can be computed for another machine. */
import * as Architecture from "../element/Architecture.ts";
import { raise } from "../error/BstError.ts";

export interface Host {
  /** `uname -s`, e.g. `Linux`. */
  readonly os: string;
  /** `uname -m`, e.g. `x86_64`. */
  readonly machine: string;
  /** Processors that this process may use. */
  readonly cpus: number;
}

/** The canonical name of the host's machine. Raises `PLATFORM` when it is unknown. */
export function architecture(host: Host): string {
  return (
    Architecture.canonical(host.machine) ??
    raise({
      domain: "PLATFORM",
      reason: null,
      message: `Unknown architecture of this machine: ${host.machine}`,
      hint: "Only machines with a canonical name can load options of type `arch` and build.",
    })
  );
}
