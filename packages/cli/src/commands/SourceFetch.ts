/** `bst source fetch`: a session that fetches sources. */
import type { Invocation } from "./Dispatch.ts";
import * as Transfers from "./Transfers.ts";

/** Fetches. */
export const run = (invocation: Invocation): Promise<number> => Transfers.sources(invocation, "pull");
