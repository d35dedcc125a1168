/**
 * Native kinds that only their plugin assembles: loading needs no Python, and the plan of an element is made by the plugin, which is started for it.
 *
 * The plugin is given what the native kind was configured from. Its unique key is the same, so nothing of the element changes.
 */
import type { Element } from "@millrace/core/element/Element";
import type { AnyElementKind, ConfigureContext } from "@millrace/core/element/ElementKind";
import { raise } from "@millrace/core/error/BstError";
import type { AssemblyPlugin, HostedPlugin, Hosting } from "@millrace/core/project/Plugins";

/** The kind with plans of its plugin. */
export function make(
  native: AnyElementKind,
  plugin: AssemblyPlugin,
  hosting: Pick<Hosting, "element" | "installed">,
): AnyElementKind {
  let known: AnyElementKind | undefined;
  return {
    ...native,
    plan: (_, element, graph) => {
      known ??= hosting.element({ ...plugin, directory: directoryOf(plugin, element, hosting) });
      const kind = known;
      const context = contextOf(element);
      const direct = element.dependencies.filter((dependency) => dependency.build);
      const begun: unknown = kind.configure(element.config, context);
      const settings: unknown = kind.configureDependencies?.(begun, direct, context, graph) ?? begun;
      return kind.plan(settings, element, graph);
    },
  };
}

function directoryOf(
  { kind, directory, home }: AssemblyPlugin,
  element: Element,
  { installed }: Pick<Hosting, "installed">,
): HostedPlugin["directory"] {
  return (
    directory ??
    installed(home, "element", kind)?.directory ??
    raise({
      domain: "ELEMENT",
      reason: null,
      message: `${element.fullName} is built by the Python plugin '${kind}', which is not installed`,
      hint: `Install it with: python3 -m pip install ${home}`,
    })
  );
}

function contextOf(element: Element): ConfigureContext {
  const { name, fullName, project, variables, environment, node, sources } = element;
  return {
    name,
    projectName: project.name,
    variables,
    environment,
    public: element.public,
    node,
    instance: {
      fullName,
      files: project.files,
      workspace: element.workspace !== undefined,
      // What is to be said was said when the element was loaded.
      warn: () => {},
      inform: () => {},
      sources: () => sources,
    },
  };
}
