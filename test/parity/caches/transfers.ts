/** Which artifacts are pulled and pushed. */
import { commands, imports, key, push, type Scenario } from "./projects.ts";

export const transfers: Readonly<Record<string, Scenario>> = {
  "pull what --deps says": async (trial) => {
    imports(trial);
    const artifacts = await trial.remote("cache", push);
    await trial.bst("maker", { artifacts }, "build d.bst");
    trial.note("stored", trial.stored("cache"));
    for (const deps of ["none", "build", "run", "all"]) {
      await trial.bst(`user-${deps}`, { artifacts }, `artifact pull --deps ${deps} d.bst`);
      await trial.states(`user-${deps}`, {}, "d.bst");
      await trial.bst(`user-${deps}`, { artifacts }, `artifact pull --deps ${deps} d.bst`);
    }
    for (const deps of ["none", "build", "run", "all"])
      await trial.bst(
        `builder-${deps}`,
        { artifacts, more: `build:\n  dependencies: ${deps === "build" ? "run" : deps}\n` },
        `build --deps ${deps} d.bst`,
      );
  },

  "push what --deps says": async (trial) => {
    imports(trial);
    await trial.bst("maker", {}, "build d.bst");
    for (const deps of ["none", "build", "run", "all"]) {
      const artifacts = await trial.remote(`cache-${deps}`, push);
      await trial.bst("maker", { artifacts }, `artifact push --deps ${deps} d.bst`);
      await trial.bst("maker", { artifacts }, `artifact push --deps ${deps} d.bst`);
      trial.note("stored", trial.stored(`cache-${deps}`));
    }
  },

  "nothing to push to or pull from": async (trial) => {
    imports(trial);
    const artifacts = await trial.remote("cache");
    await trial.bst("maker", {}, "build d.bst");
    await trial.bst("maker", {}, "artifact push d.bst");
    await trial.bst("maker", { artifacts }, "artifact push d.bst");
    await trial.bst("user", {}, "artifact pull d.bst");
    await trial.bst("user", { artifacts }, "artifact pull d.bst");
    await trial.bst("user", { artifacts: await trial.remote("cache", push) }, "artifact push d.bst");
    await trial.bst(
      "user",
      { artifacts: await trial.remote("cache", push) },
      "--on-error continue artifact push --deps all d.bst",
    );
    await trial.bst("user", {}, "source push d.bst");
    await trial.bst("user", { sources: artifacts }, "source push d.bst");
    await trial.bst("user", {}, "source push --deps all d.bst");
  },

  "artifacts only elsewhere": async (trial) => {
    commands(trial);
    const artifacts = await trial.remote("cache", push);
    await trial.bst("maker", { artifacts }, "build above.bst d.bst");
    const above = `caches/above/${await key(trial, "maker", "above.bst")}`;
    const d = `caches/d/${await key(trial, "maker", "d.bst")}`;
    for (const [index, words] of [
      ["show", "above.bst"],
      ["show", "--deps", "all", "d.bst"],
      ["show", d],
      ["log", "above.bst"],
      ["log", above],
      ["list-contents", "d.bst"],
      ["list-contents", d],
      ["list-contents", "--long", d],
      ["delete", "d.bst"],
      ["delete", d],
      ["push", d],
      ["pull", d],
      ["pull", "--deps", "all", d],
      ["pull", "--deps", "run", d],
      ["pull", `${d.slice(0, -1)}0`],
      ["pull", "caches/nothing/*"],
      ["pull", "*.bst"],
      ["pull", "caches/**"],
    ].entries())
      await trial.bst(`user${index}`, { artifacts }, `artifact ${words.join(" ")}`);
    for (const [index, words] of [
      ["d.bst"],
      [d],
      ["--deps", "build", "d.bst"],
      ["--deps", "all", "d.bst"],
      ["--deps", "none", d],
      ["--deps", "run", d],
      ["--no-integrate", "above.bst"],
    ].entries()) {
      await trial.bst(
        `out${index}`,
        { artifacts },
        `artifact checkout --directory ${trial.path(`checkout${index}`)} ${words.join(" ")}`,
      );
      trial.tree(`checkout ${words.join(" ")}`, trial.path(`checkout${index}`));
    }
    await trial.bst("maker", { artifacts }, `artifact show ${d} above.bst`);
    await trial.bst("maker", { artifacts }, "artifact push caches/*/*");
    await trial.bst("shell", { artifacts }, "shell above.bst -- cat /more");
    await trial.bst("shell2", { artifacts }, "shell base.bst -- true");
  },

  "not strict": async (trial) => {
    commands(trial);
    const artifacts = await trial.remote("cache", push);
    await trial.bst("maker", { artifacts }, "build above.bst");
    trial.write({ "files/a/a.txt": "changed\n" });
    await trial.bst("user", { artifacts }, "--no-strict artifact pull --deps all above.bst");
    await trial.bst("user", { artifacts }, "--no-strict show --format %{name}|%{state} above.bst");
    // The oracle fails an assertion of its own.
    await trial.apart("user", { artifacts }, "--no-strict artifact show above.bst");
    await trial.bst("user", { artifacts }, "--no-strict build above.bst");
    await trial.bst("user", { artifacts }, "--no-strict show --format %{name}|%{state}|%{full-key} above.bst");
    await trial.bst("user", { artifacts }, "build above.bst");
    await trial.bst("user2", { artifacts }, "--no-strict build above.bst");
    await trial.bst("user3", { artifacts }, "artifact pull --deps all above.bst");
    await trial.bst("user4", { artifacts: await trial.remote("cache2", push) }, "--no-strict build above.bst");
    await trial.bst(
      "user4",
      { artifacts: await trial.remote("cache2", push) },
      "--no-strict artifact push --deps all above.bst",
    );
    await trial.bst(
      "user5",
      { artifacts: await trial.remote("cache2", push) },
      `--no-strict artifact checkout --directory ${trial.path("out")} above.bst`,
    );
    trial.tree("out", trial.path("out"));
  },

  "two caches": async (trial) => {
    imports(trial);
    const [one, two] = [await trial.remote("one", push), await trial.remote("two", push)];
    await trial.bst("maker", { artifacts: one }, "build b.bst");
    // Artifacts of two builds differ by the second in which they began.
    await new Promise((resolve) => setTimeout(resolve, 1100));
    await trial.bst("maker2", { artifacts: two }, "build d.bst");
    await trial.bst("user", { artifacts: `${one}, ${two}` }, "build d.bst");
    await trial.bst(
      "user2",
      { artifacts: `${await trial.remote("one")}, ${await trial.remote("two")}` },
      "artifact pull --deps all d.bst",
    );
    await trial.bst("user", { artifacts: `${one}, ${two}` }, "artifact push --deps all d.bst");
    trial.note("stored", [trial.stored("one"), trial.stored("two")]);
  },
};
