/**
 * One server that stands for every upstream of a project: each repository has what the project's elements track, each download is a small archive whose
 * bytes depend on its path. Names of tags and branches are made from the patterns in the project's files.
 */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import * as World from "../../packages/sandbox/test/fetch/registries/World.ts";

export interface Upstream {
  /** A user configuration's `projects:` that sends every alias of the project here. */
  readonly mirrors: (project: string) => string;
  readonly requests: readonly string[];
  readonly close: () => Promise<void>;
}

type Plain = string | readonly Plain[] | { readonly [key: string]: Plain };

/** What the project's files say that servers must answer. */
interface Asked {
  readonly aliases: Set<string>;
  readonly patterns: Set<string>;
  readonly modules: Set<string>;
  readonly locks: Set<string>;
  readonly submodules: Set<string>;
}

function* yamlFiles(directory: string): Generator<string> {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) yield* entry.name.startsWith(".") ? [] : yamlFiles(path);
    else if (/\.(?:bst|yml|yaml|conf|inc)$/.test(entry.name)) yield path;
  }
}

function ask(project: string): Asked {
  const asked: Asked = {
    aliases: new Set(),
    patterns: new Set(),
    modules: new Set(),
    locks: new Set(["Cargo.lock"]),
    submodules: new Set(),
  };
  const visit = (node: Plain): void => {
    if (typeof node === "string") return;
    if (Array.isArray(node)) {
      for (const item of node) visit(item);
      return;
    }
    const mapping = node as { readonly [key: string]: Plain };
    const { kind, track, module, path } = mapping;
    for (const value of Object.values(mapping)) {
      const alias = typeof value === "string" ? /^([a-z][a-z0-9_-]*):[^\s]*$/.exec(value)?.[1] : undefined;
      if (alias !== undefined && !["http", "https", "file", "git"].includes(alias)) asked.aliases.add(alias);
      visit(value);
    }
    if (typeof track === "string") asked.patterns.add(track);
    if (kind === "go_module" && typeof module === "string") asked.modules.add(module);
    if (kind === "git_module" && typeof path === "string") asked.submodules.add(path.replace(/^\/+/, ""));
    if (typeof mapping["cargo-lock"] === "string") asked.locks.add(mapping["cargo-lock"]);
  };
  for (const file of yamlFiles(project)) {
    try {
      for (const document of parseAllDocuments(readFileSync(file, "utf8"), { schema: "failsafe" }))
        visit(document.toJS() as Plain);
    } catch {
      // Files that are no YAML name nothing.
    }
  }
  return asked;
}

/** A name that a shell pattern matches. */
function example(pattern: string): string {
  return pattern
    .replace(/^refs\/(?:tags|heads)\//, "")
    .replace(/\[([^\]])[^\]]*\]/g, "$1")
    .replaceAll("?", "2")
    .replaceAll("*", "424242");
}

/** The version that `go.sum` gives a module: its major number is in the path. */
function goVersion(module: string): string {
  return `v${/\/v(\d+)$/.exec(module)?.[1] ?? /\.v(\d+)$/.exec(module)?.[1] ?? "1"}.42.0`;
}

function files({ modules, locks, submodules }: Asked): World.Members {
  const lock = `version = 3\n\n[[package]]\nname = "demo"\nversion = "4.2.0"\nsource = "registry+https://crates.invalid/index"\nchecksum = "${"4".repeat(64)}"\n`;
  const sums = [...modules].map(
    (module) => `${module} ${goVersion(module)} h1:x=\n${module} ${goVersion(module)}/go.mod h1:x=\n`,
  );
  return {
    ...Object.fromEntries([...locks].map((path) => [path, lock])),
    "go.sum": sums.join(""),
    "go.mod": `module own\n\ngo 1.20\n\nrequire (\n${[...modules].map((module) => `\t${module} ${goVersion(module)}\n`).join("")})\n`,
    ".gitmodules": [...submodules].map((path) => `[submodule "${path}"]\n\tpath = ${path}\n\turl = ../x\n`).join(""),
    "Cargo.toml": '[package]\nname = "own"\nversion = "0.1.0"\n',
  };
}

function makeRepository(world: World.World, asked: Asked): string {
  World.repository(world, "all", [[{ a: "1" }], [files(asked)]]);
  const path = join(world.directory, "all");
  for (const module of asked.submodules)
    World.git(path, "update-index", "--add", "--cacheinfo", `160000,${World.sha256(module).slice(0, 40)},${module}`);
  World.git(path, "commit", "-q", "--allow-empty", "-m", "submodules");
  const names = new Set<string>();
  for (const pattern of asked.patterns)
    if (!/^[0-9a-f]{40}$/.test(pattern))
      names.add(
        /[*?[]/.test(pattern) || pattern.startsWith("refs/tags/")
          ? `tags/${example(pattern)}`
          : `heads/${pattern.replace(/^refs\/heads\//, "")}`,
      );
  for (const module of asked.modules) {
    const parts = module.replace(/\/v\d+$/, "").split("/");
    for (let at = 3; at <= parts.length; at++) names.add(`tags/${[...parts.slice(at), goVersion(module)].join("/")}`);
  }
  const head = World.git(path, "rev-parse", "HEAD");
  const lines = [...names].map((name) => `update refs/${name} ${head}\n`).join("");
  execFileSync("git", ["update-ref", "--stdin"], { cwd: path, input: lines });
  return path;
}

/** Opens it for a project. */
export async function open(project: string): Promise<Upstream> {
  const world = await World.open();
  const asked = ask(project);
  const repository = makeRepository(world, asked);
  const allow = ["-c", "uploadpack.allowAnySHA1InWant=true"];
  const refs = execFileSync("git", [...allow, "upload-pack", "--stateless-rpc", "--advertise-refs", repository]);
  const advertised = Buffer.concat([Buffer.from("001e# service=git-upload-pack\n0000"), refs]);
  const members = files(asked);
  world.otherwise = (request, response) => {
    const path = (request.url ?? "").split("?")[0] as string;
    if (path.endsWith("/info/refs")) {
      response.setHeader("Content-Type", "application/x-git-upload-pack-advertisement");
      return void response.end(advertised);
    }
    if (path.endsWith("/git-upload-pack"))
      return World.serveGit(world.directory, request, response, "/all/git-upload-pack");
    if (path.endsWith(".zip")) return void response.end(World.zip({ "top/path": path }));
    const below = Object.entries({ ...members, path }).map(([name, member]) => [`top/${name}`, member]);
    return void response.end(World.tarball(Object.fromEntries(below)));
  };
  const aliases = [...asked.aliases].map((alias) => `        ${alias}: ["${world.url}/${alias}/"]\n`).join("");
  return {
    mirrors: (name) => `projects:\n  ${name}:\n    mirrors:\n    - name: upstream\n      aliases:\n${aliases}`,
    requests: world.requests,
    close: world.close,
  };
}
