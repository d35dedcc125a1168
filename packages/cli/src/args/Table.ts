/** The whole command line: `bst`, its options and commands. */
import type { Command } from "./Specification.ts";
import * as Artifact from "./table/Artifact.ts";
import * as Cache from "./table/Cache.ts";
import * as Farm from "./table/Farm.ts";
import * as Main from "./table/Main.ts";
import * as Own from "./table/Own.ts";
import * as Source from "./table/Source.ts";
import * as Top from "./table/Top.ts";
import * as Workspace from "./table/Workspace.ts";

/** The root of the table. */
export const bst: Command = {
  name: "bst",
  summary: "Build BuildStream projects",
  description: [
    "Build software from BuildStream projects, and work with what was built",
    "Most options here overrule what the user configuration says. While a session runs at a terminal, the key l shows the last line of each running job's log.",
  ],
  options: Main.options,
  arguments: [],
  commands: [
    Artifact.artifact,
    Top.build,
    Cache.cache,
    Own.doctor,
    Own.explain,
    Top.help,
    Top.init,
    Farm.remote,
    Own.report,
    Top.shell,
    Top.show,
    Source.source,
    Own.why,
    Farm.worker,
    Workspace.workspace,
  ],
};
