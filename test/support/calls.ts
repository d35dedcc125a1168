/** A build in which a plugin calls all that the public interface offers there: directories, sandboxes, dependencies, public data. */
import { chmodSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { openSession } from "./session.ts";
import type { Tool } from "./tools.ts";

const plugin = readFileSync(new URL("../golden/plugins/calls.py", import.meta.url), "utf8");

const files = {
  "plugins/calls.py": plugin,
  "files/one/a": "a\n",
  "files/one/d/b": "b\n",
  "files/one/d/inner/c": "c\n",
  "files/two/a": "A\n",
  "files/two/d/b": "B\n",
  "files/two/special": "s\n",
  "files/two/l2/q": "q\n",
  "files/own/source": "mine\n",
  "one.bst": "kind: import\nsources:\n- kind: local\n  path: files/one\n",
  "leaf.bst": "kind: stack\n",
  "two.bst": `kind: import
sources:
- kind: local
  path: files/two
variables:
  mine: another
environment:
  MORE: "1"
runtime-depends: [leaf.bst]
public:
  bst:
    integration-commands: ["echo %{mine} > /integrated"]
    split-rules:
      special: [/special]
  custom:
    a: ["%{mine}"]
`,
  "calls.bst": `kind: calls
build-depends: [base.bst, one.bst, two.bst]
sources:
- kind: local
  path: files/own
public:
  own:
    k: v
`,
};

const conf = `variables:
  mine: my own
environment:
  MINE: "%{mine}"
plugins:
- origin: local
  path: plugins
  elements: [calls]
`;

/** Each call with what came back, in order; and what the tool said when it failed. */
export async function callAll(tool?: Tool): Promise<readonly (readonly [string, unknown])[]> {
  const session = openSession(files, { conf, ...(tool === undefined ? {} : { tool }) });
  try {
    chmodSync(join(session.project, "files/one/a"), 0o755);
    symlinkSync("a", join(session.project, "files/one/l"));
    const built = await session.bst("build", "calls.bst");
    const out = join(session.home, "out");
    await session.bst("artifact", "checkout", "--deps", "none", "--no-integrate", "--directory", out, "calls.bst");
    if (built.status !== 0) throw new Error(built.stderr.slice(-5000));
    return JSON.parse(readFileSync(join(out, "report.json"), "utf8")) as readonly (readonly [string, unknown])[];
  } finally {
    session.close();
  }
}
