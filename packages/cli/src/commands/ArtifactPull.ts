/** `bst artifact pull`: a session that downloads artifacts. */
import type { Invocation } from "./Dispatch.ts";
import * as Transfers from "./Transfers.ts";

/** Downloads. */
export const run = (invocation: Invocation): Promise<number> => Transfers.artifacts(invocation, "pull");
