/** What is timed: each case has a project, steps that prepare a fresh store for one tool, and the one command that is measured. */
import { execFileSync } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../support/tools.ts";
import { type Shape, writeWorkload } from "../support/workload.ts";
import * as PythonKinds from "./pythonKinds.ts";
import * as Upstream from "./upstream.ts";

type Step = (home: string) => readonly string[];

export interface Case {
  readonly name: string;
  /** Makes (once) and names the project directory. */
  readonly project: (place: string) => string | Promise<string>;
  readonly before: readonly Step[];
  readonly measured: Step;
  /** Ours alone, since BuildStream fails or takes minutes. */
  readonly alone?: boolean;
  /** Whether its steps open workspaces, which a project keeps a record of. */
  readonly opensWorkspaces?: boolean;
  /** Whether the time of each stage is printed as well. */
  readonly stages?: boolean;
}

function workload(name: string, count: number, shape: Shape, files = 10) {
  return (place: string): string => {
    const directory = join(place, name);
    if (!existsSync(directory)) writeWorkload({ directory, count, shape, files });
    return directory;
  };
}

/** A copy of the example: what a bench opens and leaves there is not the example's. */
function example(place: string): string {
  const directory = join(root, "examples/hello-debian");
  if (!existsSync(join(directory, "files/debian")))
    throw new Error("The example's inputs are missing: npm run demo makes them");
  const copy = join(place, "hello-debian");
  if (!existsSync(copy)) execFileSync("cp", ["-a", directory, copy]);
  return copy;
}

const trivial = workload("trivial", 100, "chain");
const thousand = workload("thousand", 1000, "chain");
const buildIt =
  (element: string): Step =>
  () => ["build", element];

/** A project with one element of 20,000 source files, which looks at one of them. */
function manySources(place: string): string {
  const directory = join(place, "many-sources");
  if (existsSync(directory)) return directory;
  writeWorkload({ directory, count: 0, shape: "flat" });
  for (let shelf = 0; shelf < 200; shelf++) {
    mkdirSync(join(directory, `files/many/d${shelf}`), { recursive: true });
    for (let file = 0; file < 100; file++)
      writeFileSync(
        join(directory, `files/many/d${shelf}/f${file}.c`),
        `int f_${shelf}_${file}(void) { return ${file}; }\n`,
      );
  }
  writeFileSync(
    join(directory, "elements/many.bst"),
    "kind: manual\nbuild-depends:\n- base.bst\nsources:\n- kind: local\n  path: files/many\n" +
      "config:\n  build-commands:\n  - cat d7/f7.c > built\n  install-commands:\n  - mkdir -p %{install-root}; cp built %{install-root}\n",
  );
  return directory;
}

/** An open workspace, built twice, so that both tools know it. */
const worked = (element: string, file: string): readonly Step[] => [
  (home) => ["workspace", "open", element, "--directory", join(home, "workspace")],
  buildIt(element),
  edited(element, file),
];

/** A build after one file of the workspace was edited. */
const edited =
  (element: string, file: string): Step =>
  (home) => {
    appendFileSync(join(home, "workspace", file), `/* ${Date.now()} */\n`);
    return ["build", element];
  };

const showAll: Step = () => ["show", "--deps", "all", "--format", "%{name} %{full-key}", "all.bst"];
const fetchAll: Step = () => ["source", "fetch", "--deps", "all", "all.bst"];
const buildDebian: Step = () => ["build", "debian.bst"];

/** A project of the caller's: its directory, then words between `bst` and `show`, in `BENCH_PROJECT`, for instance `~/gnome-build-meta -o arch x86_64`. */
const real = ((words) => (words[0] ? { project: words[0], options: words.slice(1) } : undefined))(
  (process.env["BENCH_PROJECT"] ?? "").split(" "),
);
const showReal: Step = () => [...(real?.options ?? []), "show", "--format", "%{name} %{full-key} %{state}", "**.bst"];

export const cases: readonly Case[] = [
  { name: "help", project: trivial, before: [], measured: () => ["--help"] },
  { name: "cold-100", project: trivial, before: [], measured: () => ["build", "all.bst"] },
  { name: "noop-100", project: trivial, before: [() => ["build", "all.bst"]], measured: () => ["build", "all.bst"] },
  {
    name: "show-1000",
    project: thousand,
    before: [],
    measured: showAll,
    stages: true,
  },
  { name: "show-1000-again", project: thousand, before: [showAll], measured: showAll, stages: true },
  { name: "show-python-1000", project: PythonKinds.project(1000), before: [], measured: showAll, stages: true },
  ...(real === undefined
    ? []
    : [
        { name: "show-real", project: () => real.project, before: [], measured: showReal, stages: true },
        { name: "show-real-again", project: () => real.project, before: [showReal], measured: showReal, stages: true },
      ]),
  {
    name: "show-layers-2000",
    project: workload("layers-2000", 2000, "layers"),
    before: [],
    measured: showAll,
    stages: true,
  },
  {
    name: "show-layers-10000",
    project: workload("layers-10000", 10_000, "layers"),
    before: [],
    measured: showAll,
    alone: true,
    stages: true,
  },
  {
    name: "show-chain-10000",
    project: workload("chain-10000", 10_000, "chain"),
    before: [],
    measured: showAll,
    alone: true,
    stages: true,
  },
  {
    name: "show-build-chain-100000",
    project: workload("build-chain-100000", 100_000, "build-chain"),
    before: [],
    measured: showAll,
    alone: true,
    stages: true,
  },
  {
    name: "show-layers-100000",
    project: workload("layers-100000", 100_000, "layers"),
    before: [],
    measured: showAll,
    alone: true,
    stages: true,
  },
  { name: "import-debian", project: example, before: [], measured: buildDebian },
  {
    name: "checkout",
    project: example,
    before: [buildDebian],
    measured: (home) => [
      "artifact",
      "checkout",
      "--deps",
      "none",
      "--no-integrate",
      "--directory",
      join(home, "out"),
      "debian.bst",
    ],
  },
  {
    name: "checkout-hardlinks",
    project: example,
    before: [buildDebian],
    measured: (home) => [
      "artifact",
      "checkout",
      "--deps",
      "none",
      "--no-integrate",
      "--hardlinks",
      "--directory",
      join(home, "out"),
      "debian.bst",
    ],
  },
  {
    name: "shell-true",
    project: example,
    before: [buildDebian],
    measured: () => ["shell", "debian.bst", "--", "true"],
  },
  {
    name: "shell-true-again",
    project: example,
    before: [buildDebian, () => ["shell", "debian.bst", "--", "true"]],
    measured: () => ["shell", "debian.bst", "--", "true"],
  },
  {
    name: "workspace-noop",
    project: manySources,
    before: worked("many.bst", "d7/f7.c"),
    measured: buildIt("many.bst"),
    opensWorkspaces: true,
  },
  {
    name: "workspace-edit",
    project: manySources,
    before: worked("many.bst", "d7/f7.c"),
    measured: edited("many.bst", "d7/f7.c"),
    opensWorkspaces: true,
  },
  {
    name: "hello-noop",
    project: example,
    before: worked("hello.bst", "src/hello.c"),
    measured: buildIt("hello.bst"),
    opensWorkspaces: true,
  },
  {
    name: "hello-edit",
    project: example,
    before: worked("hello.bst", "src/hello.c"),
    measured: edited("hello.bst", "src/hello.c"),
    opensWorkspaces: true,
  },
  { name: "hello", project: example, before: [buildDebian], measured: () => ["build", "greeting.bst"] },
  {
    name: "fetch-50-tarballs",
    project: (place) => Upstream.tarballs(place, 50),
    before: [],
    measured: fetchAll,
  },
  {
    name: "fetch-20-repositories",
    project: (place) => Upstream.repositories(place, 20),
    before: [],
    measured: fetchAll,
  },
  {
    name: "fetch-300-crates",
    project: (place) => Upstream.crates(place, 300),
    before: [],
    measured: fetchAll,
  },
  {
    name: "fetch-noop-1000",
    project: (place) => Upstream.shared(place, 1000),
    before: [fetchAll],
    measured: fetchAll,
  },
];
