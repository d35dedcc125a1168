/** Downloads by url types that the platform has no client for (ftp, sftp), through the host's curl. */
import type { BstError } from "@millrace/core/error/BstError";
import * as Effect from "effect/Effect";
import { withoutSecrets } from "./AliasUrls.ts";
import * as HostProgram from "./HostProgram.ts";

/** Downloads to a file that does not exist yet. The logins of `.netrc` are for urls that name no user. */
export const download = Effect.fnUntraced(function* (url: string, file: string): Effect.fn.Return<void, BstError> {
  const shown = withoutSecrets(url);
  const login = shown === url ? ["--netrc-optional"] : [];
  yield* HostProgram.run({
    program: "curl",
    arguments: ["--fail", "--silent", "--show-error", "--location", ...login, "--output", file, "--", url],
    failure: `Cannot download ${shown}`,
    temporary: true,
  });
});
