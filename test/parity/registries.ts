/**
 * Real packages: the clients of registries (pip, cargo, go, npm, apt) download some by name, a server on the loopback serves them in the layouts of those
 * registries, and both tools track, fetch and check them out. A Go program is built from modules vendored so, and run.
 *
 * Needs those clients, a network that reaches their registries, and openssl. `--repository DIRECTORY` adds a git repository of yours, as a whole.
 */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { parse, stringify } from "yaml";
import * as World from "../../packages/sandbox/test/fetch/registries/World.ts";
import { findOracle, ours, run, type Tool, writeConfiguration } from "../support/tools.ts";
import { writeBase } from "../support/workload.ts";
import * as EveryHost from "./EveryHost.ts";
import { describeTree } from "./example.ts";

const client = (directory: string, name: string, ...parameters: readonly string[]): string =>
  execFileSync(name, parameters, {
    cwd: directory,
    encoding: "utf8",
    maxBuffer: 1 << 28,
    stdio: ["ignore", "pipe", "pipe"],
  });

interface Made {
  /** The sources of an element, without refs. */
  readonly sources: readonly Readonly<Record<string, unknown>>[];
  /** Paths that are not compared. */
  readonly ignored?: RegExp;
}

/** Crates of a lock file that cargo made. */
function crates(world: World.World, project: string): Made {
  const directory = join(project, "files/rust");
  World.write(directory, {
    "Cargo.toml":
      '[package]\nname = "own"\nversion = "0.1.0"\nedition = "2021"\n[dependencies]\nitoa = "1"\nserde = { version = "1", features = ["derive"] }\n',
    "src/main.rs": "fn main() {}\n",
  });
  const home = join(world.directory, "cargo");
  execFileSync("cargo", ["fetch", "--quiet"], {
    cwd: directory,
    env: { ...process.env, CARGO_HOME: home },
    stdio: "pipe",
  });
  for (const path of readdirSync(join(home, "registry/cache"), { recursive: true, encoding: "utf8" })) {
    const name = /([^/]+)-\d+\.\d+\.\d+[^/]*\.crate$/.exec(path)?.[1];
    if (name !== undefined)
      world.files.set(`/crates/${name}/${basename(path)}`, readFileSync(join(home, "registry/cache", path)));
  }
  return {
    sources: [
      { kind: "local", path: "files/rust" },
      { kind: "cargo2", url: "up:crates" },
    ],
  };
}

const goProgram = `package main

import (
	"fmt"

	"github.com/google/uuid"
	"github.com/spf13/pflag"
)

func main() {
	name := pflag.String("name", "world", "whom to greet")
	pflag.Parse()
	fmt.Println("hello", *name, uuid.NewSHA1(uuid.NameSpaceDNS, []byte(*name)))
}
`;

/** Modules that the go command downloaded, each as a repository with the release's tag. */
function modules(world: World.World, project: string): Made {
  const directory = join(project, "files/go-program");
  const required = { "github.com/google/uuid": "v1.6.0", "github.com/spf13/pflag": "v1.0.5" };
  const requires = Object.entries(required).map(([module, version]) => `\t${module} ${version}\n`);
  World.write(directory, {
    "go.mod": `module example.org/hello\n\ngo 1.18\n\nrequire (\n${requires.join("")})\n`,
    "main.go": goProgram,
  });
  const environment = {
    ...process.env,
    GOFLAGS: "-modcacherw",
    GOPATH: join(world.directory, "gopath"),
    GOTOOLCHAIN: "local",
  };
  const go = (...parameters: readonly string[]) =>
    execFileSync("go", parameters, {
      cwd: directory,
      env: environment,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  go("mod", "tidy");
  const sources: Record<string, unknown>[] = [{ kind: "local", path: "files/go-program" }];
  for (const [module, version] of Object.entries(required)) {
    const { Dir } = JSON.parse(go("mod", "download", "-json", `${module}@${version}`)) as { readonly Dir: string };
    const name = `${basename(module)}.git`;
    const repository = join(world.directory, name);
    cpSync(Dir, repository, { recursive: true });
    client(repository, "chmod", "-R", "u+w", ".");
    World.git(repository, "init", "-q");
    World.git(repository, "add", "-Af");
    World.git(repository, "commit", "-q", "-m", version);
    World.git(repository, "tag", "-m", version, version);
    sources.push({ kind: "go_module", url: `up:git/${name}`, module });
  }
  return { sources };
}

/** A file that a client downloads, as the source of a kind. */
function download(world: World.World, kind: string, command: readonly string[], ending: RegExp): Made {
  const directory = mkdtempSync(join(world.directory, "download-"));
  client(directory, ...(command as [string, ...string[]]));
  const file = readdirSync(directory).find((name) => ending.test(name));
  if (file === undefined) throw new Error(`${command.join(" ")} brought ${readdirSync(directory).join(", ")}`);
  world.files.set(`/files/${file}`, readFileSync(join(directory, file)));
  return { sources: [{ kind, url: `up:files/${file}`, ...(kind === "deb" ? { "base-dir": "" } : {}) }] };
}

/** Has apt download a source package, with the lists of sources in a place of its own, whatever the system's say. */
const sourcePackage = `set -e
work=$(mktemp -d); mkdir -p "$work/parts" "$work/lists/partial" "$work/cache/archives/partial"
sed -n 's/^deb[[:space:]]/deb-src /p' /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null > "$work/sources.list" || true
for file in /etc/apt/sources.list.d/*.sources; do
  if [ -e "$file" ]; then sed 's/^Types:.*/Types: deb-src/' "$file" > "$work/parts/\${file##*/}"; fi
done
own="-o Dir::Etc::sourcelist=$work/sources.list -o Dir::Etc::sourceparts=$work/parts -o Dir::State::lists=$work/lists -o Dir::Cache=$work/cache -o APT::Sandbox::User=$(id -un)"
apt-get $own -qq update
apt-get $own -qq source --download-only hello
rm -rf "$work"`;

/** A source package of Python, listed as the index does. The index and the files have fixed addresses, which the plugin's module names. */
function python(world: World.World, module: string, files: Map<string, Buffer>): Made {
  const constant = (name: string) => new RegExp(`${name} = "([^"]*)"`).exec(module)?.[1] as string;
  const directory = mkdtempSync(join(world.directory, "pip-"));
  client(directory, "python3", "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:", "six==1.16.0");
  const listed = readdirSync(directory).map((filename) => {
    const bytes = readFileSync(join(directory, filename));
    const url = `${constant("STORAGE_ROOT")}aa/bb/${filename}`;
    files.set(url, bytes);
    return { filename, url, hashes: { sha256: World.sha256(bytes) }, yanked: false };
  });
  const page = JSON.stringify({ meta: { "api-version": "1.0" }, name: "six", files: listed });
  files.set(constant("REST_API").replace("{name}", "six"), Buffer.from(page));
  return { sources: [{ kind: "pypi", name: "six" }] };
}

/** The whole of a repository, by its newest commit. */
function repository(world: World.World, from: string): Made {
  client(world.directory, "git", "-c", "safe.directory=*", "clone", "--quiet", "--mirror", from, "real.git");
  const branch = client(
    join(world.directory, "real.git"),
    "git",
    "for-each-ref",
    "--count=1",
    "--sort=-committerdate",
    "--format=%(refname:short)",
    "refs/heads",
  ).trim();
  const source = { kind: "git_repo", url: "up:git/real.git", track: branch, "ref-format": "git-describe" };
  return { sources: [source], ignored: /^\.git\// };
}

/** Where the community's source plugins are. */
function pluginHome(oracle: Tool): string {
  const python3 = join(dirname(oracle.argv[0] as string), "python");
  const home = client(
    "/",
    python3,
    "-c",
    "import buildstream_plugins_community as p; print(list(p.__path__)[0])",
  ).trim();
  return join(home, "sources");
}

/** Writes the project with its elements. */
function writeProject(project: string, url: string, elements: ReadonlyMap<string, Made>): void {
  const origin = "buildstream-plugins-community";
  const kinds = [...elements.values()].flatMap(({ sources }) => sources.map(({ kind }) => String(kind)));
  const own = [...new Set(kinds)].filter((kind) => !["local", "tar", "go_module"].includes(kind));
  const conf = {
    name: "registries",
    "min-version": "2.0",
    "element-path": "elements",
    aliases: { up: `${url}/` },
    // The package has no entry point for go_module.
    plugins: [
      { origin: "pip", "package-name": origin, sources: own },
      { origin: "local", path: "plugins", sources: ["go_module"] },
    ],
  };
  mkdirSync(join(project, "elements"), { recursive: true });
  writeFileSync(join(project, "project.conf"), stringify(conf));
  const write = (name: string, element: unknown) =>
    writeFileSync(join(project, "elements", name), stringify(element, { aliasDuplicateObjects: false }));
  for (const [name, { sources }] of elements) write(name, { kind: "import", sources });
  write("base.bst", { kind: "import", sources: [{ kind: "local", path: "files/base" }] });
  write("go.bst", { kind: "import", sources: [{ kind: "local", path: "files/goroot", directory: "usr/local/go" }] });
  write("program.bst", {
    kind: "manual",
    "build-depends": ["base.bst", "go.bst"],
    environment: {
      PATH: "/usr/local/go/bin:/bin",
      HOME: "/tmp",
      CGO_ENABLED: "0",
      GOFLAGS: "-mod=vendor -p=2",
      GOTOOLCHAIN: "local",
    },
    config: {
      "build-commands": ["go build -o hello ."],
      "install-commands": ["mkdir -p %{install-root}/bin && cp hello %{install-root}/bin/hello"],
    },
    sources: elements.get("modules.bst")?.sources,
  });
  write("run.bst", {
    kind: "script",
    "build-depends": [{ filename: "base.bst" }, { filename: "program.bst" }],
    config: { commands: ["mkdir -p %{install-root}", "hello --name parity > %{install-root}/said"] },
  });
}

/** The comparison; returns whether all agreed. */
export async function compareRegistries(args: readonly string[]): Promise<boolean> {
  const oracle = findOracle();
  const place = mkdtempSync(join(tmpdir(), "millrace-registries-"));
  const project = join(place, "project");
  const world = await World.open();
  const files = new Map<string, Buffer>();
  const plugins = pluginHome(oracle);
  const module = readFileSync(join(plugins, "pypi.py"), "utf8");
  const hosts = [...module.matchAll(/(?:REST_API|STORAGE_ROOT) = "https:\/\/([^/"]+)/g)].map(
    (match) => match[1] as string,
  );
  const proxy = await EveryHost.open(place, hosts, (url, response) => {
    const found = files.get(url.replace(/\/$/, "")) ?? files.get(url);
    response.statusCode = found === undefined ? 404 : 200;
    response.end(found);
  });
  try {
    writeBase(project);
    const goroot = client("/", "go", "env", "GOROOT").trim();
    for (const part of ["bin", "pkg", "src", "VERSION", "go.env"])
      cpSync(join(goroot, part), join(project, "files/goroot", part), { recursive: true });
    const at = args.indexOf("--repository");
    const elements = new Map<string, Made>([
      ["crates.bst", crates(world, project)],
      ["modules.bst", modules(world, project)],
      ["npm.bst", download(world, "tar", ["npm", "pack", "--silent", "left-pad@1.3.0"], /\.tgz$/)],
      ["apt-source.bst", download(world, "tar", ["sh", "-c", sourcePackage], /\.orig\.tar\./)],
      ["apt.bst", download(world, "deb", ["apt-get", "download", "-qq", "hello"], /\.deb$/)],
      ["python.bst", python(world, module, files)],
      ...(at === -1 ? [] : [["repository.bst", repository(world, args[at + 1] as string)] as const]),
    ]);
    writeProject(project, world.url, elements);
    cpSync(plugins, join(project, "plugins"), { recursive: true });
    const names = [...elements.keys()];
    const mine = await work(ours, place, project, names, proxy.environment);
    const theirs = await work(oracle, place, project, names, proxy.environment);
    let agreed = true;
    const check = (what: string, one: unknown, other: unknown): void => {
      const same = one !== undefined && JSON.stringify(one) === JSON.stringify(other);
      agreed &&= same;
      console.log(
        `${same ? "same" : "DIFFERENT"}: ${what}${same ? "" : `\n${JSON.stringify(one)?.slice(0, 1500)}\n--- oracle\n${JSON.stringify(other)?.slice(0, 1500)}`}`,
      );
    };
    for (const [name, { ignored }] of elements) {
      check(`refs of ${name}`, mine.refs.get(name), theirs.refs.get(name));
      // The original's checkouts have the mode of whatever wrote the object: only executables are told apart.
      const shown = (lines: readonly string[] = []) =>
        lines
          .filter((line) => ignored?.test(line) !== true && !/^.+\/ \d+$/.test(line))
          .map((line) => line.replace(/ (?:444|644) ([0-9a-f]{64})$/, " plain $1"));
      check(
        `${shown(mine.trees.get(name)).length} files of ${name}`,
        shown(mine.trees.get(name)),
        shown(theirs.trees.get(name)),
      );
    }
    check(`what the Go program says: ${mine.said}`, mine.said, theirs.said);
    return agreed;
  } finally {
    proxy.close();
    await world.close();
    rmSync(place, { recursive: true, force: true });
  }
}

interface Work {
  readonly refs: ReadonlyMap<string, unknown>;
  readonly trees: ReadonlyMap<string, readonly string[]>;
  readonly said: string;
}

/** Tracks, fetches, checks out and builds in a copy of the project. */
async function work(
  tool: Tool,
  place: string,
  original: string,
  names: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<Work> {
  const project = join(place, tool.name);
  cpSync(original, project, { recursive: true, verbatimSymlinks: true });
  const base = ["--no-interactive", "--no-colors", "-c", writeConfiguration(join(place, `${tool.name}-home`))];
  const bst = async (...parameters: readonly string[]): Promise<void> => {
    const outcome = await run(tool, [...base, ...parameters], project, environment);
    console.log(`${tool.name}: ${parameters.slice(0, 2).join(" ")} ${outcome.seconds.toFixed(1)} s`);
    if (outcome.status !== 0) throw new Error(`${tool.name} ${parameters.join(" ")}\n${outcome.stderr.slice(-5000)}`);
  };
  await bst("source", "track", ...names, "program.bst");
  await bst("source", "fetch", ...names);
  const refs = new Map<string, unknown>();
  const trees = new Map<string, readonly string[]>();
  for (const name of names) {
    const element = parse(readFileSync(join(project, "elements", name), "utf8"), { schema: "failsafe" }) as {
      readonly sources: readonly { readonly ref?: unknown }[];
    };
    refs.set(
      name,
      element.sources.map(({ ref }) => ref ?? null),
    );
    const out = join(place, `${tool.name}-out`);
    rmSync(out, { recursive: true, force: true });
    await bst("source", "checkout", "--directory", out, name);
    const inner = join(out, basename(name, ".bst"));
    trees.set(name, describeTree(readdirSync(out).includes(basename(name, ".bst")) ? inner : out));
  }
  await bst("build", "run.bst");
  const checkout = join(place, `${tool.name}-run`);
  await bst("artifact", "checkout", "--deps", "none", "--no-integrate", "--directory", checkout, "run.bst");
  return { refs, trees, said: readFileSync(join(checkout, "said"), "utf8").trim() };
}
