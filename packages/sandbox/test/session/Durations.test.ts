import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type { Element } from "@millrace/core/element/Element";
import { afterAll, assert, describe, it } from "vitest";
import * as Durations from "../../src/session/Durations.ts";

const directory = fs.mkdtempSync(path.join(os.tmpdir(), "durations-test-"));
afterAll(() => fs.rmSync(directory, { recursive: true }));

describe("Durations", () => {
  it("adds what was measured to what is there", () => {
    Durations.write(
      directory,
      new Map([
        ["p a.bst", 10.4],
        ["p b.bst", 20],
      ]),
    );
    Durations.write(directory, new Map([["p a.bst", 30]]));
    assert.deepStrictEqual(
      [...Durations.read(directory)],
      [
        ["p b.bst", 20],
        ["p a.bst", 30],
      ],
    );
    assert.deepStrictEqual(fs.readdirSync(path.join(directory, "millrace")), ["durations.json"]);
  });

  it("makes do with a damaged file", () => {
    fs.writeFileSync(path.join(directory, "millrace/durations.json"), '{"p a.bst": "long", "p b.bst": 3');
    assert.strictEqual(Durations.read(directory).size, 0);
    fs.writeFileSync(path.join(directory, "millrace/durations.json"), '{"p a.bst": "long", "p b.bst": 3}');
    assert.deepStrictEqual([...Durations.read(directory)], [["p b.bst", 3]]);
  });

  it("measures builds that succeed", () => {
    const element = { fullName: "sub.bst:a.bst", name: "a.bst", project: { name: "sub" } } as unknown as Element;
    const measured = new Map<string, number>();
    const hear = Durations.measure([element], measured);
    const subject = { name: "sub.bst:a.bst", key: null, keyIsStrict: true };
    hear({ type: "job-start", attempt: 1, job: 1, action: "fetch", element: subject, log: "" });
    hear({ type: "job-end", job: 1, outcome: "success", elapsed: 5 });
    hear({ type: "job-start", attempt: 1, job: 2, action: "build", element: subject, log: "" });
    hear({ type: "job-end", job: 2, outcome: "failure", elapsed: 6 });
    assert.strictEqual(measured.size, 0);
    hear({ type: "job-start", attempt: 1, job: 3, action: "build", element: subject, log: "" });
    hear({ type: "job-end", job: 3, outcome: "success", elapsed: 7 });
    assert.deepStrictEqual([...measured], [["sub a.bst", 7]]);
    assert.strictEqual(Durations.of(measured, element), 7);
  });
});
