/** `quilt`: pushes the quilt series that the sources before it carry. Unknown keys are accepted. */
import * as Access from "../../yaml/Access.ts";
import type { SourceKind } from "../SourceKind.ts";
import * as Common from "./Common.ts";

export interface Settings {
  readonly path: string;
}

/** The kind. */
export const kind: SourceKind<Settings> = {
  ...Common.localMembers,
  name: "quilt",
  requiresPreviousStage: true,
  configure: (config) => ({ path: Access.getString(config, "path", "") }),
  uniqueKey: (settings) => [settings.path],
};
