/** `bst source checkout --include-build-scripts`: the scripts are run, in a root of their own, and install what `bst build` makes. */
import { spawnSync } from "node:child_process";
import { copyFileSync, lstatSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { openSession } from "../support/session.ts";

const session = openSession({
  "first.bst":
    "kind: manual\nsources:\n- kind: local\n  path: files/words\n" +
    "config:\n  configure-commands:\n  - test -f one.txt\n  build-commands:\n  - tr a-z A-Z < one.txt > loud.txt\n" +
    "  install-commands:\n  - mkdir -p %{install-root}/usr/share && cp loud.txt %{install-root}/usr/share/loud.txt\n",
  "second.bst":
    "kind: manual\nbuild-depends:\n- first.bst\nvariables:\n  command-subdir: sub\nenvironment:\n  GREETING: it's said\n" +
    'config:\n  install-commands:\n  - mkdir -p "%{install-root}/opt"; { cat /usr/share/loud.txt; echo "$GREETING"; pwd; } > "%{install-root}/opt/said"\n',
});
afterAll(() => session.close());

it("builds and installs with the written scripts", async () => {
  mkdirSync(join(session.project, "files/words"), { recursive: true });
  session.write("files/words/one.txt", "quiet\n");
  const out = join(session.home, "scripts");
  const outcome = await session.bst(
    "source",
    "checkout",
    "--deps",
    "all",
    "--include-build-scripts",
    "--directory",
    out,
    "second.bst",
  );
  expect(outcome.stderr).not.toContain("FAILURE");
  expect(outcome.status).toBe(0);
  expect(lstatSync(join(out, "build.sh")).mode & 0o111).not.toBe(0);

  const root = join(session.home, "root");
  for (const name of ["bin", "proc", "dev", "tmp", "usr", "opt", "source"])
    mkdirSync(join(root, name), { recursive: true });
  copyFileSync("/bin/busybox", join(root, "bin/busybox"));
  const inside = (...command: string[]) =>
    spawnSync(
      "bwrap",
      [
        "--bind",
        root,
        "/",
        "--bind",
        out,
        "/source",
        "--proc",
        "/proc",
        "--dev",
        "/dev",
        "--clearenv",
        "--setenv",
        "PATH",
        "/bin",
        "--chdir",
        "/",
        ...command,
      ],
      { encoding: "utf8" },
    );
  expect(inside("/bin/busybox", "--install", "-s", "/bin")).toMatchObject({ status: 0 });
  expect(inside("/bin/sh", "/source/build.sh")).toMatchObject({ status: 0 });
  expect(readFileSync(join(root, "usr/share/loud.txt"), "utf8")).toBe("QUIET\n");
  expect(readFileSync(join(root, "opt/said"), "utf8")).toMatch(/^QUIET\nit's said\n\/buildstream\/test\/second\.bst/);
});
