/** `gen_cargo_lock`: a `Cargo.lock` for sources that have none; the ref is the file itself, in base64. */
import * as Access from "../../yaml/Access.ts";
import type { SourceKind } from "../SourceKind.ts";
import * as Common from "./Common.ts";

export interface Settings {
  readonly ref: string | undefined;
}

const keys = Common.keys("ref");

/** The kind. */
export const kind: SourceKind<Settings> = {
  ...Common.ordinary,
  ...Common.textRefMembers,
  name: "gen_cargo_lock",
  requiresPreviousTrack: true,
  configure: (config) => {
    Access.validateKeys(config, keys);
    return { ref: Access.optionalString(config, "ref") };
  },
  uniqueKey: (settings) => Common.orNull(settings.ref),
  withRef: Common.withTextRef,
  urls: () => [],
};
