/** `bst artifact push`: a session that uploads artifacts. */
import type { Invocation } from "./Dispatch.ts";
import * as Transfers from "./Transfers.ts";

/** Uploads. */
export const run = (invocation: Invocation): Promise<number> => Transfers.artifacts(invocation, "push");
