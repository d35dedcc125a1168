/** What is kept beside the files of an artifact, and what is lost of it. */
import { commands, conf, imported, push, type Scenario } from "./projects.ts";

/** What the elements install. */
const built = "a\ngenerated\n";
const above = `${built}more\n`;

export const kept: Readonly<Record<string, Scenario>> = {
  "build trees": async (trial) => {
    commands(trial);
    for (const kept of ["always", "auto", "never"]) {
      const artifacts = await trial.remote(`cache-${kept}`, push);
      const more = `cache:\n  cache-buildtrees: ${kept}\n`;
      await trial.bst(`maker-${kept}`, { artifacts, more }, "build built.bst");
      await trial.bst(`maker-${kept}`, { artifacts, more }, "build failing.bst");
      trial.note("stored", trial.stored(`cache-${kept}`));
      const user = `user-${kept}`;
      await trial.bst(user, { artifacts }, "artifact pull --deps all built.bst");
      await trial.bst(user, { artifacts }, "shell --build --use-buildtree built.bst -- cat made");
      await trial.bst(
        user,
        { artifacts, more: "cache:\n  pull-buildtrees: true\n" },
        "shell --build --use-buildtree built.bst -- cat made",
      );
      await trial.bst(user, { artifacts }, "artifact pull failing.bst");
      await trial.bst(user, { artifacts }, "shell --build --use-buildtree failing.bst -- cat left");
      await trial.apart(user, { artifacts }, "--pull-buildtrees artifact pull --deps all built.bst");
      await trial.bst(user, { artifacts }, "--pull-buildtrees artifact pull failing.bst");
      await trial.bst(user, {}, "shell --build --use-buildtree failing.bst -- cat left");
      await trial.bst(user, {}, "shell --build --use-buildtree built.bst -- cat made");
    }
  },

  "artifacts without their build trees are not pushed": async (trial) => {
    commands(trial);
    const [one, two] = [await trial.remote("one", push), await trial.remote("two", push)];
    await trial.bst("maker", { artifacts: one, more: "cache:\n  cache-buildtrees: always\n" }, "build built.bst");
    await trial.bst("user", { artifacts: await trial.remote("one") }, "artifact pull --deps all built.bst");
    await trial.bst("user", { artifacts: two }, "artifact push --deps all built.bst");
    await trial.bst("user", { artifacts: two }, "build built.bst");
    await trial.bst("user", { artifacts: two }, "build above.bst");
    await trial.bst("user", { artifacts: two }, "artifact delete built.bst");
    await trial.apart(
      "user",
      { artifacts: `${two}, ${await trial.remote("one")}` },
      "--pull-buildtrees artifact push --deps all built.bst",
    );
    await trial.apart(
      "user2",
      { artifacts: `${two}, ${await trial.remote("one")}` },
      "--pull-buildtrees build built.bst",
    );
  },

  "failed builds": async (trial) => {
    commands(trial);
    const artifacts = await trial.remote("cache", push);
    await trial.bst("maker", { artifacts }, "build needs-failing.bst");
    trial.note("stored", trial.stored("cache"));
    await trial.bst("maker", { artifacts }, "build needs-failing.bst");
    await trial.bst("maker", { artifacts }, "build failing.bst");
    await trial.bst("user", { artifacts }, "build needs-failing.bst");
    await trial.bst("user", { artifacts }, "build failing.bst");
    await trial.bst("user2", { artifacts }, "artifact pull failing.bst");
    await trial.bst("user2", { artifacts }, "artifact show failing.bst");
    await trial.states("user2", { artifacts }, "needs-failing.bst");
    await trial.bst("user2", { artifacts }, `artifact checkout --directory ${trial.path("out")} failing.bst`);
    await trial.bst("user2", { artifacts }, "build --retry-failed failing.bst");
    await trial.bst("user3", { artifacts }, "build --retry-failed failing.bst");
    await trial.bst(
      "user4",
      { artifacts, more: "scheduler:\n  on-error: continue\n" },
      "build needs-failing.bst above.bst",
    );
    await trial.bst("user5", { artifacts, more: "build:\n  retry-failed: true\n" }, "build failing.bst");
    await trial.bst("user6", { artifacts }, "artifact show failing.bst");
    await trial.bst("user6", { artifacts }, "artifact log failing.bst");
    await trial.bst("user6", { artifacts }, "artifact push failing.bst");
  },

  "content that a server lost": async (trial) => {
    commands(trial);
    const [one, two] = [await trial.remote("one", push), await trial.remote("two", push)];
    const is = (text: string) => (bytes: Buffer) => bytes.toString() === text;
    await trial.bst("maker", { artifacts: one }, "build above.bst");
    trial.note("lost", trial.lose("server-one", is(above)));
    await trial.bst("user", { artifacts: one }, "artifact pull --deps all above.bst");
    await trial.states("user", {}, "above.bst");
    await trial.bst("user2", { artifacts: one }, "build above.bst");
    await trial.bst("user3", { artifacts: one }, "artifact pull --deps all above.bst");
    await trial.bst("maker", { artifacts: two }, "artifact push --deps all above.bst");
    trial.note("lost", trial.lose("server-one", is(built)));
    await trial.bst("user4", { artifacts: `${one}, ${two}` }, "artifact pull --deps all above.bst");
    trial.note(
      "lost",
      trial.lose("server-two", (bytes) => bytes[0] === 8 && bytes[1] === 2),
    );
    await trial.bst("user5", { artifacts: two }, "artifact pull --deps all above.bst");
    await trial.bst("maker", { artifacts: one }, "artifact push --deps all above.bst");
    await trial.bst("user6", { artifacts: one }, "artifact pull --deps all above.bst");
    trial.lose("server-one", is(built));
    await trial.bst("user7", { artifacts: one, more: "cache:\n  pull-buildtrees: true\n" }, "build above.bst");
  },

  "little room": async (trial) => {
    trial.write({
      "project.conf": conf,
      "files/large/a": "large ".repeat(300_000),
      "files/large/b": "other ".repeat(300_000),
      "files/small/a": "small\n",
      "elements/large.bst": imported("files/large"),
      "elements/small.bst": imported("files/small", "depends: [large.bst]\n"),
    });
    const artifacts = await trial.remote("wide", push);
    const little = "cache:\n  quota: 2M\n  reserved-disk-space: 0\n";
    await trial.server("narrow", { quota: "2M" });
    const narrow = await trial.remote("narrow", push);
    await trial.bst("maker", { artifacts, sources: artifacts }, "build small.bst");
    // There it is noticed while loading, since local sources are stored to make keys of them.
    await trial.apart("user", { artifacts, more: little }, "artifact pull --deps all small.bst");
    await trial.apart("user", { artifacts, more: little }, "show --deps all --format %{name}|%{state} small.bst");
    await trial.apart("user2", { artifacts, sources: artifacts, more: little }, "build small.bst");
    await trial.apart("user3", { sources: artifacts, more: little }, "source fetch --deps all small.bst");
    await trial.bst("maker", { artifacts: narrow }, "artifact push large.bst");
    await trial.bst("maker", { artifacts: narrow }, "artifact push --deps all small.bst");
    await trial.bst("maker", { sources: narrow }, "source push --deps all small.bst");
    await trial.bst("user4", { artifacts: narrow }, "artifact pull large.bst");
  },

  "content that is lost here": async (trial) => {
    commands(trial);
    const artifacts = await trial.remote("cache", push);
    const lose = (text: string) =>
      trial.note(
        "lost",
        trial.lose("user/cache", (bytes) => bytes.toString() === text),
      );
    await trial.bst("user", { artifacts }, "build above.bst");
    lose(above);
    await trial.states("user", {}, "above.bst");
    await trial.bst("user", { artifacts }, "artifact pull --deps all above.bst");
    await trial.states("user", {}, "above.bst");
    lose(built);
    await trial.bst("user", { artifacts }, "build above.bst");
    lose(above);
    // What a server has whole is not looked for here.
    await trial.apart("user", { artifacts }, "artifact push above.bst");
    trial.lose("user/cache", (bytes) => bytes.toString() === above);
    await trial.bst("user", { artifacts }, `artifact checkout --directory ${trial.path("out")} above.bst`);
    trial.tree("out", trial.path("out"));
    lose(above);
    await trial.bst("user", {}, "artifact push above.bst");
    await trial.bst("user", {}, `artifact checkout --directory ${trial.path("out2")} above.bst`);
    await trial.bst("user", {}, "build above.bst");
  },
};
