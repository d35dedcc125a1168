/** The catalogue of errors and the code agree, and the page is the catalogue's. The compiler sees to it that no error is without an entry. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as Catalogue from "@millrace/core/error/Catalogue";
import * as CatalogueText from "@millrace/core/error/CatalogueText";
import { describe, expect, it } from "vitest";
import { root } from "../support/tools.ts";

const code = ["core/src", "sandbox/src", "sandbox/python", "cli/src"]
  .flatMap((name) =>
    readdirSync(join(root, "packages", name), { recursive: true, encoding: "utf8" })
      .filter((path) => /\.(ts|py)$/.test(path) && !path.startsWith("error/"))
      .map((path) => readFileSync(join(root, "packages", name, path), "utf8")),
  )
  .join("\n");

describe("the catalogue of errors", () => {
  it("is written out in docs/errors.md (npm run docs)", () => {
    expect(readFileSync(join(root, "docs/errors.md"), "utf8")).toBe(CatalogueText.page());
  });

  it("lists nothing that no code raises", () => {
    const reasons = Catalogue.all().flatMap(({ reason }) => reason ?? []);
    expect(reasons.length).toBeGreaterThan(80);
    expect(reasons.filter((reason) => !code.includes(`"${reason}"`))).toEqual([]);
  });

  it("gives every entry a cause and a next step in whole sentences", () => {
    for (const { domain, reason, entry } of Catalogue.all()) {
      const name = `${domain} ${reason}`;
      expect({ name, text: entry.cause }).toMatchObject({ text: expect.stringMatching(/^[A-Z`%].*\.$/) });
      expect({ name, text: entry.next }).toMatchObject({ text: expect.stringMatching(/^[A-Z`].*\.$/) });
    }
  });

  it("explains a reason that was passed on under another domain, and those of plugins", () => {
    expect(Catalogue.entry("ELEMENT", "invalid-data")).toBe(Catalogue.entry("LOAD", "invalid-data"));
    expect(Catalogue.entry("PLUGIN", "my-kind:my-warning").owner).toBe("plugin");
  });
});
