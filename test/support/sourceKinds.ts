/**
 * One project with an element for each source kind, and the servers that its sources come from: tracked, fetched and built by a tool, and what came of it.
 *
 * The worlds are those of `packages/sandbox/test/fetch/registries`, one for each element, so that what is asked of them never changes.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import * as ArtifactCodec from "@millrace/core/artifact/ArtifactCodec";
import * as SourceCodec from "@millrace/core/artifact/SourceCodec";
import * as SourceKinds from "@millrace/core/source/SourceKinds";
import * as DirectoryCodec from "@millrace/core/tree/DirectoryCodec";
import { parse, stringify } from "yaml";
import type { Case } from "../../packages/sandbox/test/fetch/registries/Case.ts";
import { cases } from "../../packages/sandbox/test/fetch/registries/Cases.ts";
import * as World from "../../packages/sandbox/test/fetch/registries/World.ts";
import { run, type Tool, writeConfiguration } from "./tools.ts";
import { writeBase } from "./workload.ts";

/** What a tool made of an element. */
export interface Made {
  /** The refs of its sources, as they stand in the file. */
  readonly refs: unknown;
  /** Its key without those of its dependencies. */
  readonly key: string;
  /** The trees that its own source was staged as. */
  readonly sources: readonly string[];
  /** What was built of them: a copy without what differs with every run. */
  readonly files: string | readonly string[] | undefined;
}

/** A case of each kind that comes from somewhere, and the two that are only in the project. */
const chosen: readonly Case[] = [
  ...new Map(cases.filter(({ name, kind }) => name === kind).map((one) => [one.kind, one])).values(),
];

/** The kinds, by the names of their elements. */
export const kinds: readonly string[] = ["local", "workspace", ...chosen.map(({ kind }) => kind)];

/** Kinds that stage a repository of git, whose index differs with every run. */
const withRepository = new Set(["git_repo", "git_tag", "git_module", "cargo2"]);

/** Facts that hold wherever and whenever the elements are built. */
export function settled(kind: string, made: Made): Made {
  const { volatile } = chosen.find((one) => one.kind === kind) ?? {};
  if (volatile === true) return { refs: null, key: "", sources: [], files: made.files };
  // A workspace holds the path of its project.
  if (kind === "workspace") return { ...made, key: "", sources: [] };
  return withRepository.has(kind) ? { ...made, sources: [] } : made;
}

/** Text of the configuration with the case's own aliases, since all cases are in one project. */
function renamed(one: Case, value: unknown): unknown {
  if (typeof value === "string") {
    const alias = Object.keys(one.aliases).find((name) => value.startsWith(`${name}:`));
    return alias === undefined ? value : `${one.kind}-${value}`;
  }
  if (Array.isArray(value)) return value.map((item) => renamed(one, item));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, renamed(one, item)]));
}

function element(one: Case, world: World.World): unknown {
  const own = { kind: one.kind, ...one.config, ...one.default?.(world) };
  // A submodule is found in the repository that is staged before it.
  const before =
    one.arrange === undefined
      ? { kind: "local", path: `files/${one.kind}` }
      : { kind: "git_repo", url: "repo:own.git", track: "main" };
  return manual(
    [before, own].map((source) => renamed(one, source)),
    one.ignored,
  );
}

function manual(sources: readonly unknown[], ignored: readonly string[] = []): unknown {
  // A workspace is marked as configured at the start; the mark has the time of the run.
  const left = ["if [ -e .bst-prepared ]; then mv a prepared; fi"].concat(
    [".keep", ".bstproject.yaml", ".bst-prepared", ...ignored].map((path) => `rm -rf ${path}`),
  );
  return {
    kind: "manual",
    "build-depends": ["base.bst"],
    config: {
      "build-commands": [...left, 'find . -name .git -prune | while read -r found; do rm -rf "$found"; done'],
      "install-commands": ["mkdir -p %{install-root}", "cp -a . %{install-root}/"],
    },
    sources,
  };
}

/**
 * Tracks, fetches and builds the elements.
 *
 * @param place an empty directory.
 * @param packages where the oracle's plugin packages are, for the tool that runs them; without it, plugins are named and native.
 */
export async function build(
  tool: Tool,
  place: string,
  packages?: readonly string[],
): Promise<Readonly<Record<string, Made>>> {
  const project = join(place, "project");
  const worlds: World.World[] = [];
  const write = (path: string, value: unknown) => writeFileSync(join(project, path), stringify(value));
  try {
    writeBase(project);
    const aliases: Record<string, string> = {};
    const mirrors: Record<string, readonly string[]> = {};
    const constants: [Case, Readonly<Record<string, string>>][] = [];
    for (const one of chosen) {
      const world = await World.open();
      worlds.push(world);
      await one.prepare(world);
      for (const [alias, url] of Object.entries(one.aliases)) aliases[`${one.kind}-${alias}`] = url;
      for (const [alias, url] of Object.entries(one.mirrors(world))) mirrors[`${one.kind}-${alias}`] = [url];
      constants.push([one, one.module?.(world) ?? {}]);
      World.write(join(project, "files", one.kind), { ".keep": "", ...one.before });
      World.write(project, one.own ?? {});
      write(`${one.kind}.bst`, element(one, world));
    }
    write("base.bst", { kind: "import", sources: [{ kind: "local", path: "files/base" }] });
    const local = { a: "1", "d/run": { text: "#!/bin/sh\n", executable: true }, "d/l": { link: "../a" } } as const;
    World.write(join(project, "files/local"), local);
    write("local.bst", manual([{ kind: "local", path: "files/local", directory: "in" }]));
    write("workspace.bst", manual([{ kind: "local", path: "files/local" }]));
    const workspace = join(place, "workspace");
    World.write(workspace, { ...local, edited: "2" });
    for (const path of ["a", "d/run", "edited", "d", "."])
      utimesSync(join(workspace, path), 1_000_000_000, 1_000_000_000);
    const site = join(place, "site");
    const plugins = packages === undefined ? named(site, constants) : copied(project, packages, constants);
    write("project.conf", {
      name: "test",
      "min-version": "2.0",
      aliases,
      mirrors: [{ name: "world", aliases: mirrors }],
      plugins,
    });
    const settings = "track:\n  source: mirrors\nfetch:\n  source: mirrors\n";
    const base = ["--no-interactive", "--no-colors", "-c", writeConfiguration(join(place, "home"), settings)];
    const environment = {
      HOME: place,
      RUSTUP_HOME: process.env["RUSTUP_HOME"] ?? join(homedir(), ".rustup"),
      ...(packages === undefined ? { PYTHONPATH: site } : {}),
    };
    const elements = kinds.map((kind) => `${kind}.bst`);
    for (const parameters of [
      ["workspace", "open", "--no-checkout", "--directory", workspace, "workspace.bst"],
      ["source", "track", ...elements],
      ["source", "fetch", ...elements],
      ["build", ...elements],
    ]) {
      const outcome = await run(tool, [...base, ...parameters], project, environment);
      if (outcome.status !== 0)
        throw new Error(`${tool.name} ${parameters.slice(0, 2).join(" ")}\n${outcome.stderr.slice(-8000)}`);
    }
    if (process.env["KEEP"] !== undefined)
      cpSync(place, process.env["KEEP"], { recursive: true, verbatimSymlinks: true });
    return Object.fromEntries(kinds.map((kind) => [kind, read(project, join(place, "home/cache"), kind)]));
  } finally {
    for (const world of worlds) await world.close();
  }
}

/** The plugins by the names of their packages, with what the modules of some would say of where a registry is. */
function named(site: string, constants: readonly (readonly [Case, Readonly<Record<string, string>>])[]): unknown {
  const of = (home: string) => chosen.map(({ kind }) => kind).filter((kind) => SourceKinds.locate(kind)?.home === home);
  for (const [{ kind }, texts] of constants) {
    if (Object.keys(texts).length === 0) continue;
    const directory = join(site, String(SourceKinds.locate(kind)?.home).replaceAll("-", "_"), "sources");
    mkdirSync(directory, { recursive: true });
    const lines = Object.entries(texts).map(([name, text]) => `${name} = "${text}"\n`);
    writeFileSync(join(directory, `${kind}.py`), lines.join(""));
  }
  return ["buildstream-plugins", "buildstream-plugins-community"].map((name) => ({
    origin: "pip",
    "package-name": name,
    sources: of(name),
  }));
}

/** The plugins as files of the project: one of them has no entry point, and others lead to registries of the world. */
function copied(
  project: string,
  packages: readonly string[],
  constants: readonly (readonly [Case, Readonly<Record<string, string>>])[],
): unknown {
  return packages.map((directory, index) => {
    const plugins = `plugins/${index}`;
    cpSync(join(directory, "sources"), join(project, plugins), { recursive: true });
    const local: string[] = [];
    for (const [{ kind }, texts] of constants) {
      const file = join(project, plugins, `${kind}.py`);
      if (!existsSync(file)) continue;
      local.push(kind);
      let module = readFileSync(file, "utf8");
      for (const [name, text] of Object.entries(texts))
        module = module.replace(new RegExp(`\\b${name} = "[^"]*"`), `${name} = "${text}"`);
      writeFileSync(file, module);
    }
    return { origin: "local", path: plugins, sources: local };
  });
}

function read(project: string, cachedir: string, kind: string): Made {
  const written = parse(readFileSync(join(project, `${kind}.bst`), "utf8"), { schema: "failsafe" }) as {
    readonly sources: readonly Readonly<Record<string, unknown>>[];
  };
  const keys = ["ref", "tags", "suffix", "sha256sum", "version"];
  const directory = join(cachedir, "artifacts/refs/test", kind);
  const record = ArtifactCodec.decode(readFileSync(join(directory, readdirSync(directory)[0] as string)));
  return {
    refs: written.sources.map((source) =>
      Object.fromEntries(keys.filter((key) => source[key] !== undefined).map((key) => [key, source[key]])),
    ),
    key: record.weakKey,
    sources: kind === "local" ? [] : stored(join(cachedir, "source_protos", kind)),
    files: kind === "workspace" ? listing(cachedir, record.files?.hash as string) : record.files?.hash,
  };
}

/** Paths and contents of a tree without times, which the artifacts of workspaces hold. */
function listing(cachedir: string, hash: string, prefix = ""): readonly string[] {
  const bytes = readFileSync(join(cachedir, "cas/objects", hash.slice(0, 2), hash.slice(2)));
  return [...DirectoryCodec.decode(bytes).entries].flatMap(([name, entry]) => {
    if (entry.type === "symlink") return [`${prefix}${name} -> ${entry.target}`];
    if (entry.type === "file") return [`${prefix}${name}${entry.executable ? "*" : ""} ${entry.digest.hash}`];
    return entry.tree.type === "tree" ? [] : listing(cachedir, entry.tree.digest.hash, `${prefix}${name}/`);
  });
}

/** The trees that records of sources name. */
function stored(directory: string): readonly string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory).map((name) => SourceCodec.decode(readFileSync(join(directory, name))).files.hash);
}

/** Where the oracle's plugin packages are. */
export function packagesOf(oracle: string, ask: (python: string, script: string) => string): readonly string[] {
  const script =
    "import buildstream_plugins as a, buildstream_plugins_community as b; print(list(a.__path__)[0]); print(list(b.__path__)[0])";
  return ask(join(dirname(oracle), "python"), script)
    .trim()
    .split("\n");
}

/** Removes a place, whatever modes things in it have. */
export function remove(place: string): void {
  rmSync(place, { recursive: true, force: true });
}
