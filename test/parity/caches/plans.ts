/** What a session makes of what is here and there: which artifacts and sources it brings, builds, and gives away. */
import { execFileSync } from "node:child_process";
import { commands, conf, imported, imports, junction, push, type Scenario, sourced } from "./projects.ts";

export const plans: Readonly<Record<string, Scenario>> = {
  "a build that needs little": async (trial) => {
    commands(trial);
    const artifacts = await trial.remote("cache", push);
    await trial.bst("maker", { artifacts }, "build above.bst d.bst composed.bst");
    for (const [index, targets] of [
      "above.bst",
      "d.bst",
      "composed.bst",
      "--deps all above.bst",
      "--deps run d.bst",
      "--deps none d.bst",
    ].entries()) {
      await trial.bst(`user${index}`, { artifacts }, `build ${targets}`);
      await trial.states(`user${index}`, {}, "above.bst", "d.bst", "composed.bst");
    }
    // Only what the top needs is missing there.
    trial.write({
      "files/d/d.txt": "other\n",
      "elements/more.bst": imported("files/d", "build-depends: [composed.bst]\n"),
    });
    await trial.bst("user6", { artifacts }, "build d.bst more.bst");
    await trial.states("user6", {}, "d.bst", "more.bst");
    await trial.bst("user7", { artifacts: await trial.remote("cache") }, "build d.bst");
    await trial.bst("user8", { artifacts }, "shell --build above.bst -- cat /made");
    await trial.bst("user9", { artifacts }, "shell above.bst -- cat /more");
    await trial.bst(
      "user10",
      { artifacts },
      `artifact checkout --deps build --directory ${trial.path("built")} above.bst`,
    );
    trial.tree("built", trial.path("built"));
  },

  "artifacts that are made again": async (trial) => {
    commands(trial);
    const [one, two] = [await trial.remote("one", push), await trial.remote("two", push)];
    await trial.bst("maker", { artifacts: one }, "build above.bst");
    await trial.bst("maker", { artifacts: one }, "artifact delete above.bst built.bst");
    await trial.states("maker", {}, "above.bst");
    await trial.bst("maker", {}, "build above.bst");
    await trial.bst("maker", { artifacts: one }, "artifact push --deps all above.bst");
    await trial.bst("maker", { artifacts: one }, "artifact push --deps all above.bst");
    await trial.bst("user", { artifacts: one }, "artifact pull --deps all above.bst");
    await trial.bst("user", { artifacts: two }, "artifact push --deps all above.bst");
    await trial.bst("user", { artifacts: two }, "artifact delete above.bst");
    await trial.bst("user", { artifacts: two }, "build above.bst");
    await trial.bst("user", { artifacts: one }, "artifact delete --deps build above.bst");
    await trial.bst("user", { artifacts: one }, "build above.bst");
    await trial.bst("user", { artifacts: one }, "build --deps all above.bst");
  },

  "above a workspace": async (trial) => {
    commands(trial);
    trial.hidesKeys = true;
    const artifacts = await trial.remote("cache", push);
    await trial.bst(
      "maker",
      { artifacts, sources: artifacts },
      `workspace open --directory ${trial.path("work")} built.bst`,
    );
    await trial.bst("maker", { artifacts, sources: artifacts }, "build above.bst");
    await trial.bst("maker", { artifacts, sources: artifacts }, "artifact push --deps all above.bst");
    trial.note("stored", trial.stored("cache"));
    execFileSync("sh", ["-c", `echo changed > '${trial.path("work/a.txt")}'`]);
    await trial.bst("maker", { artifacts, sources: artifacts }, "build above.bst");
    await trial.bst("maker", { artifacts, sources: artifacts }, "artifact pull --deps all above.bst");
    await trial.bst("maker", { artifacts, sources: artifacts }, "source push --deps all above.bst");
    await trial.bst("maker", { artifacts, sources: artifacts }, "workspace close built.bst");
    await trial.bst("maker", { artifacts, sources: artifacts }, "build above.bst");
    await trial.bst("user", { artifacts, sources: artifacts }, "build --deps all above.bst");
  },

  "default targets": async (trial) => {
    imports(trial);
    trial.write({ "project.conf": `${conf}defaults:\n  targets: [b.bst]\n` });
    const artifacts = await trial.remote("cache", push);
    await trial.bst("maker", { artifacts }, "build");
    await trial.bst("maker", { artifacts }, "artifact push");
    await trial.bst("user", { artifacts }, "artifact pull");
    await trial.states("user", {}, "b.bst");
    await trial.bst("user", { artifacts }, "artifact push --deps all");
    await trial.bst("user", { sources: artifacts }, "source fetch");
    await trial.bst("user", { sources: artifacts }, "source push");
    await trial.bst("user", { artifacts }, "artifact show");
    await trial.bst("user", { artifacts }, "artifact pull nothing*.bst");
    // Whether a second push had begun when the first one failed is chance.
    await trial.bst("user", { artifacts }, "--on-error continue artifact push *.bst");
  },

  "across a junction": async (trial) => {
    const [a, b] = [await trial.remote("a", push), await trial.remote("b", push)];
    junction(trial);
    const split = {
      artifacts: a,
      sources: a,
      more: `projects:\n  subproject:\n    artifacts: { servers: [${b}] }\n    source-caches: { servers: [${b}] }\n`,
    };
    await trial.bst("maker", split, "build top.bst");
    trial.note("stored", [trial.stored("a"), trial.stored("b")]);
    await trial.bst("user", split, "artifact pull --deps all top.bst");
    await trial.bst("user2", { artifacts: a }, "artifact pull --deps all top.bst");
    await trial.bst("user3", split, "artifact pull sub.bst:inner.bst");
    await trial.bst("user3", split, "artifact push sub.bst:inner.bst top.bst");
    await trial.bst("user4", split, "source fetch --deps all top.bst");
    await trial.bst("user4", split, "source push --deps all top.bst");
    await trial.bst("user5", split, "artifact show --deps all top.bst");
    await trial.bst("user5", split, `artifact checkout --directory ${trial.path("out")} top.bst`);
    trial.tree("out", trial.path("out"));
    await trial.bst("user6", split, "build sub.bst:inner.bst");
    await trial.bst("user7", { ...split, sources: "" }, "build top.bst");
    await trial.bst(
      "user8",
      { artifacts: a, more: `projects:\n  subproject:\n    artifacts: { override-project-caches: true }\n` },
      "build top.bst",
    );
  },

  "a junction whose project comes from elsewhere": async (trial) => {
    sourced(trial);
    execFileSync("sh", [
      "-c",
      `mkdir -p '${trial.path("upstream")}' && mkdir -p '${trial.path("below/in")}' && cd '${trial.path("below")}' && printf 'name: below\\nmin-version: 2.0\\n' > project.conf && printf 'kind: import\\nsources:\\n- kind: local\\n  path: in\\n' > inner.bst && echo inner > in/inner.txt && tar --sort=name --mtime=@0 --owner=0 --group=0 -cf '${trial.path("upstream/below.tar")}' .`,
    ]);
    const ref = execFileSync("sha256sum", [trial.path("upstream/below.tar")], { encoding: "utf8" }).slice(0, 64);
    trial.write({
      "elements/sub.bst": `kind: junction\nsources:\n- kind: tar\n  url: up:below.tar\n  base-dir: ''\n  ref: ${ref}\n`,
      "elements/top.bst": imported("files/a", "depends: ['sub.bst:inner.bst', single.bst]\n"),
    });
    const sources = await trial.remote("cache", push);
    await trial.bst("maker", { sources, artifacts: sources }, "source fetch top.bst");
    await trial.bst("maker", { sources, artifacts: sources }, "build top.bst");
    await trial.bst("maker", { sources, artifacts: sources }, "source push --deps all top.bst");
    await trial.bst("maker", { sources, artifacts: sources }, "source push sub.bst");
    trial.note("stored", trial.stored("cache"));
    trial.forget("upstream");
    await trial.bst("user", { sources, artifacts: sources }, "source fetch sub.bst");
    await trial.bst("user", { sources, artifacts: sources }, "build top.bst");
    await trial.bst("user2", { sources, artifacts: sources }, "build top.bst");
  },

  "sources for some": async (trial) => {
    sourced(trial);
    trial.write({
      "elements/two.bst": imported("files/a", "depends: [many.bst, patched.bst]\n"),
      "elements/same.bst": imported("files/a"),
    });
    const sources = await trial.remote("cache", push);
    await trial.bst("maker", { sources }, "source fetch --deps all two.bst");
    await trial.bst("maker", { sources }, "source push --deps all --except patched.bst two.bst");
    trial.note("stored", trial.stored("cache"));
    trial.forget("upstream");
    await trial.bst("user", { sources }, "source fetch --deps all --except patched.bst two.bst");
    await trial.bst("user2", { sources }, "--on-error continue source fetch --deps all two.bst same.bst");
    await trial.bst("user3", { sources }, "build many.bst same.bst");
    await trial.bst("user4", { sources }, `source checkout --deps all --directory ${trial.path("out")} many.bst`);
    trial.tree("out", trial.path("out"));
    await trial.bst("user5", { sources }, "source track many.bst");
    await trial.bst("user6", { sources }, "source push --deps build two.bst");
    await trial.bst("user7", { sources }, "source push --source-remote http://127.0.0.1:1 many.bst");
    await trial.bst("user8", { sources }, "source push --ignore-project-source-remotes many.bst");
  },
};
