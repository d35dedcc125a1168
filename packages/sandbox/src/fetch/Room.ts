/** How much one source may bring: bytes of a download, and of an archive unpacked. A small file that unpacks to petabytes would fill the disk otherwise. */
import { raise } from "@millrace/core/error/BstError";
import * as AliasUrls from "./AliasUrls.ts";

/** Where the user configuration says nothing: 64 GiB. */
const usual = 64 * 2 ** 30;

/** Members of an archive at most, since each takes memory, however small it is on disk. */
const mostMembers = 5_000_000;

export interface Room {
  /** Counts bytes; raises when they are too many. */
  readonly take: (bytes: number) => void;
  /** Counts a member of an archive. */
  readonly member: () => void;
}

/** Starts counting. `name` is what errors call what is unpacked. */
export function open(name: string, limit: number = usual): Room {
  let left = limit;
  let members = 0;
  const fail = (what: string): never =>
    raise({
      domain: "SOURCE",
      reason: null,
      message: `${AliasUrls.withoutSecrets(name)} holds more than ${what}`,
      hint: "If the archive is to be trusted, raise `fetch: size-limit` in the user configuration.",
    });
  return {
    take: (bytes) => {
      left -= bytes;
      if (left < 0) fail(`${limit} bytes, the limit for one source`);
    },
    member: () => {
      if (++members > mostMembers) fail(`${mostMembers} members`);
    },
  };
}
