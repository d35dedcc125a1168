/** `bst source push`: a session that uploads sources to source caches. */
import type { Invocation } from "./Dispatch.ts";
import * as Transfers from "./Transfers.ts";

/** Uploads. */
export const run = (invocation: Invocation): Promise<number> => Transfers.sources(invocation, "push");
