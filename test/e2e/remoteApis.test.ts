/** Elements that ask for the remote APIs socket, alone and with an action cache behind it. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as Buildbox from "../support/Buildbox.ts";
import { openSession, type Session } from "../support/session.ts";

const element = (path: string) =>
  `kind: manual\nbuild-depends:\n- base.bst\nsandbox:\n  remote-apis-socket:\n    path: ${path}\n    action-cache-enable-update: true\nconfig:\n  build-commands:\n  - test -S ${path}\n  install-commands:\n  - mkdir -p %{install-root}; echo done > %{install-root}/done\n`;

let casd: Buildbox.Casd;
let session: Session;
let cached: Session;

beforeAll(async () => {
  casd = await Buildbox.start({ executes: true });
  const elements = { "usual.bst": element("/tmp/reapi.sock"), "unusual.bst": element("/srv/apis/socket") };
  session = openSession(elements);
  const at = `\n    url: ${casd.url}\n    push: true`;
  const user = `remote-execution:\n  storage-service:\n    url: ${casd.url}\n  action-cache-service:${at}\n`;
  cached = openSession(elements, { user });
});
afterAll(async () => {
  session.close();
  cached.close();
  await casd.stop();
});

describe("the remote APIs socket", () => {
  for (const name of ["usual.bst", "unusual.bst"])
    it(`is in the sandbox of ${name}`, async () => {
      const built = await session.bst("build", name);
      expect(built.stderr).toMatch(/Build Queue: processed \d, skipped \d, failed 0/);
      const shell = await session.bst(
        "shell",
        "--build",
        name,
        "--",
        "sh",
        "-c",
        "test -S /tmp/reapi.sock || test -S /srv/apis/socket",
      );
      expect(shell.status).toBe(0);
      const kept = await session.bst("artifact", "list-contents", name);
      expect(kept.stdout).toContain("done");
      expect(kept.stdout).not.toContain("socket");
    });

  it("is there with an action cache too, and builds run on this machine", async () => {
    const built = await cached.bst("build", "usual.bst");
    expect(built.status).toBe(0);
    expect(built.stderr).not.toContain("Waiting for the remote build to complete");
    const keys = async (one: Session) =>
      (await one.bst("show", "--format", "%{full-key} %{artifact-cas-digest}", "usual.bst")).stdout;
    expect(await keys(cached)).toBe(await keys(session));
  });
});
