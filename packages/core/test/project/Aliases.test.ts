import { describe, expect, it } from "vitest";
import { BstError } from "../../src/error/BstError.ts";
import * as Aliases from "../../src/project/Aliases.ts";
import type { Mirror } from "../../src/project/Project.ts";

function mirror(name: string, aliases: Readonly<Record<string, readonly string[]>>, kind = "default"): Mirror {
  return { name, kind, aliases: new Map(Object.entries(aliases)), config: undefined };
}

function scope(more: Partial<Aliases.AliasScope>): Aliases.AliasScope {
  return {
    aliases: new Map([["up", "https://example.com/"]]),
    mirrors: [],
    defaultMirror: undefined,
    mirrorsOverridden: false,
    disallowSubprojectUris: false,
    parent: undefined,
    parentAlias: () => undefined,
    ...more,
  };
}

const urls = (ways: readonly Aliases.Way[] | undefined) =>
  ways?.map((way) => (way.type === "prefix" ? way.url : way.mirror.name));

function reason(body: () => unknown): string | null {
  try {
    body();
  } catch (cause) {
    if (cause instanceof BstError) return cause.reason;
    throw cause;
  }
  return "fine";
}

describe("Aliases", () => {
  const mirrored = scope({
    mirrors: [
      mirror("one", { up: ["https://one/", "https://uno/"] }),
      mirror("other", { down: ["https://other/"] }),
      mirror("two", { up: ["https://two/"] }),
      mirror("plugin", { up: [] }, "simple_mirror"),
    ],
    defaultMirror: "two",
  });

  it("tries the default mirror, then the others in order, then the alias itself", () => {
    expect(urls(Aliases.ways(mirrored, "up", "all"))).toEqual([
      "https://two/",
      "https://one/",
      "https://uno/",
      "plugin",
      "https://example.com/",
    ]);
    expect(urls(Aliases.ways(mirrored, "up", "aliases"))).toEqual(["https://example.com/"]);
    expect(urls(Aliases.ways(mirrored, "up", "user"))).toEqual([]);
    expect(urls(Aliases.ways({ ...mirrored, mirrorsOverridden: true }, "up", "user"))).toHaveLength(4);
    expect(Aliases.ways(mirrored, "unknown", "all")).toBeUndefined();
  });

  it("never takes schemes for aliases", () => {
    expect(Aliases.aliasOf("HTTPS://example.com")).toBeUndefined();
    expect(Aliases.aliasOf("up:x")).toBe("up");
    expect(Aliases.aliasOf("plain")).toBeUndefined();
    expect(Aliases.translate(mirrored, "up:a:b", "s")).toBe("https://example.com/a:b");
    expect(Aliases.translate(mirrored, "https://a", "s")).toBe("https://a");
  });

  it("lets the parent answer for what the junction maps", () => {
    const parent = scope({
      aliases: new Map([["above", "https://parent/"]]),
      mirrors: [mirror("m", { above: ["https://m/"] })],
    });
    const mapped = scope({ parent, parentAlias: (alias) => (alias === "up" ? "above" : undefined) });
    expect(Aliases.translate(mapped, "up:x", "s")).toBe("https://parent/x");
    expect(urls(Aliases.ways(mapped, "up", "all"))).toEqual(["https://m/", "https://parent/"]);
    const lost = scope({ parent, parentAlias: () => "nowhere" });
    expect(reason(() => Aliases.exists(lost, "up", "s"))).toBe("invalid-source-alias");
    const strict = scope({ parent: { ...parent, disallowSubprojectUris: true } });
    expect(reason(() => Aliases.translate(strict, "up:x", "s"))).toBe("missing-alias-mapping");
  });

  it("checks what sources download from", () => {
    const warned: string[] = [];
    const check = (url: string, fetch: Aliases.Policy = "all") =>
      reason(() => Aliases.check(scope({}), url, "s", { fetch, track: "aliases" }, (token) => warned.push(token)));
    expect(check("up:x")).toBe("fine");
    expect(check("down:x")).toBe("invalid-source-alias");
    expect(check("up:x", "mirrors")).toBe("missing-source-alias-target");
    expect(check("https://x")).toBe("fine");
    expect(warned).toEqual(["unaliased-url"]);
  });
});
