/**
 * BuildStream's plugin packages as Python has them installed on this machine.
 *
 * Kinds are native, but the default urls of package registries are not built in: where a project takes a kind from a Python package, they are read as literals from
 * the module of that package. No Python runs. Packages are looked for where `bst` and `python3` on PATH keep theirs, in PYTHONPATH, and in the user's own
 * site directories. Without such a package only sources that name no url fail, when their key is needed.
 */
import { readdirSync, readFileSync, realpathSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import type { Package } from "@millrace/core/element/ElementKinds";

const moduleNames: Readonly<Partial<Record<Package, string>>> = {
  "buildstream-plugins": "buildstream_plugins",
  "buildstream-plugins-community": "buildstream_plugins_community",
};

function quietly<A>(body: () => A): A | undefined {
  try {
    return body();
  } catch {
    return undefined;
  }
}

function sitesBelow(prefix: string): readonly string[] {
  const library = join(prefix, "lib");
  const versions = quietly(() => readdirSync(library)) ?? [];
  return versions
    .filter((name) => name.startsWith("python3"))
    .sort()
    .flatMap((name) => [join(library, name, "site-packages"), join(library, name, "dist-packages")]);
}

/** Directories that may hold packages, in order of preference. */
function sites(environment: Readonly<Record<string, string | undefined>>): readonly string[] {
  const found = (environment["PYTHONPATH"] ?? "").split(delimiter).filter((path) => path !== "");
  const directories = (environment["PATH"] ?? "").split(delimiter).filter((path) => path !== "");
  for (const program of ["bst", "python3"]) {
    for (const directory of directories) {
      const real = quietly(() => realpathSync(join(directory, program)));
      if (real === undefined) continue;
      found.push(...sitesBelow(dirname(directory)), ...sitesBelow(dirname(dirname(real))));
    }
  }
  const home = environment["HOME"];
  if (home !== undefined) {
    found.push(...sitesBelow(join(home, ".local")));
    const environments = join(home, ".local/share/pipx/venvs");
    for (const name of quietly(() => readdirSync(environments)) ?? [])
      found.push(...sitesBelow(join(environments, name)));
  }
  return [...new Set(found)];
}

/** Reads modules of source kinds; directories are searched when the first is asked for. */
export function sourceModules(
  environment: Readonly<Record<string, string | undefined>>,
): (home: Package, kind: string) => string | undefined {
  let known: readonly string[] | undefined;
  return (home, kind) => {
    const name = moduleNames[home];
    if (name === undefined) return undefined;
    known ??= sites(environment);
    for (const site of known) {
      const text = quietly(() => readFileSync(join(site, name, "sources", `${kind}.py`), "utf8"));
      if (text !== undefined) return text;
    }
    return undefined;
  };
}
