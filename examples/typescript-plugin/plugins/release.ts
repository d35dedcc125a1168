/** `release`: a tarball whose url follows from a name and a version, fetched and staged as a `tar` source. */
import type { Toolbox } from "@millrace/core/plugin/Toolbox";
import type { SourceKind } from "@millrace/core/source/SourceKind";

export const source = ({ Access, Node, sourceKind }: Toolbox): SourceKind<unknown> => {
  const tar = sourceKind("tar");
  return {
    ...tar,
    name: "release",
    driver: "tar",
    configure: (config, context) => {
      Access.validateKeys(config, ["name", "version", "ref"]);
      const name = Access.getString(config, "name");
      const version = Access.getString(config, "version");
      const ref = config.entries.get("ref");
      const entries: [string, ReturnType<typeof Node.scalar>][] = [
        ["url", Node.scalar(`releases:${name}/${name}-${version}.tar.gz`, config)],
      ];
      if (ref?.type === "scalar") entries.push(["ref", ref]);
      return tar.configure(Node.mapping(entries, config), context);
    },
  };
};
