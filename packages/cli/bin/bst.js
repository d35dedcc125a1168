#!/bin/sh
':' //; exec node --max-semi-space-size=8 "$0" "$@"
// The launcher: checks that this Node can run bst, turns on V8's compile cache (a third of the start-up time), and loads the bundle.
// The shell sees only the line above, and Node a text in it: V8 takes the bound of its young generation from the command line alone, and with
// 8 MiB, which stay in the processor's caches, loading a large project takes a sixth less time and half the memory of V8's own choice.
// Nothing is imported, for the reason that scripts/build.mjs gives for its lean parts.
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 19)) {
  process.stderr.write(`bst needs Node 22.19 or newer, and this is ${process.versions.node}. In a checkout start it with: npx bst\n`);
  process.exit(255);
}
const { existsSync } = process.getBuiltinModule("node:fs");
const bundle = new URL("../dist/main.js", import.meta.url);
if (!existsSync(bundle)) {
  process.stderr.write("bst is not built yet. In a checkout run: npm run build\n");
  process.exit(255);
}
process.getBuiltinModule("node:module").enableCompileCache();
// Node's notes to programmers, such as the one about libraries that name an address as a TLS server, are not for users.
process.noDeprecation = true;
await import(bundle.href);
