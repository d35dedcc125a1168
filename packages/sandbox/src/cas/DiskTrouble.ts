/**
 * Errors of the file system that the code at their place has no answer for, yet no mistakes of it: a full disk, a cache of another user, a broken disk. They
 * are failures with a next step, not defects.
 */
import { BstError } from "@millrace/core/error/BstError";

const space = "Make room on this disk, or move the cache with `cachedir` in the user configuration.";
const rights = "Check whose the files are and what they permit; the cache of another user can only be read.";

const hints: Readonly<Record<string, string>> = {
  ENOSPC: space,
  EDQUOT: space,
  EACCES: rights,
  EPERM: rights,
  EROFS: rights,
  EIO: "Look at the kernel's log (dmesg): the disk may be failing.",
  EMFILE: "Raise the limit of open files (ulimit -n).",
  ENFILE: "Raise the limit of open files (fs.file-max).",
  ENAMETOOLONG: "Choose shorter names, or a place with a shorter path.",
};

/** The failure that something thrown stands for; undefined for what is a defect. */
export function asFailure(cause: unknown): BstError | undefined {
  if (cause instanceof BstError) return cause;
  if (!(cause instanceof Error)) return undefined;
  const { code, message } = cause as NodeJS.ErrnoException;
  const hint = code === undefined ? undefined : hints[code];
  if (hint === undefined) return undefined;
  const reason = hint === space ? "cache-too-full" : null;
  return new BstError({ domain: "CAS", reason, message: `The file system refuses: ${message}`, hint });
}
