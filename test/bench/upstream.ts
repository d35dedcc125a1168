/** Projects whose sources come from servers on the loopback: tarballs over http, repositories over git's own server program. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import * as World from "../../packages/sandbox/test/fetch/registries/World.ts";

/** Text that compresses about as source code does, the same for the same number. */
function text(seed: number, bytes: number): string {
  let state = seed * 2_654_435_761 + 1;
  const words: string[] = [];
  for (let size = 0; size < bytes; ) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const word = (state % 5000).toString(36);
    words.push(word);
    size += word.length + 1;
  }
  return words.join(" ");
}

/** A tarball of some 300 files and two megabytes before compression. */
function tarball(seed: number): Buffer {
  const members: Record<string, World.Member> = { [`p-${seed}/`]: { directory: true } };
  for (let file = 0; file < 300; file++)
    members[`p-${seed}/d${file % 20}/f${file}.c`] =
      file % 30 === 0 ? { text: text(seed * 1000 + file, 7000), executable: true } : text(seed * 1000 + file, 7000);
  return gzipSync(World.tar(members));
}

/** A repository of 60 commits with 300 files; gives its last commit. */
function repository(directory: string, seed: number): string {
  mkdirSync(directory, { recursive: true });
  World.git(directory, "init", "-q", "--bare");
  const lines: string[] = [];
  for (let commit = 0; commit < 60; commit++) {
    lines.push("commit refs/heads/main", `committer A <a@example.org> ${1_000_000_000 + commit} +0000`, "data 1", "x");
    const files = commit === 0 ? 300 : 10;
    for (let file = 0; file < files; file++) {
      const content = text(seed * 1000 + commit * 7 + file, 3000);
      lines.push(`M 100644 inline d${file % 20}/f${file}.c`, `data ${content.length}`, content);
    }
  }
  execFileSync("git", ["fast-import", "--quiet"], { cwd: directory, input: `${lines.join("\n")}\n` });
  return World.git(directory, "rev-parse", "refs/heads/main");
}

/** Writes a project with one `import` element for each list of sources, and a stack of them all. */
function writeProject(directory: string, url: string, elements: readonly string[]): string {
  mkdirSync(join(directory, "elements"), { recursive: true });
  const plugins =
    "plugins:\n- origin: pip\n  package-name: buildstream-plugins-community\n  sources: [git_repo, cargo2]\n";
  writeFileSync(
    join(directory, "project.conf"),
    `name: bench\nmin-version: "2.0"\nelement-path: elements\naliases:\n  up: ${url}/\n${plugins}`,
  );
  for (const [index, sources] of elements.entries())
    writeFileSync(join(directory, "elements", `e${index}.bst`), `kind: import\nsources:\n${sources}`);
  const depends = elements.map((_, index) => `- e${index}.bst\n`).join("");
  writeFileSync(join(directory, "elements/all.bst"), `kind: stack\ndepends:\n${depends}`);
  return directory;
}

const worlds: World.World[] = [];

/** Closes the servers. */
export async function close(): Promise<void> {
  for (const world of worlds.splice(0)) await world.close();
}

async function open(): Promise<World.World> {
  const world = await World.open();
  worlds.push(world);
  return world;
}

/** Elements with a tarball each. */
export async function tarballs(place: string, count: number): Promise<string> {
  const world = await open();
  const elements = Array.from({ length: count }, (_, index) => {
    const bytes = tarball(index);
    world.files.set(`/t${index}.tar.gz`, bytes);
    return `- kind: tar\n  url: up:t${index}.tar.gz\n  ref: ${World.sha256(bytes)}\n`;
  });
  return writeProject(join(place, `tarballs-${count}`), world.url, elements);
}

/** Elements with a repository each. */
export async function repositories(place: string, count: number): Promise<string> {
  const world = await open();
  const elements = Array.from({ length: count }, (_, index) => {
    const commit = repository(join(world.directory, `r${index}.git`), index);
    return `- kind: git_repo\n  url: up:git/r${index}.git\n  ref: ${commit}\n`;
  });
  return writeProject(join(place, `repositories-${count}`), world.url, elements);
}

/** One element with many crates. */
export async function crates(place: string, count: number): Promise<string> {
  const world = await open();
  const refs = Array.from({ length: count }, (_, index) => {
    const name = `crate${index}`;
    const members: Record<string, World.Member> = { [`${name}-1.0.0/Cargo.toml`]: `[package]\nname = "${name}"\n` };
    for (let file = 0; file < 20; file++) members[`${name}-1.0.0/src/f${file}.rs`] = text(index * 100 + file, 4000);
    const bytes = gzipSync(World.tar(members));
    world.files.set(`/crates/${name}/${name}-1.0.0.crate`, bytes);
    return `  - kind: registry\n    name: ${name}\n    version: 1.0.0\n    sha: ${World.sha256(bytes)}\n`;
  });
  return writeProject(join(place, `crates-${count}`), world.url, [
    `- kind: local\n  path: project.conf\n- kind: cargo2\n  url: up:crates\n  ref:\n${refs.join("")}`,
  ]);
}

/** Many elements that share a few small tarballs, each in a directory of its own. */
export async function shared(place: string, count: number): Promise<string> {
  const directory = join(place, `shared-${count}`);
  if (existsSync(directory)) return directory;
  const world = await open();
  const archives = Array.from({ length: 20 }, (_, index) => {
    const bytes = World.tarball({ "p/file": String(index) });
    world.files.set(`/s${index}.tar.gz`, bytes);
    return { index, ref: World.sha256(bytes) };
  });
  const elements = Array.from({ length: count }, (_, index) => {
    const one = archives[index % archives.length] as (typeof archives)[number];
    return `- kind: tar\n  url: up:s${one.index}.tar.gz\n  ref: ${one.ref}\n  directory: d${index}\n`;
  });
  return writeProject(directory, world.url, elements);
}
