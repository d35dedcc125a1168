/**
 * The user configuration: one YAML file composed onto built-in defaults, as typed data.
 *
 * Paths may hold `~` and `$VARIABLE` (an unknown variable stays as written) and must be absolute, except `workspacedir: .`. Sizes stay symbolic, because a percentage
 * needs the volume. What is said about single projects is read when that project is loaded, so a mistake in the section of another project harms nobody.
 */
import * as Access from "../yaml/Access.ts";
import * as Composite from "../yaml/Composite.ts";
import { type Mapping, mapping, type Sequence } from "../yaml/Node.ts";
import * as Read from "../yaml/Read.ts";
import type { RemoteSpec } from "./Project.ts";
import * as Remotes from "./Remotes.ts";
import * as UserPaths from "./UserPaths.ts";

/** An amount of disk space; `percent` is of the volume that holds the cache. */
export type Size =
  | { readonly type: "infinity" }
  | { readonly type: "bytes"; readonly bytes: number }
  | { readonly type: "percent"; readonly percent: number };

const policies = ["all", "aliases", "mirrors", "user"] as const;
/** Which addresses may be used: the sources' own, only aliased ones, only mirrors, only those of the user. */
export type SourcePolicy = (typeof policies)[number];

const buildtrees = ["always", "auto", "never"] as const;
const errorActions = ["continue", "quit", "terminate"] as const;
const preferences = ["native", "python"] as const;
const dependencies = ["none", "run", "all"] as const;

export interface UserConfig {
  /** The file that was read, undefined when there is none. */
  readonly origin: string | undefined;
  readonly cachedir: string;
  readonly sourcedir: string;
  readonly logdir: string;
  /** Absolute, or `.`. */
  readonly workspacedir: string;
  readonly cache: {
    readonly quota: Size;
    /** The quota as written, for the heading of a session. */
    readonly quotaText: string;
    readonly reserved: Size;
    /** Share of the quota, 0 to 1, that expiry aims at. */
    readonly lowWatermark: number;
    readonly storageService: RemoteSpec | undefined;
    readonly pullBuildtrees: boolean;
    readonly cacheBuildtrees: (typeof buildtrees)[number];
  };
  readonly scheduler: {
    readonly fetchers: number;
    readonly builders: number;
    readonly pushers: number;
    readonly networkRetries: number;
    readonly onError: (typeof errorActions)[number];
  };
  readonly build: {
    /** 0: the host's processors, but at most eight. */
    readonly maxJobs: number;
    readonly retryFailed: boolean;
    readonly dependencies: (typeof dependencies)[number];
  };
  /** `sizeLimit`: bytes that one source may bring, downloaded or unpacked (not in BuildStream). */
  readonly fetch: { readonly source: SourcePolicy; readonly sizeLimit: Size };
  readonly track: { readonly source: SourcePolicy };
  readonly logging: {
    readonly keyLength: number;
    readonly verbose: boolean;
    readonly debug: boolean;
    readonly errorLines: number;
    readonly messageLines: number;
    readonly elementFormat: string;
    readonly messageFormat: string;
    readonly throttleUiUpdates: boolean;
  };
  readonly artifacts: Remotes.CacheConfig;
  readonly sourceCaches: Remotes.CacheConfig;
  readonly remoteExecution: Remotes.RemoteExecution | undefined;
  /** How plugins are chosen and run. No key of BuildStream's. */
  readonly plugins: {
    /** Which one serves where a plugin has a native equivalent. */
    readonly prefer: (typeof preferences)[number];
    /** The interpreter for Python plugins; undefined means `python3` of the PATH. */
    readonly python: string | undefined;
    /** How many seconds a Python plugin may take for one step of loading. */
    readonly timeLimit: number;
    /** Seconds a plugin may work on a fetch or a build without a sign of life; 0 for no limit. */
    readonly jobLimit: number;
  };
  /** `projects:`, by project name. */
  readonly projects: Mapping;
}

const defaultText = `
cachedir: \${XDG_CACHE_HOME}/buildstream
sourcedir: \${XDG_CACHE_HOME}/buildstream/sources
logdir: \${XDG_CACHE_HOME}/buildstream/logs
workspacedir: .
cache:
  quota: infinity
  reserved-disk-space: 5%
  low-watermark: 80%
  pull-buildtrees: False
  cache-buildtrees: auto
scheduler: {fetchers: 10, builders: 4, pushers: 4, network-retries: 2, on-error: quit}
build: {max-jobs: 0, retry-failed: False, dependencies: run}
fetch: {source: all, size-limit: 64G}
track: {source: aliases}
plugins: {prefer: native, time-limit: 120, job-limit: 0}
logging:
  key-length: 8
  verbose: True
  error-lines: 20
  message-lines: 20
  debug: False
  element-format: '%{state: >12} %{full-key} %{name} %{workspace-dirs}'
  message-format: '[%{elapsed}][%{key}][%{element}] %{action} %{message}'
  throttle-ui-updates: True
`;

const topKeys = [
  "cachedir",
  "sourcedir",
  "builddir",
  "logdir",
  "scheduler",
  "build",
  "fetch",
  "track",
  "artifacts",
  "source-caches",
  "logging",
  "projects",
  "cache",
  "plugins",
  "workspacedir",
  "remote-execution",
];
const cacheKeys = [
  "quota",
  "reserved-disk-space",
  "low-watermark",
  "storage-service",
  "pull-buildtrees",
  "cache-buildtrees",
];
const loggingKeys = [
  "key-length",
  "verbose",
  "error-lines",
  "message-lines",
  "debug",
  "element-format",
  "message-format",
  "throttle-ui-updates",
];
const schedulerKeys = ["on-error", "fetchers", "builders", "pushers", "network-retries"];
const buildKeys = ["max-jobs", "retry-failed", "dependencies"];
const pluginKeys = ["prefer", "python", "time-limit", "job-limit"];
const sourceKeys = ["source"];
const projectKeys = [
  "artifacts",
  "source-caches",
  "options",
  "strict",
  "default-mirror",
  "remote-execution",
  "mirrors",
];

function readSize(section: Mapping, key: string, mayBeInfinite: boolean): Size {
  const node = Access.getScalar(section, key);
  if (node.value === "infinity" && mayBeInfinite) return { type: "infinity" };
  const match = /^([0-9]+)(\.[0-9]*)?([KMGT%]?)$/.exec(node.value);
  const amount = Number(`${match?.[1]}${match?.[2] ?? ""}`);
  const unit = match?.[3] ?? "";
  if (match === null || (unit === "%" && amount > 100) || (unit !== "%" && match[2] !== undefined)) {
    return Access.invalid(
      node,
      `The value of '${key}' is no amount of disk space: '${node.value}'`,
      `Write bytes or a share of the disk, for example 800M, 10G, 1T or 50%${mayBeInfinite ? ", or infinity" : ""}.`,
    );
  }
  return unit === "%"
    ? { type: "percent", percent: amount }
    : { type: "bytes", bytes: amount * 1024 ** ["", "K", "M", "G", "T"].indexOf(unit) };
}

function readPercentage(section: Mapping, key: string): number {
  const node = Access.getScalar(section, key);
  const amount = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*%$/.test(node.value)
    ? Number(node.value.slice(0, -1))
    : Number.NaN;
  if (amount >= 0 && amount <= 100) return amount / 100;
  return Access.invalid(
    node,
    `The value of '${key}' is not between 0% and 100%: '${node.value}'`,
    "Write a share of the cache quota, for example 80%.",
  );
}

function readDirectory(top: Mapping, key: string, environment: UserPaths.Environment): string {
  const path = UserPaths.normalise(UserPaths.expand(Access.getString(top, key), environment));
  if (path.startsWith("/") || (key === "workspacedir" && path === ".")) return path;
  return Access.invalid(
    Access.getScalar(top, key),
    `'${key}' must be an absolute path, but it is '${path}'`,
    "Start it with `/`, `~` or a variable that holds an absolute path.",
  );
}

function section(top: Mapping, key: string, keys: readonly string[]): Mapping {
  const node = Access.getMapping(top, key);
  Access.validateKeys(node, keys);
  return node;
}

function readFetch(node: Mapping): UserConfig["fetch"] {
  const sizeLimit = readSize(node, "size-limit", true);
  return { source: Access.getEnum(node, "source", policies), sizeLimit };
}

/** The built-in configuration as nodes. */
export function defaults(): Mapping {
  return Read.read({ name: "userconfig.yaml", project: null, path: null }, defaultText);
}

/**
 * Reads the user configuration. `file` is what the caller found (`-c`, else `buildstream2.conf`, else `buildstream.conf` in the configuration directory), undefined
 * when there is none. Raises `invalid-yaml`, `invalid-data`, `illegal-composite`.
 */
export function read(
  file: { readonly path: string; readonly content: Uint8Array | string } | undefined,
  environment: UserPaths.Environment,
): UserConfig {
  let top = defaults();
  if (file !== undefined) {
    top = Composite.composite(top, Read.read({ name: file.path, project: null, path: null }, file.content));
  }
  for (const [key, hint] of [
    ["builddir", "Use 'cachedir'."],
    ["artifactdir", "Remove it; artifacts live in 'cachedir'."],
  ] as const) {
    const obsolete = top.entries.get(key);
    if (obsolete !== undefined) Access.invalid(obsolete, `'${key}' is obsolete`, hint);
  }
  Access.validateKeys(top, topKeys);
  const cachedir = readDirectory(top, "cachedir", environment);
  const sourcedir = readDirectory(top, "sourcedir", environment);
  const logdir = readDirectory(top, "logdir", environment);
  const workspacedir = readDirectory(top, "workspacedir", environment);

  const cache = section(top, "cache", cacheKeys);
  const quota = readSize(cache, "quota", true);
  const reserved = readSize(cache, "reserved-disk-space", false);
  const lowWatermark = readPercentage(cache, "low-watermark");
  const storage = Access.optionalMapping(cache, "storage-service");
  const storageService = storage === undefined ? undefined : Remotes.readRemote(storage);
  if (storageService !== undefined) Remotes.readConnection(storageService);
  const artifacts = Remotes.readCache(Access.optionalMapping(top, "artifacts"));
  const sourceCaches = Remotes.readCache(Access.optionalMapping(top, "source-caches"));
  const execution = Access.optionalMapping(top, "remote-execution");
  const logging = section(top, "logging", loggingKeys);
  const scheduler = section(top, "scheduler", schedulerKeys);
  const build = section(top, "build", buildKeys);
  const plugins = section(top, "plugins", pluginKeys);
  const projects = Access.getMapping(top, "projects", mapping());
  for (const name of projects.entries.keys()) Access.validateKeys(Access.getMapping(projects, name), projectKeys);
  return {
    origin: file?.path,
    cachedir,
    sourcedir,
    logdir,
    workspacedir,
    cache: {
      quota,
      quotaText: Access.getString(cache, "quota"),
      reserved,
      lowWatermark,
      storageService,
      pullBuildtrees: Access.getBool(cache, "pull-buildtrees"),
      cacheBuildtrees: Access.getEnum(cache, "cache-buildtrees", buildtrees),
    },
    scheduler: {
      fetchers: Access.getInt(scheduler, "fetchers"),
      builders: Access.getInt(scheduler, "builders"),
      pushers: Access.getInt(scheduler, "pushers"),
      networkRetries: Access.getInt(scheduler, "network-retries"),
      onError: Access.getEnum(scheduler, "on-error", errorActions),
    },
    build: {
      maxJobs: Access.getInt(build, "max-jobs"),
      retryFailed: Access.getBool(build, "retry-failed"),
      dependencies: Access.getEnum(build, "dependencies", dependencies),
    },
    fetch: readFetch(section(top, "fetch", [...sourceKeys, "size-limit"])),
    track: { source: Access.getEnum(section(top, "track", sourceKeys), "source", policies) },
    logging: {
      keyLength: Access.getInt(logging, "key-length"),
      verbose: Access.getBool(logging, "verbose"),
      debug: Access.getBool(logging, "debug"),
      errorLines: Access.getInt(logging, "error-lines"),
      messageLines: Access.getInt(logging, "message-lines"),
      elementFormat: Access.getString(logging, "element-format"),
      messageFormat: Access.getString(logging, "message-format"),
      throttleUiUpdates: Access.getBool(logging, "throttle-ui-updates"),
    },
    artifacts,
    sourceCaches,
    remoteExecution:
      execution === undefined ? undefined : Remotes.readExecution(execution, storageService !== undefined),
    plugins: {
      prefer: Access.getEnum(plugins, "prefer", preferences),
      python: Access.optionalString(plugins, "python"),
      timeLimit: Access.getInt(plugins, "time-limit"),
      jobLimit: Access.getInt(plugins, "job-limit"),
    },
    projects,
  };
}

/** What the user says about one project. */
export interface ProjectOverrides {
  /** Raises `invalid-data`. */
  readonly artifacts: Remotes.CacheConfig;
  /** Raises `invalid-data`. */
  readonly sourceCaches: Remotes.CacheConfig;
  readonly options: Mapping | undefined;
  /** Read for the top-level project only. */
  readonly strict: boolean;
  readonly defaultMirror: string | undefined;
  /** Replaces the project's own list. */
  readonly mirrors: Sequence | undefined;
  /** Read for the top-level project only. */
  readonly remoteExecution: Remotes.RemoteExecution | undefined;
}

/** The section `projects: NAME:`; all defaults when there is none. Raises `invalid-data`. */
export function overrides(config: UserConfig, projectName: string): ProjectOverrides {
  const node = Access.getMapping(config.projects, projectName, mapping());
  const execution = Access.optionalMapping(node, "remote-execution");
  return {
    // Read by commands that connect to caches, and by them only, as in BuildStream.
    get artifacts() {
      return Remotes.readCache(Access.optionalMapping(node, "artifacts"));
    },
    get sourceCaches() {
      return Remotes.readCache(Access.optionalMapping(node, "source-caches"));
    },
    options: Access.optionalMapping(node, "options"),
    strict: Access.getBool(node, "strict", true),
    defaultMirror: Access.optionalString(node, "default-mirror"),
    mirrors: Access.optionalSequence(node, "mirrors"),
    remoteExecution:
      execution === undefined ? undefined : Remotes.readExecution(execution, config.cache.storageService !== undefined),
  };
}
