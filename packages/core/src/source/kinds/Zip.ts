/** `zip`: a zip archive, unpacked like `tar`. */
import * as Downloadable from "./Downloadable.ts";

/** The kind. */
export const kind = Downloadable.archive("zip");
