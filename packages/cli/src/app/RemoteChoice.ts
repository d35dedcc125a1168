/** Which servers a command uses: the command line on top of the user configuration on top of what projects recommend. */
import { dirname } from "node:path";
import * as UserConfig from "@millrace/core/project/UserConfig";
import type * as Caches from "@millrace/sandbox/remote/Caches";
import * as Remote from "../args/Remote.ts";
import type { RemotePurpose } from "../args/Specification.ts";
import * as Values from "../args/Values.ts";
import type { Context } from "./Context.ts";

/** The choice for a command with these values; `purpose` is that of its options. */
export function make(context: Context, values: Values.Values, purpose: RemotePurpose): Caches.Configuration {
  const { config } = context;
  const { artifacts, sourceCaches } = config;
  const named = (name: string) => Values.list(values, name).map((word) => Remote.parse(word, purpose));
  return {
    artifacts: {
      commandLine: named("artifact-remotes"),
      ignoreProjects: Values.isSet(values, "ignore-project-artifact-remotes"),
      global: artifacts,
      override: (project) => UserConfig.overrides(config, project).artifacts,
      recommended: (project) => project.artifactServers,
    },
    sources: {
      commandLine: named("source-remotes"),
      ignoreProjects: Values.isSet(values, "ignore-project-source-remotes"),
      global: sourceCaches,
      override: (project) => UserConfig.overrides(config, project).sourceCaches,
      recommended: (project) => project.sourceServers,
    },
    directory: config.origin === undefined ? undefined : dirname(config.origin),
    buildTrees: config.cache.pullBuildtrees,
    keyLength: config.logging.keyLength,
  };
}
