/** `deb`: the data archive inside a Debian package, unpacked like `tar`. */
import * as Downloadable from "./Downloadable.ts";

/** The kind. */
export const kind = Downloadable.archive("deb");
