/** `bst doctor`: whether this machine can build, and what to do where it cannot. */
import { mkdtempSync, rmSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { BstError } from "@millrace/core/error/BstError";
import * as ParsedFiles from "@millrace/core/graph/ParsedFiles";
import type { Project, RemoteSpec } from "@millrace/core/project/Project";
import type * as UserConfig from "@millrace/core/project/UserConfig";
import * as Access from "@millrace/core/yaml/Access";
import { Cas } from "@millrace/sandbox/cas/Cas";
import * as Quota from "@millrace/sandbox/cas/Quota";
import { type Finding, ok, problem, warning } from "@millrace/sandbox/doctor/Finding";
import * as Machine from "@millrace/sandbox/doctor/Machine";
import * as Storage from "@millrace/sandbox/doctor/Storage";
import * as MakeDirectory from "@millrace/sandbox/files/MakeDirectory";
import * as Effect from "effect/Effect";
import * as Context from "../app/Context.ts";
import * as Discovery from "../app/Discovery.ts";
import * as ErrorReport from "../app/ErrorReport.ts";
import * as Loading from "../app/Loading.ts";
import * as Messages from "../app/Messages.ts";
import * as Output from "../app/Output.ts";
import { PhaseError } from "../app/Phase.ts";
import * as Program from "../app/Program.ts";
import * as RemoteChoice from "../app/RemoteChoice.ts";
import * as Values from "../args/Values.ts";
import * as Json from "../json/Json.ts";
import * as Style from "../ui/Style.ts";
import type { Invocation } from "./Dispatch.ts";

/** Prints the findings. */
export async function run(invocation: Invocation): Promise<number> {
  const findings = await examine(invocation);
  const healthy = findings.every(({ status }) => status !== "problem");
  if (Values.isSet(invocation.values, "json")) {
    Json.print("doctor", {
      healthy,
      findings: findings.map((finding) => ({ ...finding, remedy: finding.remedy ?? null })),
    });
  } else Output.out(text(findings, invocation.main.colors ? Style.ansi : Style.plain));
  return healthy ? 0 : 1;
}

const colours = { ok: "green", warning: "yellow", problem: "red" } as const;

function text(findings: readonly Finding[], paint: Style.Paint): string {
  const width = Math.max(...findings.map(({ check }) => check.length));
  return findings
    .map(({ check, status, found, remedy }) => {
      const line = `${paint(status.padEnd(7), { fg: colours[status] })}  ${check.padEnd(width)}  ${found}\n`;
      return remedy === undefined ? line : `${line}${" ".repeat(9)}Remedy: ${remedy}\n`;
    })
    .join("");
}

async function examine(invocation: Invocation): Promise<readonly Finding[]> {
  const { main, environment } = invocation;
  const machine = [Machine.node(), Storage.clock(Date.now()), ...Machine.programs(environment["PATH"])];
  let context: Context.Context;
  try {
    context = Context.open(main, environment);
  } catch (cause) {
    const what = cause instanceof PhaseError && cause.phase.includes("project") ? "project" : "user configuration";
    return [...machine, refused(what, cause), ...(await sandboxes(tmpdir(), environment["PATH"]))];
  }
  const { config } = context;
  const directories = Object.entries({
    "cache directory": config.cachedir,
    "source directory": config.sourcedir,
    "log directory": config.logdir,
  }).flatMap(([name, path]) => Storage.directory(name, path, name === "cache directory" ? reserved(config) : 0));
  const configured = ok("user configuration", config.origin ?? "none; defaults are used");
  const whole = directories.every(({ status, found }) => status !== "problem" || !found.includes("cannot be written"));
  return [
    ...machine,
    ...(await sandboxes(whole ? config.cachedir : tmpdir(), environment["PATH"])),
    configured,
    ...directories,
    ...(whole ? await inside(invocation, context) : []),
  ];
}

function refused(check: string, cause: unknown): Finding {
  const error = cause instanceof PhaseError ? cause.error : cause;
  if (!(error instanceof BstError)) throw cause;
  return problem(check, ErrorReport.headline(error), error.hint ?? "Correct the file at the place that is named.");
}

function reserved(config: UserConfig.UserConfig): number {
  try {
    const { bsize, blocks } = statfsSync(config.cachedir);
    return Quota.inBytes(config.cache.reserved, bsize * blocks) ?? 0;
  } catch {
    // It is not there yet; that it can be made is found out next.
    return 0;
  }
}

async function sandboxes(place: string, path: string | undefined): Promise<readonly Finding[]> {
  MakeDirectory.make(place);
  const directory = mkdtempSync(join(place, "doctor-"));
  try {
    return await Effect.runPromise(Machine.sandbox(join(directory, "scratch"), path));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** What takes the store: the project, the cache's integrity, and the servers. */
async function inside(invocation: Invocation, context: Context.Context): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  try {
    await Program.run(
      context,
      RemoteChoice.make(context, invocation.values, "pull"),
      Effect.gen(function* () {
        const { voice } = yield* Messages.speaking(context);
        const { store } = yield* Cas;
        findings.push(Storage.sample(store));
        const loaded = context.place === undefined ? undefined : yield* Effect.result(Loading.load(context, voice, []));
        const project = loaded?._tag === "Success" ? loaded.success.project : undefined;
        findings.push(projectFinding(context, loaded?._tag === "Failure" ? loaded.failure : undefined, project));
        findings.push(yield* Machine.python(context.config.plugins.python, project !== undefined && inPython(project)));
        findings.push(...(yield* servers(context, project)));
      }).pipe(Effect.scoped),
    );
  } catch (cause) {
    findings.push(refused("cache", cause));
  }
  return findings;
}

function projectFinding(
  context: Context.Context,
  failure: BstError | undefined,
  project: Project | undefined,
): Finding {
  if (failure !== undefined) return refused("project", failure);
  if (project !== undefined) return ok("project", `${project.name} in ${project.files.directory}`);
  const directory = context.main.directory ?? process.cwd();
  return warning(
    "project",
    `none in ${directory} or above it`,
    "Go to a project, or name it with -C, to check it too.",
  );
}

/** Whether the project has plugins of its own in Python. */
function inPython({ files }: Project): boolean {
  const conf = ParsedFiles.read(ParsedFiles.make(), files, Discovery.projectFile, Discovery.projectFile);
  const origins = conf === undefined ? [] : Access.mappingList(conf, "plugins");
  return origins.some((origin) => {
    if (Access.getString(origin, "origin", "") !== "local") return false;
    const path = Access.getString(origin, "path", "");
    return files.list(path)?.some(({ name }) => name.endsWith(".py")) === true;
  });
}

/** Every server of the user configuration and of the project, each once. */
const servers = Effect.fnUntraced(function* (context: Context.Context, project: Project | undefined) {
  const { artifacts, sourceCaches, remoteExecution, cache, origin } = context.config;
  const home = origin === undefined ? undefined : dirname(origin);
  const own = (check: string, specs: readonly (RemoteSpec | undefined)[], directory: string | undefined) =>
    specs.flatMap((spec) => (spec === undefined ? [] : [{ check, spec, directory }]));
  const there = project?.files.directory;
  const all = [
    ...own("artifact server", artifacts.servers, home),
    ...own("source server", sourceCaches.servers, home),
    ...own("storage service", [cache.storageService], home),
    ...own(
      "execution service",
      [remoteExecution?.execution, remoteExecution?.storage, remoteExecution?.actionCache],
      home,
    ),
    ...own("artifact server of the project", project?.artifactServers ?? [], there),
    ...own("source server of the project", project?.sourceServers ?? [], there),
  ];
  if (all.length === 0) return [ok("servers", "none is configured")];
  const Reach = yield* Effect.promise(() => import("@millrace/sandbox/doctor/Reach"));
  return yield* Effect.forEach(all, ({ check, spec, directory }) => Reach.ask(check, spec, directory), {
    concurrency: "unbounded",
  });
});
