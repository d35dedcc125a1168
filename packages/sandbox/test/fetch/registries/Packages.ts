/** Packages of Python and Perl, releases that a monitor knows, and downloads of Bazel. */
import type { Case } from "./Case.ts";
import * as World from "./World.ts";

const files = {
  aliases: { files: "https://files.invalid/" },
  mirrors: (world: World.World) => ({ files: `${world.url}/` }),
};

const source = World.tarball({
  "demo-1.10/": { directory: true },
  "demo-1.10/setup.py": "# é\n",
  "demo-1.10/bin/run": { text: "#!/bin/sh\n", executable: true },
  "demo-1.10/bin/": { directory: true },
  "demo-1.10/bin/alias": { link: "run" },
  "demo-1.10/bin/deep/er/x": "",
  "outside.txt": "not in the top directory",
  "other-top/in-another": "2",
});
const zipped = World.zip({
  "demo-2.0b1/": "",
  "demo-2.0b1/pkg/": "",
  "demo-2.0b1/pkg/__init__.py": "",
  "demo-2.0b1/run": "#!",
});

/** File names of an index and what is special about them. */
const listed: readonly (readonly [string, Buffer, (boolean | string)?])[] = [
  ["demo-1.10.tar.gz", source],
  ["demo-1.9.tar.gz", World.tarball({ "x/older": "" })],
  ["demo-1.9.post1.zip", World.zip({ "x/post": "" })],
  ["demo-1.10-py3-none-any.whl", Buffer.from("wheel")],
  ["demo-2.0b1.zip", zipped],
  ["demo-2.0.dev3.tar.gz", World.tarball({ "x/dev": "" })],
  ["demo-1.11.tar.gz", World.tarball({ "x/withdrawn": "" }), "broken"],
  ["demo-not.a.version!.tar.gz", World.tarball({ "x/odd": "" })],
  ["demo-1!0.1.tar.gz", World.tarball({ "x/epoch": "" })],
  ["demo-1.10.0+local.2.tar.gz", World.tarball({ "x/local": "" })],
];

function pypi(name: string, config: Readonly<Record<string, unknown>>): Case {
  return {
    name,
    kind: "pypi",
    config: { url: "files:packages/", name: "demo", ...config },
    ...files,
    // The url of the files is as the index has it, whatever mirror they come from.
    module: (world) => ({
      REST_API: `${world.url}/simple/{name}`,
      STORAGE_ROOT: "https://files.invalid/packages/",
    }),
    prepare: (world) => {
      for (const [file, bytes] of listed) world.files.set(`/packages/ab/cd/${file}`, bytes);
      world.files.set("/simple/demo", (request, response) => {
        if (request.headers.accept !== "application/vnd.pypi.simple.v1+json") response.statusCode = 406;
        const entries = listed.map(([filename, bytes, yanked = false]) => ({
          filename,
          url: `https://files.invalid/packages/ab/cd/${filename}`,
          hashes: { sha256: World.sha256(bytes) },
          yanked,
        }));
        response.end(JSON.stringify({ meta: { "api-version": "1.0" }, name: "demo", files: entries }));
      });
    },
  };
}

const distribution = World.tarball({
  "Foo-Bar-0.3/Makefile.PL": "use strict;\n",
  "Foo-Bar-0.3/lib/Foo/Bar.pm": "1;\n",
});

const cpan: Case = {
  name: "cpan",
  kind: "cpan",
  config: { name: "Foo::Bar", index: "files:" },
  ...files,
  refKeys: ["suffix", "sha256sum"],
  prepare: (world) => {
    world.files.set("/authors/id/A/AU/AUTHOR/Foo-Bar-0.3.tar.gz", distribution);
    const lines = ["File: 02packages.details.txt", "Columns: package name", "", "Foo undef A/AU/AUTHOR/Foo-9.tar.gz"];
    lines.push("Foo::Bar   0.3  A/AU/AUTHOR/Foo-Bar-0.3.tar.gz", "Foo::Bar::Baz 1 A/AU/AUTHOR/Other-1.tar.gz", "");
    world.files.set("/modules/02packages.details.txt.gz", World.gzip(Buffer.from(lines.join("\n"))));
  },
};

const anitya: Case = {
  name: "anitya",
  kind: "anitya",
  config: {
    "project-id": 77,
    url: "files:{major}.{minor}/x-{version}.tar.gz",
    exclude: ["bin/al*", "**/x"],
  },
  ...files,
  default: (world) => ({ "api-url": `${world.url}/api/v2/` }),
  prepare: (world) => {
    world.files.set("/api/v2/versions/", (request, response) => {
      if (request.url !== "/api/v2/versions/?project_id=77") response.statusCode = 400;
      response.end(JSON.stringify({ latest_version: "3", stable_versions: ["1.10.2", "1.9"] }));
    });
    world.files.set("/1.10/x-1.10.2.tar.gz", source);
  },
};

const bazelFile: Case = {
  name: "bazel_file",
  kind: "bazel_file",
  config: { url: "files:thing/é.tgz", "canonical-ids": ["https://one.invalid/a https://two.invalid/é", "x"] },
  ...files,
  prepare: (world) => void world.files.set("/thing/é.tgz", source),
};

const bazelSource: Case = {
  name: "bazel_source",
  kind: "bazel_source",
  config: { "workspace-dir": "inner" },
  aliases: {},
  mirrors: () => ({}),
  volatile: true,
  ignored: ["inner/.bst-sources"],
  get before() {
    return {
      "inner/.bst-sources": `# made by Bazel\r
resolved = [
    {"original_rule_class": "local_repository", "original_attributes": {"name": "local", "path": "x"}},
    {
        "original_rule_class": "@bazel_tools//:http.bzl%http_archive",
        "original_attributes": {
            "name": "one",
            "urls": ["${place.url}/gone.tgz", "${place.url}/one.tgz"],
            "sha256": "${World.sha256(source)}",
            "strip": None, "deep": [True, -1, ("a" "b",), {}],
        },
    },
    {"original_attributes": {"name": 'two', "url": '${place.url}/two\\x2ezip', "sha256": "${World.sha256(zipped)}"}},
    {"original_attributes": {"name": "lies", "url": "${place.url}/two.zip", "sha256": "${World.sha256("x")}"}},
    {"repositories": []},
]
`,
    };
  },
  prepare: (world) => {
    place.url = world.url;
    world.files.set("/one.tgz", source);
    world.files.set("/two.zip", zipped);
  },
};

/** Where the world is: the port is part of what Bazel would list. */
const place = { url: "" };

/** A package that builds itself, so that pip needs nothing else to look at it. */
function python(name: string, requires: readonly string[]): Buffer {
  const metadata = `Metadata-Version: 2.1\\nName: ${name}\\nVersion: 1.2\\n${requires.map((one) => `Requires-Dist: ${one}\\n`).join("")}`;
  const backend = `import os
def prepare_metadata_for_build_wheel(directory, settings=None):
    path = os.path.join(directory, "${name}-1.2.dist-info")
    os.mkdir(path)
    open(os.path.join(path, "METADATA"), "w").write("${metadata}")
    return "${name}-1.2.dist-info"
def build_wheel(*rest):
    raise Exception("nobody asked for that")
`;
  return World.tarball({
    [`${name}-1.2/PKG-INFO`]: metadata.replaceAll("\\n", "\n"),
    [`${name}-1.2/pyproject.toml`]: '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n',
    [`${name}-1.2/backend.py`]: backend,
  });
}

const pip: Case = {
  name: "pip",
  kind: "pip",
  config: { url: "files:simple/", packages: ["zeta"], "requirements-files": ["requirements.txt"] },
  ...files,
  before: { "requirements.txt": "alpha>=1 # one\n" },
  programs: ["pip"],
  prepare: (world) => {
    for (const [name, requires] of [
      ["zeta", ["beta"]],
      ["alpha", []],
      ["beta", []],
    ] as const) {
      world.files.set(`/simple/${name}/`, (_request, response) => {
        response.setHeader("Content-Type", "text/html");
        response.end(`<a href="/get/${name}-1.2.tar.gz">${name}-1.2.tar.gz</a>`);
      });
      world.files.set(`/get/${name}-1.2.tar.gz`, python(name, requires));
    }
  },
};

export const cases: readonly Case[] = [
  pypi("pypi", {}),
  pypi("pypi-before", { prereleases: true, include: ["2.*"], exclude: ["*.dev*"] }),
  pypi("pypi-exact", { include: ["1.9*"] }),
  cpan,
  anitya,
  bazelFile,
  bazelSource,
  pip,
];
