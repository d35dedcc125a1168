// The main job on a real build: GNU hello from its tarball, inside a Debian root, with the built bst. Shows the build as it goes and ends with
// what the program says and where its artifact is.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const project = join(root, "examples/hello-debian");

function bst(args, options = {}) {
  const shown = args.filter((arg) => arg !== "-C" && arg !== project);
  console.log(`\n$ bst ${shown.join(" ")}`);
  const run = spawnSync(process.execPath, [join(root, "packages/cli/bin/bst.js"), ...args], {
    stdio: "inherit",
    ...options,
  });
  if (run.status !== 0) {
    console.error(`demo: bst ended with ${run.status ?? run.signal}`);
    process.exit(run.status || 1);
  }
  return run.stdout;
}

bst(["-C", project, "build", "greeting.bst"]);
bst(["-C", project, "show", "--format", "%{name} %{full-key} %{state}", "greeting.bst"]);

const place = mkdtempSync(join(tmpdir(), "millrace-demo-"));
try {
  bst([
    "-C",
    project,
    "artifact",
    "checkout",
    "--deps",
    "none",
    "--directory",
    join(place, "greeting"),
    "greeting.bst",
  ]);
  console.log("\nThe program that was built says:\n");
  console.log(readFileSync(join(place, "greeting/greeting.txt"), "utf8"));
} finally {
  rmSync(place, { recursive: true, force: true });
}
const name = bst(["-C", project, "show", "--deps", "none", "--format", "hello-debian/hello/%{full-key}", "hello.bst"], {
  stdio: ["ignore", "pipe", "inherit"],
  encoding: "utf8",
});
console.log(`The artifact of hello.bst is ${name.trim()}`);
console.log(
  "Take it out with: npx bst -C examples/hello-debian artifact checkout --deps none --directory hello hello.bst",
);
