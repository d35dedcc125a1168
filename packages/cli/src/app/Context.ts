/**
 * What every command that does something starts from: the user configuration with the command line on top, and the project at hand.
 *
 * Having no project is no failure here: commands on artifacts work without one. A command that needs a project asks with {@link needProject}.
 */
import { readFileSync } from "node:fs";
import { availableParallelism, machine, type as systemName } from "node:os";
import { join, resolve } from "node:path";
import { raise } from "@millrace/core/error/BstError";
import type { Host } from "@millrace/core/project/Host";
import * as UserConfig from "@millrace/core/project/UserConfig";
import * as Discovery from "./Discovery.ts";
import type { Environment } from "./Environment.ts";
import type { MainOptions } from "./MainOptions.ts";
import * as Phase from "./Phase.ts";
import * as Workspaces from "./Workspaces.ts";

/** The project at hand. */
export interface ProjectPlace {
  /** Absolute path of the top-level project. */
  readonly directory: string;
  /** The element of the workspace from inside which the command was called. */
  readonly workspaceElement: string | undefined;
}

/** See the module's description. */
export interface Context {
  readonly main: MainOptions;
  readonly environment: Environment;
  readonly host: Host;
  readonly config: UserConfig.UserConfig;
  /** The text that the configuration was read from. */
  readonly configuration: Uint8Array | undefined;
  readonly place: ProjectPlace | undefined;
  readonly workspaces: Workspaces.Workspaces;
}

const configurationFiles = ["buildstream2.conf", "buildstream.conf"];

/** Reads the configuration and finds the project. */
export function open(main: MainOptions, environment: Environment): Context {
  const [config, configuration] = Phase.during("Error loading user configuration", () => {
    const file = configFile(main, environment);
    return [readConfig(main, environment, file), file?.content] as const;
  });
  return Phase.during("Error loading project", () => {
    const place = find(main.directory ?? process.cwd());
    const workspaces = place === undefined ? new Map() : Workspaces.read(place.directory);
    return { main, environment, host: host(environment), config, configuration, place, workspaces };
  });
}

/** The machine; tests of other machines' behaviour set the two variables. */
function host(environment: Environment): Host {
  return {
    os: environment["BST_TEST_UNAME_SYSTEM"] ?? systemName(),
    machine: environment["BST_TEST_UNAME_MACHINE"] ?? machine(),
    cpus: availableParallelism(),
  };
}

/** A configuration file with its content. */
interface ConfigFile {
  readonly path: string;
  readonly content: Uint8Array;
}

function readConfig(main: MainOptions, environment: Environment, file: ConfigFile | undefined): UserConfig.UserConfig {
  const config = UserConfig.read(file, environment);
  return {
    ...config,
    cache: {
      ...config.cache,
      pullBuildtrees: main.pullBuildtrees ?? config.cache.pullBuildtrees,
      cacheBuildtrees: main.cacheBuildtrees ?? config.cache.cacheBuildtrees,
    },
    scheduler: {
      fetchers: main.fetchers ?? config.scheduler.fetchers,
      builders: main.builders ?? config.scheduler.builders,
      pushers: main.pushers ?? config.scheduler.pushers,
      networkRetries: main.networkRetries ?? config.scheduler.networkRetries,
      onError: main.onError ?? config.scheduler.onError,
    },
    build: { ...config.build, maxJobs: main.maxJobs ?? config.build.maxJobs },
    logging: {
      ...config.logging,
      verbose: main.verbose ?? config.logging.verbose,
      debug: main.debug ?? config.logging.debug,
      errorLines: main.errorLines ?? config.logging.errorLines,
      messageLines: main.messageLines ?? config.logging.messageLines,
    },
  };
}

function configFile(main: MainOptions, environment: Environment): ConfigFile | undefined {
  if (main.config !== undefined) {
    const path = resolve(main.config);
    try {
      return { path, content: readFileSync(path) };
    } catch (cause) {
      return raise({
        domain: "LOAD",
        reason: "missing-file",
        message: `The user configuration ${path} cannot be read: ${(cause as Error).message}`,
      });
    }
  }
  for (const name of configurationFiles) {
    const path = join(environment["XDG_CONFIG_HOME"] as string, name);
    try {
      return { path, content: readFileSync(path) };
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === "ENOENT") continue;
      return raise({
        domain: "LOAD",
        reason: "missing-file",
        message: `The user configuration ${path} cannot be read: ${(cause as Error).message}`,
      });
    }
  }
  return undefined;
}

function find(directory: string): ProjectPlace | undefined {
  const found = Discovery.search(directory);
  if (found === undefined) return undefined;
  if (found.type === "project") return { directory: found.directory, workspaceElement: undefined };
  const marker = Workspaces.readMarker(found.directory);
  return marker === undefined ? undefined : { directory: marker.project, workspaceElement: marker.element };
}

/** The project at hand; fails with what was attempted when there is none. */
export function needProject(context: Context, attempted: string): ProjectPlace {
  return (
    context.place ??
    raise({
      domain: "STREAM",
      reason: "project-not-loaded",
      message: attempted,
      detail: "There is no project.conf, and no open workspace, in this directory or above it.",
      hint: "Go to the directory of a project, or name it with -C.",
    })
  );
}

/** Whether builds are strict: the command line, else what the user says about the project. */
export function strict(context: Context, projectName: string): boolean {
  return context.main.strict ?? UserConfig.overrides(context.config, projectName).strict;
}
