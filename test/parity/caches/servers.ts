/** Which servers are asked, and what of them works. */
import { commands, imports, junction, push, type Scenario, sourced } from "./projects.ts";

export const servers: Readonly<Record<string, Scenario>> = {
  "halves of a cache": async (trial) => {
    imports(trial);
    await trial.bst("maker", {}, "build d.bst");
    const half = (name: string, type: string, pushes: boolean) => trial.remote(name, `type: ${type}, push: ${pushes}`);
    const [i, s] = [await half("i", "index", true), await half("s", "storage", true)];
    const [i2, s2] = [await half("i2", "index", true), await half("s2", "storage", true)];
    const [ni, ns] = [await half("i", "index", false), await half("s", "storage", false)];
    const pull = async (name: string, artifacts: string) => {
      await trial.bst(name, { artifacts }, "artifact pull --deps all d.bst");
      await trial.states(name, {}, "d.bst");
    };
    await trial.bst("maker", { artifacts: i }, "artifact push d.bst");
    await trial.bst("maker", { artifacts: s }, "artifact push d.bst");
    await trial.bst("maker", { artifacts: `${ni}, ${s}` }, "artifact push d.bst");
    await trial.bst("maker", { artifacts: `${i}, ${ns}` }, "artifact push d.bst");
    await trial.bst("maker", { artifacts: `${s}, ${i}` }, "artifact push --deps all d.bst");
    await pull("user1", `${i}, ${s}`);
    await pull("user2", `${ns}, ${ni}`);
    await pull("user3", i);
    await pull("user4", s);
    await pull("user5", `${i2}, ${s}`);
    await pull("user6", `${i2}, ${i}, ${s2}, ${s}`);
    await pull("user7", `${i}, ${s2}`);
    await trial.bst("maker", { artifacts: `${i2}, ${s2}, ${i}, ${s}` }, "artifact push --deps all d.bst");
    trial.note("stored", [trial.stored("s"), trial.stored("s2")]);
    await pull("user8", `${i2}, ${s2}`);
    await trial.bst("builder", { artifacts: `${i}, ${s2}` }, "build d.bst");
  },

  "remotes of the command line": async (trial) => {
    imports(trial);
    const [one, two] = [await trial.remote("one", push), await trial.remote("two", push)];
    const url = (await trial.server("two")).url;
    await trial.bst("maker", { artifacts: one }, `build --artifact-remote ${url} d.bst`);
    trial.note("stored", [trial.stored("one"), trial.stored("two")]);
    await trial.bst("maker2", { artifacts: one }, `build --artifact-remote url=${url},push=false c.bst`);
    await trial.bst("maker3", { artifacts: one }, `build --artifact-remote url=${url},push=False,type=index c.bst`);
    await trial.bst(
      "maker3",
      { artifacts: one },
      `artifact push --artifact-remote url=${url},type=storage --artifact-remote url=${url},type=index --deps all c.bst`,
    );
    await trial.bst("user", { artifacts: one }, `artifact pull --artifact-remote ${url} --deps all d.bst`);
    await trial.bst(
      "user2",
      { artifacts: two },
      `artifact pull --artifact-remote ${(await trial.server("one")).url} --deps all d.bst`,
    );
    for (const wrong of [
      "url=x,push=maybe",
      "url=x,type=all,wrong=1",
      "type=all,push=true",
      "url=x,y",
      "push=true,url=http://x",
      "url=a=b,push=true",
      "url=,push=true",
    ])
      await trial.bst("user3", {}, `artifact pull --artifact-remote ${wrong} d.bst`);
    for (const wrong of ["url=x,push=maybe", "nonsense", "http://", "ftp://127.0.0.1:1", "http://127.0.0.1:1"])
      await trial.bst("user3", {}, `build --artifact-remote ${wrong} a.bst`);
    await trial.bst("user4", {}, `build --artifact-remote url=${url},instance-name=other a.bst`);
    await trial.bst("user4", {}, `build --source-remote url=${url} --source-remote http://127.0.0.1:1 a.bst`);
  },

  "what projects recommend": async (trial) => {
    const [top, below, user] = [
      await trial.server("top"),
      await trial.server("below"),
      await trial.remote("user", push),
    ];
    const recommend = (url: string) =>
      `artifacts:\n- url: ${url}\n  push: true\nsource-caches:\n- url: ${url}\n  push: true\n`;
    junction(trial, recommend(top.url), recommend(below.url));
    await trial.bst("maker", {}, "build top.bst");
    trial.note("stored", [trial.stored("top"), trial.stored("below")]);
    await trial.bst("user1", {}, "artifact pull --deps all top.bst");
    await trial.bst("user2", { artifacts: user }, "build top.bst");
    await trial.bst(
      "user3",
      { more: `artifacts:\n  override-project-caches: true\n  servers: [${user}]\n` },
      "build top.bst",
    );
    await trial.bst(
      "user4",
      {
        more: `projects:\n  subproject:\n    artifacts:\n      override-project-caches: true\n      servers: [${user}]\n`,
      },
      "build top.bst",
    );
    await trial.bst(
      "user5",
      { artifacts: user, more: `projects:\n  caches:\n    artifacts:\n      override-project-caches: true\n` },
      "build top.bst",
    );
    await trial.bst("user6", { artifacts: user }, "build --ignore-project-artifact-remotes top.bst");
    await trial.bst("user7", {}, "build --ignore-project-artifact-remotes top.bst");
    await trial.bst(
      "user8",
      {},
      `build --ignore-project-artifact-remotes --ignore-project-source-remotes --artifact-remote ${(await trial.server("user")).url} top.bst`,
    );
    await trial.bst("user9", {}, `build --artifact-remote ${(await trial.server("user")).url} top.bst`);
    await trial.bst("user10", {}, "artifact show --deps all top.bst");
    await trial.bst("user10", {}, "artifact show --deps all --ignore-project-artifact-remotes top.bst");
    await trial.bst("user11", {}, "source fetch --deps all top.bst");
    await trial.bst("user11", {}, "source push --deps all top.bst");
    await trial.bst("user11", {}, "source push --deps all --ignore-project-source-remotes top.bst");
    await trial.bst("user12", {}, "artifact pull --ignore-project-artifact-remotes top.bst");
    await trial.bst("maker", {}, "artifact push --ignore-project-artifact-remotes --deps all top.bst");
    await trial.bst("maker", {}, "artifact push --deps all top.bst");
    await trial.bst("user13", {}, "artifact pull sub.bst:inner.bst");
  },

  "only a project below has a cache": async (trial) => {
    const below = await trial.server("below");
    junction(trial, "", `artifacts:\n- url: ${below.url}\n  push: true\n`);
    await trial.bst("maker", {}, "build top.bst");
    await trial.bst("maker", {}, "artifact push --deps all top.bst");
    await trial.bst("maker", {}, "artifact push top.bst");
    await trial.bst("user", {}, "artifact pull --deps all top.bst");
    await trial.bst("user2", {}, "artifact pull top.bst");
    await trial.bst("user", {}, "build top.bst");
    await trial.bst("user", {}, "artifact show --deps all top.bst");
  },

  instances: async (trial) => {
    sourced(trial);
    const server = await trial.server("named", { instance: "main" });
    const named = `{ url: "${server.url}", push: true, instance-name: main }`;
    const unnamed = `{ url: "${server.url}", push: true }`;
    const other = `{ url: "${server.url}", push: true, instance-name: other }`;
    await trial.bst("maker", { artifacts: unnamed, sources: other }, "build many.bst");
    await trial.bst("maker", { artifacts: named, sources: named }, "artifact push many.bst");
    await trial.bst("maker", { artifacts: named, sources: named }, "source push many.bst");
    trial.forget("upstream");
    await trial.bst("user", { artifacts: other, sources: named }, "source fetch many.bst");
    await trial.bst("user", { artifacts: named, sources: named }, "artifact pull many.bst");
    await trial.bst("user2", { artifacts: unnamed }, "artifact pull many.bst");
  },

  "servers that are gone": async (trial) => {
    commands(trial);
    const [one, two] = [await trial.remote("one", push), await trial.remote("two", push)];
    const fast = ", connection-config: { retry-limit: 0, request-timeout: 2 } }";
    const gone = one.replace(" }", fast);
    await trial.stop("one");
    await trial.bst("maker", { artifacts: gone }, "build d.bst");
    await trial.bst("maker", { artifacts: gone }, "artifact push d.bst");
    await trial.bst("maker", { artifacts: `${gone}, ${two}`, sources: gone }, "artifact push --deps all d.bst");
    await trial.bst("user", { artifacts: gone }, "artifact pull d.bst");
    await trial.bst("user", { artifacts: `${gone}, ${two}` }, "artifact pull --deps all d.bst");
    await trial.bst("user3", { artifacts: gone }, "artifact show d.bst");
    await trial.bst("user2", { artifacts: gone }, `artifact checkout --directory ${trial.path("out")} d.bst`);
    await trial.bst("user2", { sources: gone }, "source push d.bst");
    await trial.bst("user2", { sources: gone }, "source fetch d.bst");
  },

  "credentials that are not there": async (trial) => {
    imports(trial);
    const made = (more: string) =>
      `{ url: "https://127.0.0.1:1", push: true, auth: { ${more} }, connection-config: { retry-limit: 0 } }`;
    for (const more of [
      "server-cert: missing.crt",
      "client-key: missing.key, client-cert: missing.crt",
      "access-token: missing",
    ])
      for (const words of [
        ["build", "a.bst"],
        ["artifact", "push", "a.bst"],
        ["artifact", "pull", "a.bst"],
      ])
        await trial.bst("user", { artifacts: made(more) }, `${words.join(" ")}`);
    await trial.bst(
      "user",
      { artifacts: `{ url: "${(await trial.server("cache")).url}", push: true, auth: { access-token: token } }` },
      "artifact push a.bst",
    );
    trial.write({ token: "secret" });
    await trial.bst(
      "user",
      {
        artifacts: `{ url: "${(await trial.server("cache")).url}", push: true, auth: { access-token: ${trial.path("project/token")} } }`,
      },
      "artifact push a.bst",
    );
  },
};
