/**
 * The driver of sources that live in the plugin host: each fetch, track and staging is a job there.
 *
 * The plugin tries mirrors itself, as it was written to; it asks here for the places that stand for an alias. Staging fills a real directory, which is captured.
 */
import type { Json } from "@millrace/core/element/Element";
import { BstError, foreign, raise } from "@millrace/core/error/BstError";
import type { Project } from "@millrace/core/project/Project";
import { mapping } from "@millrace/core/yaml/Node";
import * as Effect from "effect/Effect";
import * as TemporaryDirectory from "../cas/TemporaryDirectory.ts";
import type { Policy } from "../fetch/AliasUrls.ts";
import * as MirrorKinds from "../fetch/MirrorKinds.ts";
import type { Progress, SourceDriver, Subject } from "../fetch/SourceDriver.ts";
import * as HostedSource from "./HostedSource.ts";
import * as JobLine from "./JobLine.ts";
import * as Questions from "./Questions.ts";
import * as Wire from "./Wire.ts";

type Work = "fetch" | "track" | "stage" | "init-workspace";

function settingsOf(subject: Subject): HostedSource.Settings {
  return subject.source.settings as HostedSource.Settings;
}

function work(subject: Subject, work: Work, directory: string | undefined): Effect.Effect<Wire.Data, BstError> {
  const { host, number } = settingsOf(subject);
  const { elementName } = subject.source.context;
  return JobLine.run({
    host,
    verb: "source-work",
    args: { work, source: number, directory: directory ?? null },
    what: `while a source of '${elementName}' was worked on (${work})`,
    logFile: undefined,
    answer: (question, args) =>
      Effect.try({
        try: () => answer(subject, question, args),
        catch: (cause) => {
          if (cause instanceof BstError) return cause;
          throw cause;
        },
      }),
    hear: (message) => hear(subject, message),
  });
}

function answer(subject: Subject, question: string, args: Wire.Arguments): Wire.Data {
  const { project, environment, source } = subject;
  switch (question) {
    case "translate-url":
      return source.context.translateUrl(Wire.text(args["url"]), source.node ?? mapping());
    case "alias-url":
      return project.aliases.get(Wire.text(args["alias"])) ?? null;
    case "ways": {
      const policy = args["tracking"] === true ? environment.trackPolicy : environment.fetchPolicy;
      return ways(project, Wire.text(args["alias"]), policy) ?? null;
    }
    case "mirror-url": {
      const mirror = mirrorOf(project, Wire.text(args["mirror"]));
      const alias = Wire.text(args["alias"]);
      const found =
        mirror && MirrorKinds.translate(mirror, alias, Wire.text(args["aliasUrl"]), Wire.text(args["rest"]));
      return found === undefined ? { url: "", bearer: false } : { ...found };
    }
    case "warn": {
      const token = args["token"];
      const text = Wire.text(args["brief"]);
      const detail = typeof args["detail"] === "string" ? args["detail"] : undefined;
      if (typeof token !== "string") environment.report({ type: "warning", text, detail });
      else if (project.fatalWarnings.includes(token))
        raise({ domain: "PLUGIN", reason: foreign(token), message: `[${token}]: ${text}`, detail });
      else environment.report({ type: "warning", text: `[${token}]: ${text}`, detail, token });
      return null;
    }
    case "project-path":
      return Questions.projectPath(source.context.files, args);
    default:
      return raise({
        domain: "PLUGIN",
        reason: null,
        message: `A source asked for '${question}', which only elements may`,
      });
  }
}

/** Places to try for an alias, first choice first; undefined when it stands for nothing. */
function ways(project: Project, alias: string, policy: Policy): readonly Wire.Data[] | undefined {
  const own = project.aliases.get(alias);
  if (own === undefined) return undefined;
  const mapped = project.parent === undefined ? undefined : project.mapAlias?.(alias);
  if (project.parent !== undefined && mapped !== undefined) return ways(project.parent, mapped, policy);
  const first: Wire.Data[] = [];
  const rest: Wire.Data[] = [];
  if (policy === "all" || policy === "mirrors" || (policy === "user" && project.mirrorsFromUser === true)) {
    for (const mirror of project.mirrors) {
      const urls = mirror.aliases.get(alias);
      if (urls === undefined) continue;
      const list = mirror.name === project.defaultMirror ? first : rest;
      if (mirror.kind === "default") list.push(...urls.map((url) => ({ alias, url })));
      else if (typeof mirror.host === "number") list.push({ alias, mirror: mirror.host });
      else list.push({ alias, native: mirror.name });
    }
  }
  if (policy === "all" || policy === "aliases") rest.push({ alias, url: own });
  return [...first, ...rest];
}

function mirrorOf(project: Project | undefined, name: string): Project["mirrors"][number] | undefined {
  for (let at = project; at !== undefined; at = at.parent) {
    const found = at.mirrors.find((mirror) => mirror.name === name);
    if (found !== undefined) return found;
  }
  return undefined;
}

function hear(subject: Subject, message: Wire.Arguments): void {
  const text = Wire.text(message["brief"]);
  const elapsed = Number(message["elapsed"] ?? 0);
  const progress = ((): Progress | undefined => {
    switch (message["level"]) {
      case "start":
        return { type: "start", text };
      case "success":
      case "failure":
        return { type: message["level"], text, elapsed };
      case "status":
      case "info":
        return { type: "status", text };
      default:
        return undefined;
    }
  })();
  if (progress !== undefined) subject.environment.report(progress);
}

const common: Omit<SourceDriver, "stage"> = {
  kind: "plugin-host",
  isCached: (subject) => {
    const { host, number } = settingsOf(subject);
    const { context } = subject.source;
    const listener = HostedSource.listener(context);
    return (
      host.exchange(
        "source-cached",
        { number },
        listener,
        `while a source of '${context.elementName}' was looked for`,
      ) === true
    );
  },
  fetch: (subject, previous) => Effect.asVoid(work(subject, "fetch", previous)),
  track: (subject, previous) =>
    work(subject, "track", previous).pipe(Effect.map((ref) => (ref === null ? undefined : (ref as Json)))),
  initWorkspace: (subject, directory) => Effect.asVoid(work(subject, "init-workspace", directory)),
};

const alone: SourceDriver = {
  ...common,
  stage: {
    type: "tree",
    make: Effect.fnUntraced(function* (subject: Subject) {
      return yield* Effect.scoped(
        Effect.gen(function* () {
          const { cas, locations } = subject.environment;
          const directory = yield* TemporaryDirectory.make(locations.cachedir, "staging-temp");
          yield* work(subject, "stage", directory);
          return (yield* cas.capture(directory, { own: true })).directory;
        }),
      );
    }),
  },
};

const changing: SourceDriver = {
  ...common,
  stage: { type: "change", apply: (subject, directory) => Effect.asVoid(work(subject, "stage", directory)) },
};

/** The driver of a hosted source. */
export function driver(mark: HostedSource.Mark): SourceDriver {
  return mark.previousStage ? changing : alone;
}
