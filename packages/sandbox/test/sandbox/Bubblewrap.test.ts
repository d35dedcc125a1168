import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as Bubblewrap from "../../src/sandbox/Bubblewrap.ts";

type Tree = { readonly [name: string]: Tree };

function lister(tree: Tree): Bubblewrap.Listing {
  return (path) => {
    let here: Tree | undefined = tree;
    for (const name of path.split("/")) if (name !== "") here = here?.[name];
    return Object.keys(here ?? {}).map((name) => ({ name, symlink: name.startsWith("link") }));
  };
}

function paths(tree: Tree, prefix = ""): readonly string[] {
  return Object.entries(tree).flatMap(([name, below]) => [`${prefix}/${name}`, ...paths(below, `${prefix}/${name}`)]);
}

const names = fc.constantFrom("a", "b", "c", "dev", "link");
const level = (below: fc.Arbitrary<Tree>): fc.Arbitrary<Tree> =>
  fc.dictionary(names, below, { maxKeys: 4, noNullPrototype: true });
const trees = level(level(level(level(fc.constant({})))));

const within = (path: string, directory: string) => path === directory || path.startsWith(`${directory}/`);

describe("Bubblewrap.protect", () => {
  it("covers exactly what is not writable", () => {
    fc.assert(
      fc.property(trees, fc.infiniteStream(fc.nat(9)), (tree, choices) => {
        const all = paths(tree).filter((path) => !path.includes("link") && !within(path, "/dev"));
        const chosen = all.filter(() => choices.next().value === 0);
        const { readOnly, ways, rootReadOnly } = Bubblewrap.protect(chosen, lister(tree));
        if (chosen.length === 0) {
          expect({ readOnly, rootReadOnly }).toEqual({ readOnly: [], rootReadOnly: true });
          return;
        }
        for (const path of all) {
          const open = chosen.some((directory) => within(path, directory));
          const bound = readOnly.some((directory) => within(path, directory));
          // Neither writable nor covered: then it is on the way to something writable, and has lost its permission.
          expect([open, bound, !open && !bound]).toEqual([open, !open && !ways.includes(path), ways.includes(path)]);
        }
        expect(ways[0]).toBe("/");
      }),
    );
  });

  it("counts `/` for nothing", () => {
    expect(Bubblewrap.protect(["/"], lister({ a: {} }))).toEqual({ readOnly: [], ways: [], rootReadOnly: true });
  });
});

describe("Bubblewrap.command", () => {
  const specification: Bubblewrap.Specification = {
    root: { type: "overlay", lower: ["/c/top", "/c/a:b,c"], upper: "/r/up", work: "/r/work", merged: "/r/merged" },
    argv: ["sh", "-c", "true"],
    cwd: "/build",
    environment: { PATH: "/usr/bin" },
    uid: 0,
    gid: 0,
    network: false,
    interactive: false,
    mounts: [],
    readOnly: ["/usr"],
    rootReadOnly: false,
  };
  const programs = { bwrap: "/b/bwrap", unshare: "/b/unshare", setpriv: "/b/setpriv", mount: "/b/mount", sh: "/b/sh" };
  const host = { programs, root: false, pid: 7, volatile: true };

  it("escapes paths of layers and mounts for ordinary users", () => {
    expect(Bubblewrap.overlayOptions(specification.root as never, host)).toBe(
      "lowerdir=/c/top:/c/a\\:b\\,c,upperdir=/r/up,workdir=/r/work,redirect_dir=nofollow,metacopy=off,index=off,userxattr,volatile",
    );
  });

  it("closes network, names and capabilities, and starts from an empty environment", () => {
    const args = Bubblewrap.bubblewrap(specification).join(" ");
    for (const part of [
      "--unshare-pid --die-with-parent",
      "--bind /r/merged / --ro-bind /r/merged/usr /usr",
      "--unshare-net --unshare-uts --hostname buildbox --unshare-ipc",
      "--unshare-user --uid 0 --gid 0 --cap-drop ALL",
      "--clearenv --setenv PATH /usr/bin --chdir /build -- sh -c true",
    ])
      expect(args).toContain(part);
  });

  it("gives a shell the host's network and devices", () => {
    const shell = { ...specification, network: true, interactive: true, mounts: [{ hostPath: "/h", path: "/m" }] };
    const args = Bubblewrap.bubblewrap(shell).join(" ");
    expect(args).not.toContain("--unshare-net");
    expect(args).toContain("--dev-bind /h /m --dev-bind /dev /dev");
  });

  it("takes the terminal's foreground back from a shell with job control only", () => {
    const script = (jobControl: boolean) =>
      Bubblewrap.command({ ...specification, interactive: true, jobControl }, host).find((word) =>
        word.includes("trap"),
      );
    expect(script(true)).toMatch(/set -m\n"\$@" 4<&-\nstatus=\$\?\nset \+m\necho "exit \$status"/);
    expect(script(false)).not.toContain("set -m");
  });

  it("makes a user namespace only for ordinary users", () => {
    expect(Bubblewrap.command(specification, host)).toContain("--map-root-user");
    expect(Bubblewrap.command(specification, { ...host, root: true })).not.toContain("--map-root-user");
  });
});
