import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as SourceKinds from "@millrace/core/source/SourceKinds";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import * as InstalledPlugins from "../../src/files/InstalledPlugins.ts";

describe("InstalledPlugins", () => {
  let root = "";
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "installed-"));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const install = (site: string): void => {
    const directory = join(root, site, "buildstream_plugins/sources");
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, "pip.py"), `_PYPI_INDEX_URL = "https://example.com/${site}"\n`);
  };

  it("finds packages beside the bst on PATH, through links", () => {
    install("venv/lib/python3.11/site-packages");
    mkdirSync(join(root, "venv/bin"));
    writeFileSync(join(root, "venv/bin/bst"), "");
    mkdirSync(join(root, "bin"));
    symlinkSync(join(root, "venv/bin/bst"), join(root, "bin/bst"));
    const read = InstalledPlugins.sourceModules({ PATH: join(root, "bin") });
    expect(read("buildstream-plugins", "pip")).toContain("https://example.com/venv");
    expect(read("buildstream-plugins", "cargo")).toBeUndefined();
    expect(read("core", "tar")).toBeUndefined();
  });

  it("prefers PYTHONPATH, and finds nothing where nothing is", () => {
    install("own");
    const read = InstalledPlugins.sourceModules({ PYTHONPATH: join(root, "own"), PATH: join(root, "nowhere") });
    expect(read("buildstream-plugins", "pip")).toContain("https://example.com/own");
    expect(InstalledPlugins.sourceModules({})("buildstream-plugins", "pip")).toBeUndefined();
  });

  it("gives a registry whose kinds know the defaults", () => {
    install("own");
    const registry = SourceKinds.withModules(InstalledPlugins.sourceModules({ PYTHONPATH: join(root, "own") }));
    const kind = registry.find("pip", "buildstream-plugins");
    expect(kind).not.toBe(SourceKinds.find("pip", "buildstream-plugins"));
    expect(registry.find("pip", "buildstream-plugins")).toBe(kind);
    expect(registry.find("tar", "core")).toBe(SourceKinds.find("tar", "core"));
    expect(registry.locate("pip")?.kind).toBe(kind);
  });
});
