/** Downloads by url types that the platform has no client for (ftp, sftp), through the host's curl. */
import type { BstError } from "@millrace/core/error/BstError";
import * as Effect from "effect/Effect";
import * as HostProgram from "./HostProgram.ts";

/** Downloads to a file that does not exist yet. */
export const download = Effect.fnUntraced(function* (url: string, file: string): Effect.fn.Return<void, BstError> {
  yield* HostProgram.run({
    program: "curl",
    arguments: ["--fail", "--silent", "--show-error", "--location", "--netrc-optional", "--output", file, "--", url],
    failure: `Cannot download ${url.replace(/^([a-z+.-]+:\/\/)[^/@]*@/i, "$1")}`,
    temporary: true,
  });
});
