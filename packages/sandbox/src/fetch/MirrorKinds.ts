/**
 * Mirrors by rule instead of by list: the kinds of the community plugins. Each names the aliases it serves and where their files are.
 */
import type { Mirror } from "@millrace/core/project/Project";
import type { Mapping } from "@millrace/core/yaml/Node";

/** A url of a mirror, and whether it wants the password of `.netrc` as a bearer token. */
export interface Translated {
  readonly url: string;
  readonly bearer: boolean;
}

/**
 * Where a mirror has what `alias:rest` names; undefined when it does not serve the alias.
 *
 * @param aliasUrl the alias's own url.
 */
export function translate(mirror: Mirror, alias: string, aliasUrl: string, rest: string): Translated | undefined {
  const { config, kind } = mirror;
  if (config === undefined || !aliases(config).includes(alias)) return undefined;
  const fill = (text: string) => text.replaceAll("{alias}", alias);
  if (kind === "simple_mirror") return { url: join(fill(text(config, "url")), rest), bearer: false };
  if (kind === "fake_mirror") return { url: join(aliasUrl, rest), bearer: false };
  if (kind !== "gitlab_lfs_mirror") return undefined;
  const project = encodeURIComponent(fill(text(config, "project")));
  const query = `raw?ref=${text(config, "ref") || "master"}&lfs=true`;
  const file = encodeURIComponent(rest);
  return {
    url: join(text(config, "url"), `api/v4/projects/${project}/repository/files/${file}/${query}`),
    bearer: true,
  };
}

function join(base: string, rest: string): string {
  return base === "" || base.endsWith("/") ? base + rest : `${base}/${rest}`;
}

function text(config: Mapping, key: string): string {
  const node = config.entries.get(key);
  return node?.type === "scalar" ? node.value : "";
}

function aliases(config: Mapping): readonly string[] {
  const node = config.entries.get("aliases");
  if (node?.type !== "sequence") return [];
  return node.items.map((item) => (item.type === "scalar" ? item.value : ""));
}
