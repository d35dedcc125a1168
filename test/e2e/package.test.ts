/** The packages as strangers get them: packed, put into a clean place, and used from there. */
import { execFileSync, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as ManPage from "../../packages/cli/src/args/ManPage.ts";
import { bst } from "../../packages/cli/src/args/Table.ts";
import { root } from "../support/tools.ts";

const place = mkdtempSync(join(tmpdir(), "millrace-package-"));
afterAll(() => rmSync(place, { recursive: true, force: true }));

const environment = {
  ...process.env,
  PATH: [join(root, "node_modules/.bin"), process.env["PATH"]].join(delimiter),
  npm_config_cache: join(place, "npm-cache"),
  XDG_CACHE_HOME: join(place, "cache"),
  XDG_CONFIG_HOME: join(place, "config"),
};

function run(directory: string, command: string, ...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: directory, env: environment, encoding: "utf8" });
  return { status, stdout, stderr };
}

/** Packs a package and gives the archive. */
function pack(name: string): string {
  const packed = run(root, "npm", "pack", "--silent", "-w", `packages/${name}`, "--pack-destination", place);
  expect(packed).toMatchObject({ status: 0 });
  return join(place, packed.stdout.trim());
}

/** The first block of a language in a README. */
function example(name: string, language: string): string {
  const text = readFileSync(join(root, `packages/${name}/README.md`), "utf8");
  return new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``).exec(text)?.[1] as string;
}

describe("@millrace/cli, installed globally", () => {
  const prefix = join(place, "prefix");
  const installed = join(prefix, "lib/node_modules/@millrace/cli");
  beforeAll(() => {
    const made = run(
      place,
      "npm",
      "install",
      "-g",
      "--offline",
      "--no-audit",
      "--no-fund",
      "--prefix",
      prefix,
      pack("cli"),
    );
    expect(made).toMatchObject({ status: 0 });
  });

  it("brings the command, which builds", () => {
    const directory = join(place, "work");
    mkdirSync(directory);
    writeFileSync(join(directory, "example.sh"), example("cli", "sh"));
    const path = [join(prefix, "bin"), environment.PATH].join(delimiter);
    const ran = spawnSync("sh", ["-e", "example.sh"], {
      cwd: directory,
      env: { ...environment, PATH: path },
      encoding: "utf8",
    });
    expect(ran).toMatchObject({ status: 0, stdout: example("cli", "text") });
  });

  it("brings a manual page for every command, and completions", () => {
    const pages = ManPage.all(bst, "0");
    const names = [...pages.keys()].sort();
    expect(readdirSync(join(installed, "man")).sort()).toEqual(names);
    // The list of `man` in packages/cli/package.json, which npm makes links for.
    expect(readdirSync(join(prefix, "share/man/man1")).sort()).toEqual(names);
    expect(readFileSync(join(prefix, "share/man/man1/bst-source-fetch.1"), "utf8")).toContain("bst source fetch");
    expect(readdirSync(join(installed, "completion")).sort()).toEqual(["_bst", "bst.bash", "bst.fish"]);
  });

  it("needs no other package", () => {
    expect(existsSync(join(installed, "node_modules"))).toBe(false);
    expect(readdirSync(installed).sort()).toEqual(["README.md", "bin", "completion", "dist", "man", "package.json"]);
  });

  it("completes in bash", () => {
    const script = `. "$1"; COMP_WORDS=(bst workspace o); COMP_CWORD=2; _bst_complete bst; printf '%s|' "\${COMPREPLY[@]}"`;
    const path = [join(prefix, "bin"), environment.PATH].join(delimiter);
    const answer = execFileSync("bash", ["-c", script, "bash", join(installed, "completion/bst.bash")], {
      env: { ...environment, PATH: path },
      encoding: "utf8",
    });
    expect(answer).toBe("open |");
  });
});

describe("the libraries, as dependencies of a program", () => {
  const program = join(place, "program");
  beforeAll(() => {
    const modules = join(program, "node_modules");
    for (const name of ["core", "sandbox"]) {
      const target = join(modules, "@millrace", name);
      mkdirSync(target, { recursive: true });
      execFileSync("tar", ["-xzf", pack(name), "--strip-components=1", "-C", target]);
    }
    for (const name of ["effect", "yaml", "undici", "undici-types", "@grpc", "@types", "fast-check"])
      symlinkSync(join(root, "node_modules", name), join(modules, name));
    writeFileSync(join(program, "package.json"), '{"type": "module"}\n');
  });

  for (const name of ["core", "sandbox"]) {
    it(`${name}: its example is right for TypeScript, and runs`, () => {
      const file = `${name}.ts`;
      writeFileSync(join(program, file), example(name, "ts"));
      const tsc = join(root, "node_modules/typescript/bin/tsc");
      const options = "--noEmit --strict --module nodenext --target es2024 --lib es2024 --types node --skipLibCheck";
      expect(run(program, process.execPath, tsc, ...options.split(" "), file)).toMatchObject({ status: 0, stdout: "" });
      expect(run(program, process.execPath, file)).toMatchObject({ status: 0, stdout: example(name, "text") });
    });
  }

  it("can be loaded from JavaScript, module by module", () => {
    const script = [
      'import * as Keys from "@millrace/core/key/Keys";',
      'import * as Catalogue from "@millrace/core/error/Catalogue";',
      'import * as Session from "@millrace/sandbox/session/Session";',
      'import { check } from "@millrace/core/conformance";',
      'console.log([Keys.compute, Catalogue.entry, Session.build, check].map((one) => typeof one).join(" "));',
    ];
    writeFileSync(join(program, "all.js"), script.join("\n"));
    expect(run(program, process.execPath, "all.js")).toMatchObject({
      status: 0,
      stdout: "function function function function\n",
    });
  });
});
