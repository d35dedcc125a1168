/**
 * Shared caches both ways, through buildbox-casd, through it with the index apart, and through BuildGrid as the storage with casd as its index: what one tool pushed the
 * other pulls, and checks out the same; artifacts, sources, failed builds, build trees, partial pulls. A proxy writes down what both push: for each artifact the same
 * blobs and the same names.
 *
 * Options: `--only casd|apart|buildgrid`, one of the three.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as Wire from "@millrace/core/tree/Wire";
import * as Fields from "@millrace/sandbox/remote/Fields";
import * as Buildbox from "../support/Buildbox.ts";
import * as BuildGrid from "../support/BuildGrid.ts";
import * as GrpcProxy from "../support/GrpcProxy.ts";
import { findOracle, type Outcome, ours, run, type Tool, writeConfiguration } from "../support/tools.ts";
import { writeBase } from "../support/workload.ts";
import { describeTree } from "./example.ts";

function writeProject(project: string): void {
  writeBase(project);
  mkdirSync(join(project, "files/data/empty"), { recursive: true });
  writeFileSync(join(project, "files/data/text"), "some text\n");
  writeFileSync(join(project, "files/data/large"), Buffer.alloc(6_000_000, "large"));
  writeFileSync(join(project, "fix.patch"), "--- a/text\n+++ b/text\n@@ -1 +1 @@\n-some text\n+other text\n");
  const write = (path: string, text: string) => writeFileSync(join(project, path), text);
  write(
    "project.conf",
    "name: caches\nmin-version: 2.0\nplugins:\n- origin: pip\n  package-name: buildstream-plugins\n  sources:\n  - patch\n",
  );
  write("base.bst", "kind: import\nsources:\n- kind: local\n  path: files/base\n");
  write("data.bst", "kind: import\nsources:\n- kind: local\n  path: files/data\n");
  write(
    "sub-made.bst",
    "kind: manual\nbuild-depends:\n- base.bst\nsources:\n- kind: local\n  path: files/data\nconfig:\n  install-commands:\n  - mkdir -p %{install-root}/m; cat text > %{install-root}/m/t; ln -s t %{install-root}/m/link\n",
  );
  write(
    "failing.bst",
    "kind: manual\nbuild-depends:\n- base.bst\nconfig:\n  build-commands:\n  - echo said; touch left; exit 3\n",
  );
  writeKinds(project);
  write("all.bst", `kind: stack\ndepends:\n- base.bst\n- data.bst\n- sub-made.bst\n- ${kinds.join("\n- ")}\n`);
}

/** Elements whose artifacts hold something of their own: several sources, public data, split rules, parts of others, another project. */
const kinds = ["several.bst", "patched.bst", "public.bst", "filtered.bst", "composed.bst", "sub.bst:under.bst"];

/** Artifacts of `all.bst` with all its dependencies. */
const count = 4 + kinds.length;

function writeKinds(project: string): void {
  const write = (path: string, text: string) => writeFileSync(join(project, path), text);
  mkdirSync(join(project, "sub/files/deep/er"), { recursive: true });
  write("sub/files/deep/er/text", "below\n");
  write("sub/project.conf", "name: below\nmin-version: 2.0\n");
  write("sub/under.bst", "kind: import\nsources:\n- kind: local\n  path: files\n");
  write("sub.bst", "kind: junction\nsources:\n- kind: local\n  path: sub\n");
  const sources =
    "sources:\n- kind: local\n  path: files/data\n- kind: local\n  path: sub/files\n  directory: within/deeper\n";
  write("several.bst", `kind: import\n${sources}`);
  write("patched.bst", "kind: import\nsources:\n- kind: local\n  path: files/data\n- kind: patch\n  path: fix.patch\n");
  write(
    "public.bst",
    "kind: manual\nbuild-depends:\n- base.bst\nconfig:\n  install-commands:\n  - mkdir -p %{install-root}/usr/share %{install-root}/usr/include; echo a > %{install-root}/usr/share/a; echo h > %{install-root}/usr/include/h\n" +
      "public:\n  bst:\n    split-rules:\n      own:\n      - /usr/share/**\n    integration-commands:\n    - echo done\n    overlap-whitelist:\n    - /usr/share/a\n  other:\n    list: [1, {a: b}]\n",
  );
  write("filtered.bst", "kind: filter\nbuild-depends:\n- public.bst\nconfig:\n  include:\n  - own\n");
  write(
    "composed.bst",
    "kind: compose\nbuild-depends:\n- base.bst\n- public.bst\nconfig:\n  integrate: true\n  include:\n  - own\n",
  );
}

/** What was offered to a server: names with what they stand for, and hashes of blobs that are there for good. */
interface Offered {
  /** Names of artifacts and sources, sorted. */
  readonly names: readonly string[];
  /** How many blobs and which directories each push of a name refers to, and which fields it has. */
  readonly references: readonly string[];
}

/** Texts and digests of one field of a message. */
function fieldsOf(message: Uint8Array, field: number): readonly Uint8Array[] {
  const found: Uint8Array[] = [];
  Fields.open(message, "a request", (reading, tag) => {
    if (tag !== field * 8 + 2) return false;
    found.push(Wire.readBytes(reading, message.length));
    return true;
  });
  return found;
}

/** Which fields a message has: whether there are qualifiers or a time of expiry, for instance. */
function numbers(message: Uint8Array): string {
  const found = new Set<number>();
  Fields.open(message, "a request", (_, tag) => {
    found.add(Math.floor(tag / 8));
    return false;
  });
  return [...found].sort((a, b) => a - b).join(" ");
}

function offered(calls: readonly GrpcProxy.Call[]): Offered {
  const pushes = calls.filter(({ method, status }) => /asset.*Push\/Push/.test(method) && status === 0);
  const described = pushes.map(({ method, requests }) => {
    const message = requests[0] as Buffer;
    const uris = fieldsOf(message, 2).map((bytes) => Buffer.from(bytes).toString());
    const kind = method.slice(method.lastIndexOf("/") + 1);
    const trees = fieldsOf(message, 7).map((digest) => Buffer.from(fieldsOf(digest, 1)[0] ?? []).toString());
    return {
      uris,
      text: `${kind} ${uris.join(" ")}: ${fieldsOf(message, 6).length} blobs, trees ${trees.join(" ")}, fields ${numbers(message)}`,
    };
  });
  // Two elements with the same sources may push them at the same moment.
  return {
    names: [...new Set(described.flatMap(({ uris }) => uris))].sort(),
    references: [...new Set(described.map(({ text }) => text))].sort(),
  };
}

/** Hashes of the files and directories of artifacts, which do not depend on who built them. */
function contents(calls: readonly GrpcProxy.Call[]): readonly string[] {
  const uploaded = calls.flatMap(({ method, requests }) => {
    if (method.endsWith("/BatchUpdateBlobs"))
      return requests.flatMap((message) =>
        fieldsOf(message, 2).flatMap((blob) =>
          fieldsOf(blob, 1).map((digest) => Buffer.from(fieldsOf(digest, 1)[0] ?? []).toString()),
        ),
      );
    if (!method.endsWith("ByteStream/Write")) return [];
    const name = Buffer.from(fieldsOf(requests[0] as Buffer, 1)[0] ?? []).toString();
    return [name.split("/").at(-2) ?? ""];
  });
  return [...new Set(uploaded)].sort();
}

/** What a blob is that only one of two builds made. */
function kindOf(objects: string, hash: string): string {
  const bytes = readFileSync(join(objects, hash.slice(0, 2), hash.slice(2)));
  const text = bytes.toString("latin1");
  if (/^(BuildStream|Millrace|\[)/.test(text) || text.includes("] START ")) return "log";
  // The version of a record comes first, then that the build went well or not.
  if (bytes[0] === 0x08 && bytes[1] === 2) return "record";
  return JSON.stringify(text.slice(0, 300));
}

/** Servers that together are a cache. */
interface Arrangement {
  readonly name: string;
  readonly instance: string;
  /** Starts them; where the index is another server than the storage, it comes second. */
  readonly start: () => Promise<readonly { readonly port: number; readonly stop: () => Promise<void> }[]>;
}

const arrangements: readonly Arrangement[] = [
  { name: "casd", instance: "", start: async () => [await Buildbox.start()] },
  {
    name: "apart",
    instance: "main",
    start: async () => [await Buildbox.start({ instance: "main" }), await Buildbox.start({ instance: "main" })],
  },
  { name: "buildgrid", instance: "", start: async () => [await BuildGrid.start(), await Buildbox.start()] },
];

/** Runs the comparison; returns whether all agreed. */
export async function compareCaches(args: readonly string[] = []): Promise<boolean> {
  const chosen = args.includes("--only") ? args[args.indexOf("--only") + 1] : undefined;
  const oracle = findOracle();
  const place = mkdtempSync(join(tmpdir(), "millrace-caches-"));
  const project = join(place, "project");
  writeProject(project);
  let agreed = true;
  const check = (what: string, good: boolean, detail = "") => {
    agreed &&= good;
    console.log(`${good ? "same" : "DIFFERENT"}: ${what}${good ? "" : `\n${detail.slice(-3000)}`}`);
  };
  const bst = (tool: Tool, configuration: string, ...words: readonly string[]): Promise<Outcome> =>
    run(tool, ["--no-colors", "--no-interactive", "-c", configuration, ...words], project);
  const servers = (list: readonly string[]) => `[${list.join(", ")}]\n`;
  const settings = (artifacts: readonly string[], sources: readonly string[], more = "") =>
    `cache:\n  cache-buildtrees: always\n${more}artifacts:\n  servers: ${servers(artifacts)}source-caches:\n  servers: ${servers(sources)}`;
  try {
    for (const { name, instance, start } of arrangements) {
      if (chosen !== undefined && chosen !== name) continue;
      const wire = new Map<Tool["name"], { readonly offered: Offered; readonly contents: readonly string[] }>();
      for (const [pusher, puller] of [
        [ours, oracle],
        [oracle, ours],
      ] as const) {
        const label = `${pusher.name} to ${puller.name}, ${name}`;
        const started = await start();
        const proxies = await Promise.all(started.map(({ port }) => GrpcProxy.start({ port, records: true })));
        const types = started.length === 1 ? ["all"] : ["storage", "index"];
        const remotes = proxies.map(
          ({ url }, at) => `{ url: "${url}", push: true, instance-name: "${instance}", type: ${types[at]} }`,
        );
        const home = (use: string) => join(place, `${pusher.name}-${name}-${use}`);
        const pushing = writeConfiguration(home("push"), settings(remotes, remotes));
        const built = await bst(pusher, pushing, "build", "all.bst");
        check(`built and pushed: ${label}`, built.status === 0, built.stderr);
        const failed = await bst(pusher, pushing, "build", "failing.bst");
        check(`a failing build fails: ${label}`, failed.status !== 0);
        const again = await bst(pusher, pushing, "artifact", "push", "--deps", "all", "all.bst");
        check(
          `pushing again has nothing to do: ${label}`,
          again.status === 0 && /Push Queue: processed 0/.test(again.stderr),
          again.stderr,
        );
        const calls = proxies.flatMap((proxy) => proxy.calls);
        wire.set(pusher.name, { offered: offered(calls), contents: contents(calls) });

        const pulling = writeConfiguration(home("pull"), settings(remotes, remotes));
        const pulled = await bst(puller, pulling, "artifact", "pull", "--deps", "all", "all.bst");
        check(
          `pulled: ${label}`,
          pulled.status === 0 && new RegExp(`Pull Queue: processed ${count}`).test(pulled.stderr),
          pulled.stderr,
        );
        const trees: string[] = [];
        for (const [tool, configuration] of [
          [pusher, pushing],
          [puller, pulling],
        ] as const) {
          const directory = home(`checkout-${tool.name}`);
          const done = await bst(tool, configuration, "artifact", "checkout", "--directory", directory, "all.bst");
          check(`checked out by ${tool.name}: ${label}`, done.status === 0, done.stderr);
          trees.push(describeTree(directory).join("\n"));
        }
        check(`identical checkouts: ${label}`, trees[0] === trees[1], trees.join("\n---\n"));

        const show = [
          "show",
          "--deps",
          "all",
          "--format",
          "%{name} %{full-key} %{state} %{artifact-cas-digest}",
          "all.bst",
        ];
        const shown = [(await bst(pusher, pushing, ...show)).stdout, (await bst(puller, pulling, ...show)).stdout];
        check(`identical digests: ${label}`, shown[0] === shown[1], shown.join("\n---\n"));

        const afterwards = await bst(puller, pulling, "build", "failing.bst");
        check(
          `a failed build comes as a failure: ${label}`,
          afterwards.status !== 0 &&
            /Pull Queue: +processed 1/.test(afterwards.stderr) &&
            !/build:failing\.bst *\] START +Running commands/.test(afterwards.stderr),
          afterwards.stderr,
        );

        const withTrees = writeConfiguration(home("trees"), settings(remotes, [], "  pull-buildtrees: true\n"));
        const tree = await bst(
          puller,
          withTrees,
          "shell",
          "--build",
          "--use-buildtree",
          "sub-made.bst",
          "--",
          "cat",
          "text",
        );
        check(
          `a build tree is pulled for a shell: ${label}`,
          tree.status === 0 && tree.stdout.includes("some text"),
          tree.stderr,
        );

        const fetching = writeConfiguration(home("sources"), settings([], remotes));
        const fetched = await bst(puller, fetching, "source", "fetch", "sub-made.bst");
        check(
          `sources are pulled: ${label}`,
          fetched.status === 0 && /Pulled source/.test(fetched.stderr),
          fetched.stderr,
        );
        for (const proxy of proxies) await proxy.close();
        for (const server of started) await server.stop();
      }
      const [mine, theirs] = [wire.get("ours"), wire.get("oracle")];
      const list = (values: readonly string[] = []) => values.join("\n");
      check(
        `the same names are pushed, ${name}`,
        list(mine?.offered.names) === list(theirs?.offered.names),
        `${list(mine?.offered.names)}\n---\n${list(theirs?.offered.names)}`,
      );
      check(
        `with references to as many blobs and the same directories, and the same fields, ${name}`,
        list(mine?.offered.references) === list(theirs?.offered.references),
        `${list(mine?.offered.references)}\n---\n${list(theirs?.offered.references)}`,
      );
      const [own, other] = [new Set(mine?.contents), new Set(theirs?.contents)];
      const only = [...own].filter((hash) => !other.has(hash));
      // Logs hold times and paths, and records name logs: they differ between any two builds.
      const kinds = only.map((hash) => kindOf(join(place, `ours-${name}-push/cache/cas/objects`), hash));
      check(
        `but for logs and records the same blobs are pushed, ${name}`,
        own.size === other.size && kinds.every((kind) => kind === "log" || kind === "record"),
        kinds.join("\n"),
      );
    }
    return agreed;
  } finally {
    rmSync(place, { recursive: true, force: true, maxRetries: 5 });
  }
}
