/** Views on a project that is being loaded, for the parts that know nothing of loading: aliases, plugins, variables. */

import * as Result from "effect/Result";
import * as Junction from "../element/kinds/Junction.ts";
import { attempt } from "../error/BstError.ts";
import type { AliasScope } from "../project/Aliases.ts";
import * as Plugins from "../project/Plugins.ts";
import * as Variables from "../variables/Variables.ts";
import * as Junctions from "./Junctions.ts";
import type { LoadingProject } from "./LoadState.ts";

/** The project's aliases as the first pass or the second sees them; before the second there is only the first. */
export function make(project: LoadingProject, firstPass: boolean): AliasScope {
  const pass = firstPass ? project.first : (project.full?.pass ?? project.first);
  const { junction, parent } = project;
  return {
    aliases: pass.aliases,
    mirrors: pass.mirrors,
    defaultMirror: pass.defaultMirror,
    mirrorsOverridden: pass.mirrorsOverridden,
    disallowSubprojectUris: project.disallowSubprojectUris,
    parent: parent === undefined ? undefined : make(parent, firstPass),
    parentAlias: (alias) => (junction === undefined ? undefined : Junction.parentAlias(junction.settings, alias)),
  };
}

/** The project as a place to look for plugins. */
export function plugins(project: LoadingProject): Plugins.PluginScope {
  return {
    name: project.name,
    plugins: project.plugins,
    files: project.files,
    junctionName: project.junction?.fullName,
    hosting: project.session.request.hosting,
    scripts: project.session.request.scripts,
    registries: project.session.request.kinds ?? Plugins.builtIn,
    subproject: (junction, provenance) => plugins(Junctions.find(project, junction, provenance)),
  };
}

/** The variables that can be expanded; others may wait for values that only an element has. */
export function resolvable(variables: Variables.Variables): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const name of variables.declared.entries.keys()) {
    const value = attempt(() => Variables.get(variables, name) as string);
    if (Result.isSuccess(value)) values.set(name, value.success);
  }
  return values;
}
