import { describe, expect, it } from "vitest";
import { BstError } from "../../src/error/BstError.ts";
import * as Requirement from "../../src/project/Requirement.ts";
import { mapping } from "../../src/yaml/Node.ts";

function answer(requirement: string, kind = "autotools"): string | null {
  try {
    return Requirement.check(requirement, "element", kind, mapping()).home ?? null;
  } catch (cause) {
    if (cause instanceof BstError) return cause.reason;
    throw cause;
  }
}

describe("Requirement", () => {
  it.each([
    "buildstream-plugins",
    "BuildStream_Plugins",
    "buildstream-plugins>=2.1",
    "buildstream-plugins >= 2.1, < 3",
    "buildstream-plugins==2.8.0",
    "buildstream-plugins==2.*",
    "buildstream-plugins~=2.1",
    "buildstream-plugins!=2.7.0",
    "buildstream-plugins[extra] (>2)",
  ])("accepts %s", (requirement) => {
    expect(answer(requirement)).toBe("buildstream-plugins");
  });

  it.each([
    "buildstream-plugins>=2.9",
    "buildstream-plugins<2.8",
    "buildstream-plugins~=2.7.0",
    "buildstream-plugins!=2.*",
  ])("refuses %s", (requirement) => {
    expect(answer(requirement)).toBe("package-version-conflict");
  });

  it("tells malformed requirements, unknown packages and missing plugins apart", () => {
    expect(answer("buildstream-plugins!!")).toBe("package-malformed-requirement");
    expect(answer("no-such-package>=1")).toBe("package-not-found");
    expect(answer("buildstream-plugins", "nope")).toBe("plugin-not-found");
  });
});
