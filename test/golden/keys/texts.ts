/**
 * Prints the table of `packages/core/src/project/KeyTexts.ts`: node --conditions=@millrace/source test/golden/keys/texts.ts DIRECTORY
 *
 * DIRECTORY holds unpacked source releases of buildstream-plugins and buildstream-plugins-community, one directory each, named by package and version (`b2.8.0`,
 * `c2.4.0`).
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as KeyTexts from "../../../packages/core/src/project/KeyTexts.ts";

/** From which release on the keys are the native kind's, or follow from the module as its `pinned` reads it. */
const since: Readonly<Record<string, readonly number[]>> = {
  "b/sources/cargo": [2, 2],
};

const [place] = process.argv.slice(2);
if (place === undefined) throw new Error("texts.ts DIRECTORY");
for (const kinds of ["elements", "sources"]) {
  const table = new Map<string, Set<string>>();
  for (const release of readdirSync(place).sort()) {
    if (!/^[bc]\d/.test(release)) continue;
    const [major = 0, minor = 0] = release.slice(1).split(".").map(Number);
    const name = release.startsWith("b") ? "buildstream_plugins" : "buildstream_plugins_community";
    const directory = join(place, release, "src", name, kinds);
    for (const file of readdirSync(directory)) {
      const kind = file.slice(0, -3);
      if (!file.endsWith(".py") || file.startsWith("_")) continue;
      const [first = 0, second = 0] = since[`${release[0]}/${kinds}/${kind}`] ?? [0, 0];
      if (major < first || (major === first && minor < second)) continue;
      const texts = table.get(kind) ?? new Set();
      table.set(kind, texts.add(KeyTexts.digest(readFileSync(join(directory, file), "utf8"))));
    }
  }
  console.log(`  ${kinds.slice(0, -1)}: {`);
  for (const [kind, texts] of [...table].sort()) console.log(`    ${kind}: ${JSON.stringify([...texts].join(" "))},`);
  console.log("  },");
}
