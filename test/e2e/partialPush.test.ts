/** An artifact that was pulled without its build tree: it is not pushed on as if it were whole. */
import { afterAll, beforeAll, expect, it } from "vitest";
import * as Buildbox from "../support/Buildbox.ts";
import { openSession, type Session } from "../support/session.ts";

let first: Buildbox.Casd;
let second: Buildbox.Casd;
let session: Session;
let other: Session;

const element =
  "kind: manual\nbuild-depends:\n- base.bst\nconfig:\n  install-commands:\n  - mkdir -p %{install-root}; echo built > %{install-root}/built; touch left-over\n";
const servers = (...lines: readonly string[]) =>
  `cache:\n  cache-buildtrees: always\nartifacts:\n  servers:\n${lines.join("")}`;
const server = ({ url }: Buildbox.Casd, push: boolean) => `  - url: ${url}\n    push: ${push ? "True" : "False"}\n`;

beforeAll(async () => {
  first = await Buildbox.start();
  second = await Buildbox.start();
  session = openSession({ "made.bst": element }, { user: servers(server(first, true)) });
  other = openSession({ "made.bst": element }, { user: servers(server(first, false), server(second, true)) });
});
afterAll(async () => {
  session.close();
  other.close();
  await first.stop();
  await second.stop();
});

it("fails by name, is passed over by a build, and is right with the build tree", async () => {
  expect((await session.bst("build", "made.bst")).stderr).toMatch(/Push Queue: +processed 2/);
  const pulled = await other.bst("artifact", "pull", "--deps", "all", "made.bst");
  expect(pulled.stderr).toMatch(/Pull Queue: +processed 2/);
  const pushed = await other.bst("artifact", "push", "made.bst");
  expect(pushed.status).not.toBe(0);
  expect(pushed.stderr).toContain("its build tree is not in the local cache");
  const built = await other.bst("build", "made.bst");
  expect(built.status).toBe(0);
  expect(built.stderr).not.toMatch(/push:made.bst.*Pushed artifact/);
  const whole = await other.bst("--pull-buildtrees", "artifact", "push", "made.bst");
  expect(whole.status).toBe(0);
  expect(whole.stderr).toMatch(/push:made.bst.*Pushed artifact/);
});
