/**
 * `npm run parity [-- NAME [options]]`: asks the oracle again. Without a name, the first four.
 *
 * - `projects`: random projects through both tools
 * - `example`: keys of the example, and one store shared both ways
 * - `directory DIRECTORY`: any project
 * - `options DIRECTORY`: any project, under every value of its options
 * - `plugins`: the elements of the two plugin packages and their sources in builds, native and in Python
 * - `plugin-sources`: every source of the two packages with servers of its kind, native and in Python; names of cases or kinds choose
 * - `tracking DIRECTORY`: all elements of a project
 * - `archives`: random archives, staged by both
 * - `registries`: real packages; needs the network
 * - `execution`: remote execution on buildbox
 * - `farm`: remote execution on BuildGrid with our workers
 * - `caches`: shared caches both ways, and what goes over the wire
 * - `remotes`: random configurations of caches and services, most of them wrong
 * - `cache-scenarios`: what commands do with shared caches, in many small scenarios; parts of names choose
 * - `faults`: 300 scenarios of trouble with servers
 * - `chaos`: builds on BuildGrid while workers come to grief
 */
import { compareArchives } from "./archives.ts";
import { compareCacheScenarios } from "./caches/compare.ts";
import { compareCaches } from "./caches.ts";
import { tryChaos } from "./chaos.ts";
import { compareDirectory } from "./directory.ts";
import { compareExample } from "./example.ts";
import { compareExecution } from "./execution.ts";
import { compareFarm } from "./farm.ts";
import { tryFaults } from "./faults.ts";
import { compareOptions } from "./options.ts";
import { comparePluginSources } from "./pluginSources.ts";
import { comparePlugins } from "./plugins.ts";
import { compareProjects } from "./projects.ts";
import { compareRegistries } from "./registries.ts";
import { compareRemotes } from "./remotes.ts";
import { compareTracking } from "./tracking.ts";

const checks: Readonly<Record<string, (args: readonly string[]) => Promise<boolean>>> = {
  archives: compareArchives,
  "cache-scenarios": compareCacheScenarios,
  caches: compareCaches,
  chaos: tryChaos,
  example: compareExample,
  execution: compareExecution,
  directory: compareDirectory,
  farm: compareFarm,
  faults: tryFaults,
  options: compareOptions,
  "plugin-sources": comparePluginSources,
  plugins: comparePlugins,
  projects: compareProjects,
  registries: compareRegistries,
  remotes: compareRemotes,
  tracking: compareTracking,
};

const [name, ...args] = process.argv.slice(2);
const chosen = name === undefined ? ["example", "plugins", "plugin-sources", "projects"] : [name];
let agreed = true;
for (const one of chosen) {
  const check = checks[one];
  if (check === undefined)
    throw new Error(`No parity check is called ${one}; there are: ${Object.keys(checks).join(", ")}`);
  agreed = (await check(args)) && agreed;
}
process.exit(agreed ? 0 : 1);
