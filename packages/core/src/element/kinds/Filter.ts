/**
 * `filter`: the files of one build dependency that some split domains select. It stands for that dependency in tracking and workspaces.
 *
 * Its key always has both lists, even when empty, and never `pass-integration`, although that changes the artifact's public data.
 */
import { raise } from "../../error/BstError.ts";
import * as Canonical from "../../key/Canonical.ts";
import * as Access from "../../yaml/Access.ts";
import * as Node from "../../yaml/Node.ts";
import type { Element } from "../Element.ts";
import type { ElementKind } from "../ElementKind.ts";
import * as Commands from "./Commands.ts";

export interface Settings {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly includeNode: Node.Sequence;
  readonly excludeNode: Node.Sequence;
  readonly orphans: boolean;
  readonly passIntegration: boolean;
}

const keys = ["include", "exclude", "include-orphans", "pass-integration"];

function filtered(element: Element): number | undefined {
  return element.dependencies.find((dependency) => dependency.build)?.element;
}

/** The element whose integration commands this one passes on, when it is a filter that does so. */
export function passesOn(element: Element): number | undefined {
  if (element.kind.name !== kind.name || element.kind.configure !== kind.configure) return undefined;
  return (element.settings as Settings).passIntegration ? filtered(element) : undefined;
}

/** The kind. */
export const kind: ElementKind<Settings> = {
  ...Commands.ordinary,
  name: "filter",
  defaults: "config:\n  include: []\n  exclude: []\n  include-orphans: False\n  pass-integration: False\n",
  artifactVersion: 1,
  strictRebuild: true,
  forbidsSources: true,
  runsCommands: () => false,
  configure: (config) => {
    Access.validateKeys(config, keys);
    const includeNode = Access.getSequence(config, "include");
    const excludeNode = Access.getSequence(config, "exclude");
    return {
      includeNode,
      excludeNode,
      include: Access.asStringList(includeNode),
      exclude: Access.asStringList(excludeNode),
      orphans: Access.getBool(config, "include-orphans"),
      passIntegration: Access.getBool(config, "pass-integration", false),
    };
  },
  preflight: (_settings, element, graph) => {
    const built = element.dependencies.filter((dependency) => dependency.build);
    const names = (wanted: typeof element.dependencies): string =>
      wanted.map((dependency) => graph.element(dependency.element).fullName).join("\n");
    const [only] = built;
    if (only === undefined || built.length > 1) {
      return raise({
        domain: "ELEMENT",
        reason: "filter-bdepend-wrong-count",
        message: `The filter '${element.fullName}' needs exactly one build dependency, it has ${built.length}`,
        detail: names(built),
        hint: "Name the one element to filter in `build-depends`.",
      });
    }
    if (only.runtime) {
      raise({
        domain: "ELEMENT",
        reason: "filter-bdepend-also-rdepend",
        message: `The build dependency of the filter '${element.fullName}' is also its runtime dependency`,
        detail: names(element.dependencies.filter((dependency) => dependency.runtime)),
        hint: "Name the element to filter in `build-depends` only: at run time the filter takes its place.",
      });
    }
    const target = graph.element(only.element);
    if (!target.kind.hasArtifact) {
      raise({
        domain: "ELEMENT",
        reason: "filter-bdepend-no-artifact",
        message: `The filter '${element.fullName}' filters '${target.fullName}', which has no artifact`,
        hint: `A ${target.kind.name} holds no files; filter one of the elements it names.`,
      });
    }
  },
  uniqueKey: (settings) => ({
    include: Canonical.sorted(settings.include),
    exclude: Canonical.sorted(settings.exclude),
    orphans: settings.orphans,
  }),
  plan: (settings, element) => {
    const target = filtered(element);
    const { include, exclude, orphans } = settings;
    return {
      environment: Object.fromEntries(element.environment),
      workingDirectory: "/",
      markedDirectories: [],
      digestVariables: [],
      stage: [
        {
          type: "stage-artifacts",
          elements: target === undefined ? [] : [target],
          at: "/",
          split: { include, exclude, orphans },
          overlapAction: "warning",
          label: "Staging artifact",
          knownDomains: { include: Node.place(settings.includeNode), exclude: Node.place(settings.excludeNode) },
        },
      ],
      assemble: [],
      collect: "/",
      runsCommands: false,
      passIntegrationOf: settings.passIntegration ? target : undefined,
    };
  },
  redirect: (_settings, element) => filtered(element),
};
