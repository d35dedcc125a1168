/** `bst workspace list`: the open workspaces, as YAML. */

import * as YamlText from "@millrace/core/yaml/BlockText";
import * as Context from "../app/Context.ts";
import * as Output from "../app/Output.ts";
import * as Workspaces from "../app/Workspaces.ts";
import type { Invocation } from "./Dispatch.ts";

/** Prints them. */
export async function run({ main, environment }: Invocation): Promise<number> {
  const context = Context.open(main, environment);
  const { directory } = Context.needProject(context, "The workspaces cannot be listed");
  const list = [...context.workspaces].map(
    ([element, entry]) =>
      new Map([
        ["element", element],
        ["directory", Workspaces.directory(directory, entry)],
      ]),
  );
  Output.out(YamlText.dump(new Map([["workspaces", list]])));
  return 0;
}
