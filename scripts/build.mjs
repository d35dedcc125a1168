// Builds what users run and what programs import: the CLI as one bundle with lazily loaded chunks (it has no dependencies once
// packed), core and sandbox as plain modules with declarations.
import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const root = fileURLToPath(new URL("..", import.meta.url));

async function bundleCli() {
  const bundle = await rolldown({
    input: { main: `${root}packages/cli/src/main.ts` },
    platform: "node",
    cwd: root,
    resolve: { conditionNames: ["@millrace/source", "node", "import", "default"] },
    tsconfig: `${root}tsconfig.json`,
    logLevel: "warn",
  });
  rmSync(`${root}packages/cli/dist`, { recursive: true, force: true });
  await bundle.write({
    dir: `${root}packages/cli/dist`,
    format: "esm",
    minify: true,
    entryFileNames: "[name].js",
    chunkFileNames: "[name]-[hash].js",
  });
  await bundle.close();
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
if (!process.argv.includes("--cli-only")) emitLibraries();
