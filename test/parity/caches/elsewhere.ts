/** Builds on an execution service, and a store behind the local one. */
import { execFileSync } from "node:child_process";
import { commands, conf, junction, push, type Scenario } from "./projects.ts";

export const elsewhere: Readonly<Record<string, Scenario>> = {
  "workspaces that are built elsewhere": async (trial) => {
    commands(trial);
    const farm = await trial.server("farm", { executes: true });
    trial.write({
      "files/w/in": "in\n",
      "files/w/other": "other\n",
      "files/w/deep/file": "file\n",
      "elements/work.bst":
        "kind: manual\nbuild-depends: [base.bst]\nsources:\n- kind: local\n  path: files/w\nconfig:\n  configure-commands:\n  - echo configured >> said\n  build-commands:\n  - if [ ! -e out ] || [ in -nt out ]; then cat in > out; echo made >> said; fi\n  - if [ ! -e out2 ] || [ other -nt out2 ]; then cat other > out2; echo made2 >> said; fi\n  - ls -l deep > listed; touch deep/made\n  install-commands:\n  - mkdir -p %{install-root}\n  - cp out out2 said %{install-root}\n",
    });
    const services = `  execution-service: { url: "${farm.url}" }\n  storage-service: { url: "${farm.url}" }\n`;
    for (const [where, more] of [
      ["here", ""],
      ["elsewhere", `remote-execution:\n${services}`],
      [
        "elsewhere with results",
        `remote-execution:\n${services}  action-cache-service: { url: "${farm.url}", push: true }\n`,
      ],
    ] as const) {
      const home = where.replaceAll(" ", "-");
      const work = trial.path(`work-${home}`);
      const bst = (words: string) => trial.bst(home, { more }, `--cache-buildtrees always ${words}`);
      const look = async (what: string) => {
        const shown = await trial.bst(home, { more }, "shell --build --use-buildtree work.bst -- cat said out out2");
        trial.note(`${where}, ${what}`, shown.stdout);
        await trial.bst(home, { more }, `artifact checkout --directory ${trial.path(`out-${home}-${what}`)} work.bst`);
        trial.tree(`${where}, ${what}`, trial.path(`out-${home}-${what}`));
        trial.note(
          "workspace",
          execFileSync("sh", ["-c", `cd '${work}' && find . -type f | sort`], { encoding: "utf8" }),
        );
      };
      await bst(`workspace open --directory ${work} work.bst`);
      await bst("build work.bst");
      await look("first");
      await bst("build work.bst");
      await look("again");
      await new Promise((resolve) => setTimeout(resolve, 1100));
      execFileSync("sh", ["-c", `echo changed > '${work}/in'`]);
      await bst("build work.bst");
      await look("changed");
      execFileSync("touch", [`${work}/other`]);
      await bst("build work.bst");
      await look("touched");
      await bst("workspace reset work.bst");
      await bst("build work.bst");
      await look("reset");
      await bst("workspace close --remove-dir work.bst");
      await bst("build work.bst");
      await trial.bst(home, { more }, `artifact checkout --directory ${trial.path(`out-${home}`)} work.bst`);
      trial.tree(where, trial.path(`out-${home}`));
    }
  },

  "built elsewhere": async (trial) => {
    commands(trial);
    junction(trial);
    trial.write({
      "project.conf": conf,
      "elements/top.bst":
        "kind: manual\nbuild-depends: [base.bst, 'sub.bst:inner.bst', 'sub.bst:made.bst']\nconfig:\n  install-commands:\n  - mkdir -p %{install-root}\n  - cp /inner.txt /made-below %{install-root}\n",
      "sub/made.bst":
        "kind: manual\nbuild-depends: [base.bst]\nconfig:\n  install-commands:\n  - mkdir -p %{install-root}\n  - echo below > %{install-root}/made-below\n",
      "sub/base.bst": "kind: import\nsources:\n- kind: local\n  path: base\n",
    });
    execFileSync("cp", ["-a", trial.path("project/files/base"), trial.path("project/sub/base")]);
    const farm = await trial.server("farm", { executes: true });
    const cache = await trial.remote("cache", push);
    const service = `{ url: "${farm.url}" }`;
    const execution = (indent: string, ...names: readonly string[]) =>
      names.map((name) => `${indent}${name}: ${service}\n`).join("");
    const all = `remote-execution:\n${execution("  ", "execution-service", "storage-service", "action-cache-service")}`;
    await trial.bst("one", { artifacts: cache, more: all }, "build top.bst above.bst");
    trial.note("stored", trial.stored("cache"));
    await trial.bst("one", { artifacts: cache, more: all }, "build top.bst above.bst");
    await trial.bst(
      "one",
      { artifacts: cache, more: all },
      `artifact checkout --directory ${trial.path("out")} top.bst`,
    );
    trial.tree("top", trial.path("out"));
    await trial.bst("one", { more: all }, "build failing.bst");
    await trial.bst("one", { more: all }, "shell --build --use-buildtree failing.bst -- cat left");
    await trial.bst("one", { more: all }, "build composed.bst");
    await trial.bst("two", { more: all }, "build top.bst above.bst");
    await trial.bst(
      "three",
      {
        more: `projects:\n  caches:\n    remote-execution:\n${execution("      ", "execution-service", "storage-service")}`,
      },
      "build top.bst",
    );
    await trial.bst(
      "four",
      {
        more: `projects:\n  subproject:\n    remote-execution:\n${execution("      ", "execution-service", "storage-service")}`,
      },
      "build top.bst",
    );
    await trial.bst(
      "five",
      { more: `cache:\n  storage-service: ${service}\nremote-execution:\n${execution("  ", "execution-service")}` },
      "build top.bst",
    );
    await trial.bst(
      "five",
      { more: `cache:\n  storage-service: ${service}\n` },
      `artifact checkout --directory ${trial.path("out5")} top.bst`,
    );
    trial.tree("top of a store elsewhere", trial.path("out5"));
    await trial.bst(
      "six",
      { artifacts: cache, more: `cache:\n  storage-service: ${service}\n` },
      "artifact pull --deps all top.bst",
    );
    await trial.states("six", { artifacts: cache, more: `cache:\n  storage-service: ${service}\n` }, "top.bst");
    await trial.bst("one", { more: all }, "shell top.bst -- cat /made-below");
  },
};
