/** The first example of each package's README is run as it stands, and prints what the README says. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { root } from "../support/tools.ts";

const place = mkdtempSync(join(tmpdir(), "millrace-readme-"));
afterAll(() => rmSync(place, { recursive: true, force: true }));

function block(text: string, language: string): string {
  const found = new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``).exec(text);
  if (found === null) throw new Error(`no block of ${language}`);
  return found[1] as string;
}

describe("package READMEs", () => {
  for (const [name, language] of [
    ["core", "ts"],
    ["sandbox", "ts"],
    ["cli", "sh"],
  ] as const) {
    it(name, () => {
      const text = readFileSync(join(root, `packages/${name}/README.md`), "utf8");
      const directory = join(place, name);
      mkdirSync(directory);
      symlinkSync(join(root, "node_modules"), join(directory, "node_modules"));
      const file = join(directory, `example.${language}`);
      writeFileSync(file, block(text, language));
      const environment = {
        ...process.env,
        XDG_CACHE_HOME: join(directory, "cache"),
        XDG_CONFIG_HOME: join(directory, "config"),
        PATH: [join(root, "node_modules/.bin"), process.env["PATH"]].join(delimiter),
      };
      const [command, ...args] =
        language === "ts" ? [process.execPath, "--conditions=@millrace/source", file] : ["sh", "-e", file];
      const ran = spawnSync(command as string, args, { cwd: directory, env: environment, encoding: "utf8" });
      expect({ status: ran.status, stderr: ran.stderr, stdout: ran.stdout }).toMatchObject({
        status: 0,
        stdout: block(text, "text"),
      });
    });
  }
});
