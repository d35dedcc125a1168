/**
 * Source kinds that live in the plugin host, as core sees kinds.
 *
 * The host holds the source itself; what is kept here is its number and what it said last of its ref.
 */
import type { Json } from "@millrace/core/element/Element";
import { raise } from "@millrace/core/error/BstError";
import type { HostedPlugin } from "@millrace/core/project/Plugins";
import type { Source } from "@millrace/core/source/Source";
import type { AnySourceKind, SourceContext } from "@millrace/core/source/SourceKind";
import { type Mapping, mapping, type Node } from "@millrace/core/yaml/Node";
import type { Host, Listener } from "./Host.ts";
import * as Questions from "./Questions.ts";
import * as Wire from "./Wire.ts";

/** A source in the host. */
export interface Settings {
  readonly host: Host;
  readonly number: number;
  readonly ref: Json | undefined;
  readonly resolved: boolean;
  readonly urls: readonly { readonly url: string; readonly primary: boolean }[];
}

/** Marks kinds of the host, for whoever looks for a kind's driver. */
export interface Mark {
  readonly type: "plugin-host";
  /** Whether staging fills a directory object instead of a directory. */
  readonly previousStage: boolean;
}

/** The mark of a kind, undefined when it is native. */
export function mark(kind: AnySourceKind): Mark | undefined {
  return kind.host as Mark | undefined;
}

/** The kind that a loaded class of the host stands for. */
export function make(host: Host, plugin: HostedPlugin, facts: Wire.Arguments): AnySourceKind {
  const settingsOf = (settings: unknown) => settings as Settings;
  const ask = (verb: string, number: number, args: Wire.Arguments, context: SourceContext, doing: string) =>
    host.exchange(verb, { number, ...args }, listener(context), `while a source of '${context.elementName}' ${doing}`);
  return {
    name: plugin.kind,
    defaults: plugin.defaults,
    deprecated: typeof facts["deprecated"] === "string" ? facts["deprecated"] : undefined,
    host: { type: "plugin-host", previousStage: facts["previousStage"] === true } satisfies Mark,
    requiresPreviousStage: facts["previousStage"] === true,
    requiresPreviousTrack: facts["previousTrack"] === true,
    requiresPreviousFetch: facts["previousFetch"] === true,
    configure: (config, context): Settings => {
      const number = host.number();
      const files = Wire.files();
      const source = sourceFacts(config, context, files);
      const project = projectFacts(context);
      const answer = ask(
        "source-new",
        number,
        { cls: facts["class"], project, facts: source, files: files.names },
        context,
        "was configured",
      );
      const { urls } = Wire.record(answer);
      return {
        host,
        number,
        ...state(answer),
        urls: Wire.list(urls).map((entry) => {
          const [url, primary] = Wire.list(entry);
          return { url: Wire.text(url), primary: primary === true };
        }),
      };
    },
    isResolved: (settings) => settingsOf(settings).resolved,
    preflight: (settings, context) => {
      const { number } = settingsOf(settings);
      const known = host.checked.get(number);
      if (known === undefined) ask("source-preflight", number, {}, context, "was checked");
      else if ("error" in known) throw Wire.error(known["error"], []);
    },
    uniqueKey: (settings, context) => {
      const { number } = settingsOf(settings);
      const known = host.checked.get(number)?.["key"];
      return (known ?? ask("source-key", number, {}, context, "was asked for its key")) as Json;
    },
    ref: (settings) => settingsOf(settings).ref,
    refKeys: [],
    withRef: (settings, ref: Node | undefined, context): Settings => {
      const { number } = settingsOf(settings);
      const files = Wire.files();
      const node = ref === undefined ? null : Wire.node(ref, files);
      host.checked.delete(number);
      const answer = ask("source-load-ref", number, { node, files: files.names }, context, "was given its ref");
      return { ...settingsOf(settings), ...state(answer) };
    },
    writeRef: (settings, ref, node) => {
      const { number } = settingsOf(settings);
      host.checked.delete(number);
      const answer = host.exchange("source-write-ref", { number, ref, node }, silent, "while it wrote a ref");
      return Wire.record(answer) as { readonly [key: string]: Json };
    },
    info: (settings, context) => {
      const answer = ask("source-info", settingsOf(settings).number, {}, context, "said where it comes from");
      // What a plugin warns of after loading is heard by nobody, so whoever asks warns that it cannot say.
      return answer === null || answer === undefined ? undefined : (Wire.list(answer) as readonly Json[]);
    },
    urls: (settings) => settingsOf(settings).urls,
  };
}

/** A source as the host makes one of it. */
export function sourceFacts(config: Mapping, context: SourceContext, files: Wire.Files): Wire.Data {
  const { declared, elementName } = context;
  return {
    element: elementName,
    index: declared?.index ?? 0,
    directory: declared?.directory ?? null,
    node: Wire.node(declared?.node ?? mapping(), files),
    config: Wire.node(config, files),
    provenance: declared?.provenance === undefined ? null : Wire.node(declared.provenance, files),
  };
}

/** What a source sees of its project. */
export function projectFacts({ projectName, files, declared }: SourceContext): Wire.Data {
  return {
    name: projectName,
    directory: files.directory,
    provenance: [...(declared?.provenanceAttributes ?? [])],
  };
}

/** A source with the ref that tracking found; the source in the host takes it, too, for those after it in its element. */
export function withTracked(source: Source, ref: Json): Source {
  const { kind, context } = source;
  kind.writeRef?.(source.settings, ref, {});
  const settings: Settings = { ...(source.settings as Settings), ref, resolved: true };
  return { ...source, settings, resolved: true, uniqueKey: () => kind.uniqueKey(settings, context) };
}

const silent: Listener = {
  answer: (question) =>
    raise({ domain: "PLUGIN", reason: null, message: `A plugin asked for '${question}' while it wrote a ref` }),
  hear: () => {},
};

function state(answer: Wire.Data): Pick<Settings, "ref" | "resolved"> {
  const { ref, resolved } = Wire.record(answer);
  return { ref: ref === null ? undefined : (ref as Json), resolved: resolved === true };
}

/** Answers what a source asks while it is loaded. */
export function listener(context: SourceContext): Listener {
  return {
    answer: (question, args) => {
      switch (question) {
        case "translate-url":
          return context.translateUrl(Wire.text(args["url"]), context.declared?.node ?? mapping());
        case "warn": {
          const { token } = args;
          context.warn(
            typeof token === "string" ? token : null,
            Questions.withDetail(Wire.text(args["brief"]), args["detail"]),
          );
          return null;
        }
        case "project-path":
          return Questions.projectPath(context.files, args);
        default:
          return raise({
            domain: "PLUGIN",
            reason: null,
            message: `A source of '${context.elementName}' asked for '${question}', which is only there when it is fetched or staged`,
          });
      }
    },
    hear: () => {},
  };
}
