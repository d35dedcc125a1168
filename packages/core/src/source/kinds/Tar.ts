/** `tar`: a tarball, unpacked from the first directory that matches a pattern. */
import * as Downloadable from "./Downloadable.ts";

/** The kind. */
export const kind = Downloadable.archive("tar");
