/** A case carried out by a whole tool, in a project of its own that has the kind's Python plugin as a file: tracked, fetched and checked out. */
import { execFile, execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parse, stringify } from "yaml";
import { type Case, type Golden, settled } from "./Case.ts";
import { list, mirrored } from "./Listing.ts";
import * as World from "./World.ts";

/** A tool to try. */
export interface Way {
  readonly argv: readonly string[];
  /** More of the user configuration. */
  readonly configuration?: Readonly<Record<string, unknown>>;
  /** Whether the plugin notes that it was loaded: its text is then not the one of a release. */
  readonly marked?: boolean;
}

/** What it did. */
export interface Done extends Golden {
  /** The element's key after tracking. */
  readonly key: string;
  /** Whether a marked plugin was loaded. */
  readonly loaded: boolean;
}

/** Where the packages of an installation of the original are. */
export function packages(oracle: string): string {
  const script = "import buildstream as b; print(b.__path__[0])";
  return dirname(execFileSync(join(dirname(oracle), "python"), ["-c", script], { encoding: "utf8" }).trim());
}

/** Runs a tool; the world answers meanwhile. Gives its standard output. */
async function ask({ argv }: Way, directory: string, ...parameters: readonly string[]): Promise<string> {
  const [command, ...first] = argv as [string, ...string[]];
  const all = [...first, "--no-colors", "-c", join(directory, "user.conf"), ...parameters];
  const environment = {
    ...process.env,
    HOME: directory,
    RUSTUP_HOME: join(homedir(), ".rustup"),
    XDG_CACHE_HOME: join(directory, ".cache"),
  };
  const options = { cwd: directory, env: environment, timeout: 120_000, maxBuffer: 1 << 28 };
  return new Promise((resolve, reject) => {
    execFile(command, all, options, (cause, stdout, stderr) =>
      cause === null
        ? resolve(stdout)
        : reject(new Error(`${parameters.join(" ")}: ${cause.message}\n${stdout}${stderr}`)),
    );
  });
}

const mark = 'open(__file__ + ".loaded", "w").close()\n';

/** The plugins as a directory of the project, with constants that lead into the world; false when the kind is no plugin. */
function plugins(directory: string, home: string, one: Case, world: World.World, marked: boolean): boolean {
  mkdirSync(join(directory, "plugins"));
  for (const name of ["buildstream_plugins", "buildstream_plugins_community"]) {
    const sources = join(home, name, "sources");
    if (existsSync(join(sources, `${one.kind}.py`))) cpSync(sources, join(directory, "plugins"), { recursive: true });
  }
  const module = join(directory, "plugins", `${one.kind}.py`);
  if (!existsSync(module)) return false;
  let text = readFileSync(module, "utf8");
  for (const [from, to] of Object.entries(one.module?.(world) ?? {}))
    text = text.replace(new RegExp(`\\b${from} = "[^"]*"`), `${from} = "${to}"`);
  writeFileSync(module, marked ? text + mark : text);
  return true;
}

/**
 * Carries out a case.
 *
 * @param home where the original's packages are ({@link packages})
 */
export async function run(one: Case, way: Way, home: string): Promise<Done> {
  const world = await World.open();
  const directory = mkdtempSync(join(tmpdir(), "millrace-trial-"));
  try {
    await one.prepare(world);
    const plugin = plugins(directory, home, one, world, way.marked === true);
    World.write(join(directory, "files"), { ".keep": "", ...one.before });
    one.arrange?.(world, join(directory, "files"));
    World.write(directory, one.own ?? {});
    const config = (path: string, value: unknown) => writeFileSync(join(directory, path), stringify(value));
    const { mirror } = one;
    const mirrors = Object.fromEntries(Object.entries(one.mirrors(world)).map(([alias, url]) => [alias, [url]]));
    config("project.conf", {
      name: "test",
      "min-version": "2.0",
      aliases: one.aliases,
      mirrors: [
        mirror === undefined
          ? { name: "world", aliases: mirrors }
          : { name: "world", kind: mirror.kind, config: mirror.config(world) },
      ],
      plugins: [
        ...(plugin ? [{ origin: "local", path: "plugins", sources: [one.kind] }] : []),
        ...(mirror ? [{ origin: "pip", "package-name": mirror.package, "source-mirrors": [mirror.kind] }] : []),
      ],
    });
    config("user.conf", {
      cachedir: join(directory, "cache"),
      sourcedir: join(directory, "sources"),
      logdir: join(directory, "logs"),
      fetch: { source: "mirrors" },
      track: { source: "mirrors" },
      ...way.configuration,
    });
    config("element.bst", {
      kind: "import",
      sources: [
        { kind: "local", path: "files" },
        { kind: one.kind, ...one.config, ...one.default?.(world) },
      ],
    });
    await ask(way, directory, "source", "track", "element.bst");
    const written = parse(readFileSync(join(directory, "element.bst"), "utf8"), { schema: "failsafe" });
    const source = (written as { readonly sources: readonly Record<string, unknown>[] }).sources[1];
    const ref =
      one.refKeys === undefined
        ? source?.["ref"]
        : Object.fromEntries(one.refKeys.map((name) => [name, source?.[name]]));
    const key = await ask(way, directory, "show", "--format", "%{full-key}", "element.bst");
    await ask(way, directory, "source", "fetch", "element.bst");
    await ask(way, directory, "source", "checkout", "--directory", join(directory, "out"), "element.bst");
    const kept = process.env["KEEP"];
    if (kept !== undefined) cpSync(directory, kept, { recursive: true, verbatimSymlinks: true });
    const facts = settled(one, {
      ref: ref ?? null,
      mirror: mirrored(join(directory, "sources", one.kind)),
      tree: list(join(directory, "out", "element"), one.ignored),
    });
    const loaded = existsSync(join(directory, "plugins", `${one.kind}.py.loaded`));
    return { ...facts, key: key.trim(), loaded };
  } finally {
    rmSync(directory, { recursive: true, force: true });
    await world.close();
  }
}
