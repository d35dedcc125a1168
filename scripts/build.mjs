// Builds what users run and what programs import: the CLI as one bundle with lazily loaded chunks (it has no dependencies once
// packed), core and sandbox as plain modules with declarations. `--cli-only` leaves the libraries out; `--out DIR` makes a copy of the CLI alone
// (launcher and bundle, under DIR/bin and DIR/dist), for measuring one version beside another.
import { execFileSync } from "node:child_process";
import crypto from "node:crypto";
import fs, { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { rolldown } from "rolldown";

const root = fileURLToPath(new URL("..", import.meta.url));

const outAt = process.argv.indexOf("--out");
const out = outAt === -1 ? undefined : resolve(process.argv[outAt + 1]);
const cli = out ?? `${root}packages/cli`;

/**
 * Parts of the runtime without exports that nobody needs. What it makes for an `import` has every export, also those that are made by loading further parts
 * (streams, promises and the line reader for `node:fs`, web cryptography for `node:crypto`): a tenth of the start. An import of one of those fails the build.
 */
const lean = { fs, crypto };
const leanParts = {
  name: "lean-parts",
  resolveId: (id) => (Object.hasOwn(lean, id.replace(/^node:/, "")) ? `\0lean:${id.replace(/^node:/, "")}` : null),
  load: (id) => {
    if (!id.startsWith("\0lean:")) return null;
    const part = id.slice("\0lean:".length);
    const plain = Object.entries(Object.getOwnPropertyDescriptors(lean[part])).filter(
      // The four are plain here or there, and a later Node warns whoever looks at them.
      ([name, { get }]) => get === undefined && !/^[FRWX]_OK$/.test(name),
    );
    const names = plain.map(([name]) => name).join(", ");
    return `const part = process.getBuiltinModule("node:${part}");\nexport const { ${names} } = part;\nexport default part;\n`;
  },
};

async function bundleCli() {
  const bundle = await rolldown({
    // The second is started by the store, beside whose chunk it lies.
    input: {
      main: `${root}packages/cli/src/main.ts`,
      StoreThread: `${root}packages/sandbox/src/cas/StoreThread.ts`,
    },
    platform: "node",
    cwd: root,
    resolve: { conditionNames: ["@millrace/source", "node", "import", "default"] },
    tsconfig: `${root}tsconfig.json`,
    logLevel: "warn",
    plugins: [leanParts],
  });
  rmSync(`${cli}/dist`, { recursive: true, force: true });
  await bundle.write({
    dir: `${cli}/dist`,
    format: "esm",
    minify: true,
    entryFileNames: "[name].js",
    chunkFileNames: "[name]-[hash].js",
    // Finding and linking a chunk costs about a millisecond, so what goes together is one chunk: what help and mistakes of usage need, what threads of the
    // store need, and what every command on a project needs.
    codeSplitting: {
      groups: [
        { name: "start", test: /cli\/src\/app\/Main\.ts$/, priority: 3 },
        { name: "store", test: /sandbox\/src\/cas\/(Work|ThreadWire)\.ts$/, priority: 2 },
        { name: "project", test: /cli\/src\/(commands\/Command|app\/Selected)\.ts$/, priority: 1 },
      ],
    },
  });
  await bundle.close();
  // What the Python process of projects' own plugins imports.
  cpSync(`${root}packages/sandbox/python`, `${cli}/dist/python`, {
    recursive: true,
    filter: (path) => !path.includes("__pycache__"),
  });
}

// The manual, from the table of commands.
async function writeManual() {
  const bundle = await rolldown({
    input: { manual: `${root}scripts/manual.ts` },
    platform: "node",
    cwd: root,
    resolve: { conditionNames: ["@millrace/source", "node", "import", "default"] },
    tsconfig: `${root}tsconfig.json`,
    logLevel: "warn",
  });
  const place = mkdtempSync(join(tmpdir(), "millrace-manual-"));
  await bundle.write({ dir: place, format: "esm", entryFileNames: "[name].mjs" });
  await bundle.close();
  const { pages } = await import(pathToFileURL(join(place, "manual.mjs")).href);
  rmSync(place, { recursive: true });
  const { version } = JSON.parse(readFileSync(`${root}packages/cli/package.json`, "utf8"));
  rmSync(`${cli}/man`, { recursive: true, force: true });
  mkdirSync(`${cli}/man`);
  for (const [name, text] of pages(version)) writeFileSync(`${cli}/man/${name}`, text);
}

function emitLibraries() {
  for (const name of ["core", "sandbox"]) rmSync(`${root}packages/${name}/dist`, { recursive: true, force: true });
  // The harness imports core by its name, as strangers do, so it comes after it.
  for (const name of ["core", "core/conformance", "sandbox"]) {
    execFileSync(
      process.execPath,
      [`${root}node_modules/typescript/bin/tsc`, "-p", `${root}packages/${name}/tsconfig.build.json`],
      {
        stdio: "inherit",
      },
    );
  }
}

await bundleCli();
await writeManual();
if (out !== undefined) {
  for (const part of ["bin", "package.json"])
    cpSync(`${root}packages/cli/${part}`, `${out}/${part}`, { recursive: true });
} else if (!process.argv.includes("--cli-only")) emitLibraries();
