/** Sources from caches and to them. */
import { push, type Scenario, sourced } from "./projects.ts";

export const sources: Readonly<Record<string, Scenario>> = {
  "sources in a cache": async (trial) => {
    sourced(trial);
    const cache = await trial.remote("cache", push);
    const targets = ["many.bst", "patched.bst", "none.bst"];
    await trial.bst("maker", { sources: cache }, `build ${targets.join(" ")}`);
    trial.note("stored", trial.stored("cache"));
    await trial.bst("maker", { sources: cache }, `source push ${targets.join(" ")}`);
    trial.forget("upstream");
    await trial.bst("user", { sources: cache }, `source fetch ${targets.join(" ")}`);
    await trial.bst("user", { sources: cache }, `source fetch ${targets.join(" ")}`);
    await trial.bst("user", { sources: cache }, `build ${targets.join(" ")}`);
    for (const target of ["single.bst", "many.bst", "patched.bst"]) {
      await trial.bst(
        `out-${target}`,
        { sources: cache },
        `source checkout --directory ${trial.path(`out-${target}`)} ${target}`,
      );
      trial.tree(target, trial.path(`tree-${target}`));
    }
    await trial.bst("user2", { sources: cache }, `show --deps all --format %{name}|%{state} ${targets.join(" ")}`);
    await trial.bst("user3", { sources: cache }, `workspace open --directory ${trial.path("work")} patched.bst`);
    trial.tree("work", trial.path("work"));
    await trial.bst("user4", {}, "source fetch many.bst");
    await trial.bst("user5", { sources: cache }, "source fetch unresolved.bst");
    await trial.bst("user5", { sources: cache }, "source push unresolved.bst");
  },

  "sources pushed by themselves": async (trial) => {
    sourced(trial);
    const cache = await trial.remote("cache", push);
    await trial.bst("maker", { sources: cache }, "source push many.bst");
    await trial.bst("maker", { sources: cache }, "source fetch many.bst");
    await trial.bst("maker", { sources: cache }, "source push many.bst");
    await trial.bst("maker", { sources: cache }, "source push many.bst");
    await trial.bst("maker", { sources: cache }, "source push --deps all none.bst patched.bst");
    trial.note("stored", trial.stored("cache"));
    await trial.bst("maker", { sources: await trial.remote("cache") }, "source push many.bst");
    await trial.bst("maker", {}, `source push --source-remote ${(await trial.server("cache2")).url} many.bst`);
    trial.note("stored", trial.stored("cache2"));
    trial.forget("upstream");
    await trial.bst("user", { sources: await trial.remote("cache2") }, "source fetch single.bst");
    await trial.bst("user", { sources: await trial.remote("cache2") }, "source fetch patched.bst");
    await trial.bst("user", { sources: cache }, "source fetch none.bst --deps all");
  },

  "sources that are partly in a cache": async (trial) => {
    sourced(trial);
    const cache = await trial.remote("cache", push);
    await trial.bst("maker", { sources: cache }, "source fetch many.bst");
    await trial.bst("maker", { sources: cache }, "source push many.bst");
    trial.note(
      "lost",
      trial.lose("server-cache", (bytes) => bytes.toString() === "other\n"),
    );
    await trial.bst("user", { sources: cache }, "source fetch many.bst");
    await trial.bst("user2", { sources: cache }, "build many.bst");
    await trial.bst("user2", { sources: cache }, "source push many.bst");
    trial.note("stored", trial.stored("cache"));
    trial.lose("server-cache", (bytes) => bytes.toString() === "other\n");
    trial.forget("upstream/other");
    await trial.bst("user3", { sources: cache }, "source fetch many.bst");
    trial.lose("server-cache", () => true);
    await trial.bst("user4", { sources: cache }, "source fetch single.bst");
    await trial.bst("user5", { sources: cache }, "source fetch many.bst");
  },

  "halves of a source cache": async (trial) => {
    sourced(trial);
    const half = (name: string, type: string, pushes: boolean) => trial.remote(name, `type: ${type}, push: ${pushes}`);
    const [i, s] = [await half("i", "index", true), await half("s", "storage", true)];
    const ns = await half("s", "storage", false);
    await trial.bst("maker", { sources: `${i}, ${ns}` }, "build many.bst");
    await trial.bst("maker", { sources: i }, "source push many.bst");
    await trial.bst("maker", { sources: `${s}, ${i}` }, "source push many.bst");
    trial.note("stored", trial.stored("s"));
    trial.forget("upstream");
    await trial.bst("user", { sources: i }, "source fetch many.bst");
    await trial.bst("user", { sources: `${await half("e", "storage", false)}, ${i}, ${s}` }, "source fetch many.bst");
    await trial.bst("user2", { sources: `${await half("e", "index", false)}, ${i}, ${s}` }, "source fetch many.bst");
  },

  "artifacts there and sources elsewhere": async (trial) => {
    sourced(trial);
    const [artifacts, cache] = [await trial.remote("artifacts", push), await trial.remote("sources", push)];
    await trial.bst("maker", { artifacts, sources: cache }, "build many.bst patched.bst");
    trial.note("stored", [trial.stored("artifacts"), trial.stored("sources")]);
    trial.forget("upstream");
    await trial.bst("user", { artifacts, sources: cache }, "build many.bst");
    await trial.bst("user", { artifacts, sources: cache }, "source fetch many.bst");
    await trial.bst(
      "user2",
      { artifacts: await trial.remote("empty", push), sources: cache },
      "build many.bst patched.bst",
    );
    await trial.bst("user3", { artifacts, sources: await trial.remote("empty2", push) }, "build many.bst");
    await trial.bst("user3", { artifacts, sources: await trial.remote("empty2", push) }, "source push many.bst");
  },

  workspaces: async (trial) => {
    sourced(trial);
    const cache = await trial.remote("cache", push);
    await trial.bst(
      "maker",
      { artifacts: cache, sources: cache },
      `workspace open --directory ${trial.path("work")} many.bst`,
    );
    await trial.bst("maker", { artifacts: cache, sources: cache }, "build many.bst");
    await trial.bst("maker", { artifacts: cache, sources: cache }, "artifact push many.bst");
    await trial.bst("maker", { artifacts: cache, sources: cache }, "source push many.bst");
    await trial.bst("maker", { artifacts: cache, sources: cache }, "source fetch many.bst");
    await trial.bst("maker", { artifacts: cache, sources: cache }, "artifact pull many.bst");
    trial.note("stored", trial.stored("cache"));
    await trial.bst("maker", { artifacts: cache, sources: cache }, "workspace close many.bst");
    await trial.bst("maker", { artifacts: cache, sources: cache }, "build many.bst");
  },
};
