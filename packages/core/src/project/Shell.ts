/** `shell:` of project.conf: what `bst shell` runs and what of the host it shows inside. */
import * as Access from "../yaml/Access.ts";
import type { Mapping } from "../yaml/Node.ts";
import type { ShellConfig } from "./Project.ts";

const shellKeys = ["command", "environment", "host-files"];
const hostFileKeys = ["path", "host_path", "optional"];

/**
 * Reads the section. Values of `environment` and host paths may name variables of the caller's environment (`$NAME`, `${NAME}`); unset ones stay as
 * written, as Python's `expandvars` leaves them.
 */
export function read(node: Mapping, environment: ReadonlyMap<string, string>): ShellConfig {
  Access.validateKeys(node, shellKeys);
  const declared = Access.optionalMapping(node, "environment");
  const values = [...(declared?.entries.keys() ?? [])].map((name): [string, string] => [
    name,
    expand(Access.getString(declared as Mapping, name), environment),
  ]);
  const hostFiles = (Access.optionalSequence(node, "host-files")?.items ?? []).map((item) => {
    if (item.type === "scalar") {
      const path = expand(item.value, environment);
      return { path, hostPath: path, optional: false };
    }
    if (item.type === "sequence") return Access.invalid(item, "A host file is a path or a mapping");
    Access.validateKeys(item, hostFileKeys);
    const path = expand(Access.getString(item, "path"), environment);
    const hostPath = expand(Access.getString(item, "host_path", path), environment);
    return { path, hostPath, optional: Access.getBool(item, "optional", false) };
  });
  return { command: Access.getStringList(node, "command"), environment: new Map(values), hostFiles };
}

function expand(value: string, environment: ReadonlyMap<string, string>): string {
  return value.replace(
    /\$(?:(\w+)|\{([^}]*)\})/g,
    (written, plain: string | undefined, braced: string | undefined) =>
      environment.get(plain ?? braced ?? "") ?? written,
  );
}
