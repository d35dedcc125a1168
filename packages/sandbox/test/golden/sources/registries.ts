/**
 * Writes `registries.json`: what BuildStream does with each case of `fetch/registries` (tracks, fetches, checks out), seen from outside.
 *
 * Run with the path of the original's `bst` in `ORACLE`, and names of cases as arguments to do those only.
 */
import { execFile, execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parse, stringify } from "yaml";
import { type Case, type Golden, settled } from "../../fetch/registries/Case.ts";
import { cases } from "../../fetch/registries/Cases.ts";
import { list, mirrored } from "../../fetch/registries/Listing.ts";
import * as World from "../../fetch/registries/World.ts";

const oracle = process.env["ORACLE"] ?? "bst";
const output = new URL("registries.json", import.meta.url);

/** Runs the original; the world answers meanwhile. */
async function ask(directory: string, ...parameters: readonly string[]): Promise<void> {
  const all = ["--no-colors", "-c", join(directory, "user.conf"), ...parameters];
  const options = { cwd: directory, env: { ...process.env, HOME: directory, RUSTUP_HOME: join(homedir(), ".rustup") }, timeout: 120_000, maxBuffer: 1 << 28 };
  await new Promise<void>((resolve, reject) => {
    execFile(oracle, all, options, (cause, stdout, stderr) =>
      cause === null ? resolve() : reject(new Error(`${parameters.join(" ")}: ${cause.message}\n${stdout}${stderr}`)),
    );
  });
}

/** The plugins as a directory of the project, with constants that lead into the world; false when the kind is no plugin. */
function plugins(directory: string, one: Case, world: World.World): boolean {
  const packages = execFileSync(join(dirname(oracle), "python"), ["-c", "import buildstream as b; print(b.__path__[0])"], {
    encoding: "utf8",
  }).trim();
  mkdirSync(join(directory, "plugins"));
  for (const name of ["buildstream_plugins", "buildstream_plugins_community"]) {
    const sources = join(dirname(packages), name, "sources");
    if (existsSync(join(sources, `${one.kind}.py`))) cpSync(sources, join(directory, "plugins"), { recursive: true });
  }
  const module = join(directory, "plugins", `${one.kind}.py`);
  if (!existsSync(module)) return false;
  let text = readFileSync(module, "utf8");
  for (const [from, to] of Object.entries(one.module?.(world) ?? {})) text = text.replace(new RegExp(`\\b${from} = "[^"]*"`), `${from} = "${to}"`);
  writeFileSync(module, text);
  return true;
}

async function run(one: Case): Promise<Golden> {
  const world = await World.open();
  const directory = mkdtempSync(join(tmpdir(), "millrace-golden-"));
  try {
    await one.prepare(world);
    const plugin = plugins(directory, one, world);
    World.write(join(directory, "files"), { ".keep": "", ...one.before });
    one.arrange?.(world, join(directory, "files"));
    World.write(directory, one.own ?? {});
    const config = (path: string, value: unknown) => writeFileSync(join(directory, path), stringify(value));
    config("project.conf", {
      name: "test",
      "min-version": "2.0",
      aliases: one.aliases,
      mirrors: [{ name: "world", aliases: Object.fromEntries(Object.entries(one.mirrors(world)).map(([k, v]) => [k, [v]])) }],
      plugins: plugin ? [{ origin: "local", path: "plugins", sources: [one.kind] }] : [],
    });
    config("user.conf", {
      cachedir: join(directory, "cache"),
      sourcedir: join(directory, "sources"),
      logdir: join(directory, "logs"),
      fetch: { source: "mirrors" },
      track: { source: "mirrors" },
    });
    config("element.bst", {
      kind: "import",
      sources: [
        { kind: "local", path: "files" },
        { kind: one.kind, ...one.config, ...one.default?.(world) },
      ],
    });
    await ask(directory, "source", "track", "element.bst");
    const source = (parse(readFileSync(join(directory, "element.bst"), "utf8"), { schema: "failsafe" }) as { sources: Record<string, unknown>[] }).sources[1];
    const ref = one.refKeys === undefined ? source?.["ref"] : Object.fromEntries(one.refKeys.map((key) => [key, source?.[key]]));
    await ask(directory, "source", "fetch", "element.bst");
    await ask(directory, "source", "checkout", "--directory", join(directory, "out"), "element.bst");
    if (process.env["KEEP"]) cpSync(directory, process.env["KEEP"], { recursive: true, verbatimSymlinks: true });
    return settled(one, {
      ref: ref ?? null,
      mirror: mirrored(join(directory, "sources", one.kind)),
      tree: list(join(directory, "out", "element"), one.ignored),
    });
  } finally {
    rmSync(directory, { recursive: true, force: true });
    await world.close();
  }
}

const wanted = process.argv.slice(2);
const known = existsSync(output) ? (JSON.parse(readFileSync(output, "utf8")) as Record<string, Golden>) : {};
for (const one of cases) {
  if (wanted.length > 0 && !wanted.includes(one.name)) continue;
  console.error(one.name);
  known[one.name] = await run(one);
  const sorted = cases.map(({ name }) => [name, known[name]]).filter(([, golden]) => golden !== undefined);
  writeFileSync(output, `${JSON.stringify(Object.fromEntries(sorted), undefined, 1)}\n`);
}
