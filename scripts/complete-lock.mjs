// Completes package-lock.json after `npm install`: a registry mirror may not serve the builds of a package for other platforms, and npm then leaves them out of the lock
// file, with which `npm ci` refuses to work anywhere. Adds those entries with the platform that their names say, so that each machine skips what is not for it.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const file = fileURLToPath(new URL("../package-lock.json", import.meta.url));
const lock = JSON.parse(readFileSync(file, "utf8"));
let added = 0;
for (const [place, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    if (lock.packages[`node_modules/${name}`] || lock.packages[`${place}/node_modules/${name}`]) continue;
    const [, os, cpu, libc] =
      /(android|darwin|freebsd|linux|openharmony|win32|wasm32|aix|sunos|netbsd|openbsd)-?([a-z0-9]+)?-?(musl|gnu|glibc)?/.exec(
        name.split("/").pop(),
      ) ?? [];
    if (os === undefined || !/^\d/.test(version)) continue;
    lock.packages[`node_modules/${name}`] = {
      version,
      ...(cpu === undefined ? {} : { cpu: [cpu] }),
      ...(entry.dev ? { dev: true } : {}),
      optional: true,
      os: [os],
      ...(libc === undefined ? {} : { libc: [libc === "musl" ? "musl" : "glibc"] }),
    };
    added++;
  }
}
const sorted = Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1));
lock.packages = Object.fromEntries(sorted);
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${added} entries added`);
