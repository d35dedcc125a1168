/**
 * Mistakes that people make, each a tiny project and a command. What the oracle calls them (domain, reason, place, exit code) is golden data in
 * `test/golden/mistakes/answers.json`, written by `test/golden/mistakes/make.ts`.
 */
export interface Mistake {
  readonly name: string;
  /** Path to text; `project.conf` has a good default. */
  readonly files: Readonly<Record<string, string>>;
  readonly args: readonly string[];
  /** The user configuration, in place of one that only names directories. */
  readonly user?: string;
}

const show = ["show", "--format", "%{name} %{full-key}", "target.bst"];
const build = ["build", "target.bst"];
const ref = "0123456789abcdef".repeat(4);

const element = (name: string, text: string, args: readonly string[] = show): Mistake => ({
  name,
  files: { "elements/target.bst": text },
  args,
});
const conf = (name: string, text: string, args: readonly string[] = show): Mistake => ({
  name,
  files: { "project.conf": text, "elements/target.bst": "kind: stack\n" },
  args,
});
const head = "name: mistakes\nmin-version: 2.0\nelement-path: elements\n";

const user = (name: string, text: string): Mistake => ({
  name,
  files: { "elements/target.bst": "kind: stack\n" },
  args: show,
  user: text,
});
const declared = `${head}options:\n  arch:\n    type: arch\n    values: [x86_64, aarch64]\n    description: x\n  debug:\n    type: bool\n    description: d\n    default: false\n  flav:\n    type: enum\n    values: [red, green]\n    default: red\n    description: c\n  many:\n    type: flags\n    values: [aa, bb]\n    description: f\n`;

export const mistakes: readonly Mistake[] = [
  element("bad YAML: unclosed list", "kind: stack\ndepends: [a.bst\n"),
  element("a tab for indentation", "kind: manual\nvariables:\n\tfoo: bar\n"),
  element("a key twice", "kind: stack\nkind: manual\n"),
  element("an anchor", "kind: manual\nvariables: &a\n  x: y\n"),
  element("a list where an element should be", "- kind\n- stack\n"),
  element("two documents", "kind: stack\n---\nkind: stack\n"),
  element("unknown key", "kind: manual\ndependencies:\n- a.bst\n"),
  element("unknown key in config", "kind: manual\nconfig:\n  make-commands: []\n"),
  element("no kind", "description: nothing\n"),
  element("unknown kind", "kind: nosuch\n"),
  element("missing dependency", "kind: stack\ndepends:\n- missing.bst\n"),
  element("dependency without suffix", "kind: stack\ndepends:\n- missing\n"),
  element("dependency with forbidden characters", "kind: stack\ndepends:\n- 'who?.bst'\n"),
  element("depends on itself", "kind: stack\ndepends:\n- target.bst\n"),
  {
    name: "a cycle of three",
    files: {
      "elements/target.bst": "kind: stack\ndepends:\n- b.bst\n",
      "elements/b.bst": "kind: stack\ndepends:\n- c.bst\n",
      "elements/c.bst": "kind: stack\ndepends:\n- target.bst\n",
    },
    args: show,
  },
  element("undefined variable", "kind: manual\nconfig:\n  build-commands:\n  - make %{nosuch}\n"),
  element("variables in a circle", "kind: manual\nvariables:\n  a: '%{b}'\n  b: '%{a}'\n"),
  element("a protected variable", "kind: manual\nvariables:\n  element-name: mine\n"),
  element("a list for a string", "kind: manual\ndescription:\n- a\n"),
  element("a string for a list", "kind: manual\nconfig:\n  build-commands: make\n"),
  element("a word for a boolean", "kind: compose\nconfig:\n  integrate: perhaps\n"),
  element("a word for a number", "kind: manual\nsandbox:\n  build-uid: root\n"),
  element("list directives beside other keys", "kind: manual\nenvironment:\n  PATH:\n    (>): [a]\n    b: c\n"),
  element("a list directive that never meets a list", "kind: manual\npublic:\n  x:\n    y:\n      (>): [a]\n"),
  element("a missing include", "kind: manual\n(@): include/nosuch.yml\n"),
  element("an undefined option in a condition", "kind: manual\n(?):\n- nosuch == 'a':\n    description: x\n"),
  element("an assertion", "kind: manual\n(?):\n- '1 == 1':\n    (!): not on this machine\n"),
  element("sources where none may be", "kind: stack\nsources:\n- kind: local\n  path: x\n"),
  element("import without sources", "kind: import\n", build),
  element("a stack with a build-only dependency", "kind: stack\nbuild-depends:\n- other.bst\n"),
  element("a source without kind", "kind: import\nsources:\n- path: x\n"),
  element("an unknown source kind", "kind: import\nsources:\n- kind: nosuch\n"),
  element("a local source that is not there", "kind: import\nsources:\n- kind: local\n  path: files/nosuch\n"),
  element("a local source outside the project", "kind: import\nsources:\n- kind: local\n  path: ../outside\n"),
  element("an absolute local source", "kind: import\nsources:\n- kind: local\n  path: /etc\n"),
  element("an unknown alias", `kind: import\nsources:\n- kind: tar\n  url: nosuch:x.tar\n  ref: ${ref}\n`),
  element("a source without ref", "kind: import\nsources:\n- kind: tar\n  url: http://127.0.0.1:9/x.tar\n", build),
  element(
    "a tarball that is not there",
    `kind: import\nsources:\n- kind: tar\n  url: file:///nosuch/x.tar\n  ref: ${ref}\n`,
    build,
  ),
  { name: "an element that is not there", files: {}, args: ["show", "nosuch.bst"] },
  { name: "a name with a newline", files: {}, args: ["show", "two\nlines.bst"] },
  { name: "a directory for an element", files: { "elements/target.bst/x": "" }, args: show },
  {
    name: "a file that is not UTF-8",
    files: { "elements/target.bst": "kind: stack\ndescription: \u{10ffff}BINARY\n" },
    args: show,
  },
  conf("project.conf without name", "min-version: 2.0\n"),
  conf("a project name with a blank", "name: my project\nmin-version: 2.0\n"),
  conf("project.conf without min-version", "name: foo\nelement-path: elements\n"),
  conf("a min-version of the future", "name: foo\nmin-version: 2.99\nelement-path: elements\n"),
  conf("a project of BuildStream 1", "name: foo\nformat-version: 18\nelement-path: elements\n"),
  conf("an unknown key in project.conf", `${head}elements-path: x\n`),
  conf("an element-path that is not there", "name: foo\nmin-version: 2.0\nelement-path: nosuch\n"),
  conf("an unknown option type", `${head}options:\n  x:\n    type: number\n    description: x\n`),
  conf(
    "an option's default that is none of its values",
    `${head}options:\n  x:\n    type: enum\n    description: x\n    values: [a]\n    default: b\n`,
  ),
  conf("an unknown option on the command line", head, ["-o", "nosuch", "x", ...show]),
  conf(
    "a plugin package that is not installed",
    `${head}plugins:\n- origin: pip\n  package-name: no-such-package-anywhere\n  elements: [nosuch]\n`,
  ),
  conf(
    "a kind from two origins",
    `${head}plugins:\n- origin: local\n  path: plugins\n  elements: [one]\n- origin: local\n  path: plugins\n  elements: [one]\n`,
  ),
  conf("a protected variable in project.conf", `${head}variables:\n  project-name: x\n`),
  element("key typo: depend", "kind: stack\ndepend:\n- a.bst\n"),
  element("key typo: build-depend", "kind: manual\nbuild-depend:\n- a.bst\n"),
  element("key typo in config", "kind: manual\nconfig:\n  install-command:\n  - x\n"),
  element("kind typo", "kind: autotool\n"),
  element("kind typo 2", "kind: manaul\n"),
  element("source kind typo", "kind: import\nsources:\n- kind: tarr\n  url: x\n"),
  element("source key typo", `kind: import\nsources:\n- kind: tar\n  url: http://x/y.tar\n  reff: ${ref}\n`),
  element("wrong indentation", "kind: manual\nconfig:\n  install-commands:\n  - a\n - b\n"),
  element("missing colon", "kind manual\n"),
  element("missing quote", 'kind: manual\ndescription: "abc\nvariables:\n  a: b\n'),
  element("a value that begins with a percent sign", "kind: manual\nvariables:\n  a: %{b}\n"),
  element("commands not list item", "kind: manual\nconfig:\n  build-commands:\n    make\n"),
  element("depends string", "kind: stack\ndepends: a.bst\n"),
  element("depends mapping no filename", "kind: stack\ndepends:\n- type: build\n"),
  element("depends unknown key", "kind: stack\ndepends:\n- filename: a.bst\n  typ: build\n"),
  element("depends wrong type", "kind: stack\ndepends:\n- filename: a.bst\n  type: buid\n"),
  element("depends empty", "kind: stack\ndepends:\n-\n"),
  element("upper case where the file has lower case", "kind: stack\ndepends:\n- Target.bst\n"),
  {
    name: "a dependency in a directory with nearly this name",
    files: {
      "elements/target.bst": "kind: stack\ndepends:\n- lib/zlib.bst\n",
      "elements/libs/zlib.bst": "kind: stack\n",
    },
    args: show,
  },
  element("unknown junction", "kind: stack\ndepends:\n- sub.bst:a.bst\n"),
  {
    name: "junction that is none",
    files: { "elements/target.bst": "kind: stack\ndepends:\n- sub.bst:a.bst\n", "elements/sub.bst": "kind: stack\n" },
    args: show,
  },
  {
    name: "junction without ref",
    files: {
      "elements/target.bst": "kind: stack\ndepends:\n- sub.bst:a.bst\n",
      "elements/sub.bst": "kind: junction\nsources:\n- kind: tar\n  url: http://127.0.0.1:9/a.tar\n",
    },
    args: show,
  },
  {
    name: "junction no project",
    files: {
      "elements/target.bst": "kind: stack\ndepends:\n- sub.bst:a.bst\n",
      "elements/sub.bst": `kind: junction\nsources:\n- kind: local\n  path: subp\n`,
      "subp/x": "",
    },
    args: show,
  },
  {
    name: "junction element missing",
    files: {
      "elements/target.bst": "kind: stack\ndepends:\n- sub.bst:a.bst\n",
      "elements/sub.bst": `kind: junction\nsources:\n- kind: local\n  path: subp\n`,
      "subp/project.conf": "name: sub\nmin-version: 2.0\n",
    },
    args: show,
  },
  {
    name: "a target with the directory of elements",
    files: { "elements/target.bst": "kind: stack\n" },
    args: ["show", "elements/target.bst"],
  },
  { name: "a target without suffix", files: { "elements/target.bst": "kind: stack\n" }, args: ["build", "target"] },
  { name: "a typo in a target", files: { "elements/target.bst": "kind: stack\n" }, args: ["build", "targt.bst"] },
  conf("enum value", declared, ["-o", "flav", "blue", ...show]),
  conf("bool value", declared, ["-o", "debug", "maybe", ...show]),
  conf("arch value", declared, ["-o", "arch", "mips", ...show]),
  conf("flags value", declared, ["-o", "many", "aa,cc", ...show]),
  conf("option typo", declared, ["-o", "flaw", "red", ...show]),
  conf("an option without description", `${head}options:\n  x:\n    type: bool\n    default: true\n`),
  conf("option bad name", `${head}options:\n  9x:\n    type: bool\n    default: true\n    description: x\n`),
  conf("a min-version in words", "name: foo\nmin-version: two\n"),
  conf("a typo in project.conf", `${head}alias:\n  a: b\n`),
  conf("aliases as a list", `${head}aliases:\n- a\n`),
  conf("a typo in ref-storage", `${head}ref-storage: projekt.refs\n`),
  conf("local plugin missing", `${head}plugins:\n- origin: local\n  path: plugins\n  elements: [foo]\n`, show),
  {
    name: "unknown origin",
    files: {
      "project.conf": `${head}plugins:\n- origin: git\n  elements: [foo]\n`,
      "elements/target.bst": "kind: foo\n",
    },
    args: show,
  },
  element("conditions that are no list", "kind: manual\n(?):\n  a == 'b':\n    x: y\n"),
  element("a condition that is no expression", "kind: manual\n(?):\n- arch = 'x':\n    description: x\n"),
  element(
    "a url with a typo in its scheme",
    `kind: import\nsources:\n- kind: tar\n  url: htp://x/x.tar\n  ref: ${ref}\n`,
    ["source", "fetch", "target.bst"],
  ),
  element("checkout uncached", "kind: manual\n", ["artifact", "checkout", "target.bst"]),
  element("shell uncached", "kind: manual\n", ["shell", "target.bst"]),
  element("pulling without a server", "kind: manual\n", ["artifact", "pull", "target.bst"]),
  element("closing a workspace that is not open", "kind: manual\n", ["workspace", "close", "target.bst"]),
  element("a workspace of an element without sources", "kind: manual\n", ["workspace", "open", "target.bst"]),
  element("filter none", "kind: filter\n", ["build", "target.bst"]),
  element("an environment that is a list", "kind: manual\nenvironment:\n- A=b\n"),
  element("variables nested", "kind: manual\nvariables:\n  a:\n    b: c\n"),
  element("sandbox typo", "kind: manual\nsandbox:\n  build-uidd: 0\n"),
  { name: "unknown command", files: {}, args: ["buld", "x.bst"] },
  { name: "unknown option", files: {}, args: ["build", "--depz", "all", "x.bst"] },
  { name: "a project where there is one", files: {}, args: ["init", "--project-name", "x"] },
  {
    name: "a new project with a blank in its name",
    files: {},
    args: ["init", "--force", "--project-name", "my project"],
  },
  user("user configuration: yaml", "cachedir: ["),
  user("user configuration: typo", "cachdir: /tmp/x\n"),
  user("user configuration: scheduler typo", "scheduler:\n  builder: 3\n"),
  user("user configuration: number", "scheduler:\n  builders: many\n"),
  user("user configuration: on-error", "scheduler:\n  on-error: stop\n"),
  user("user configuration: quota", "cache:\n  quota: lots\n"),
  user("user configuration: server url", "artifacts:\n  servers:\n  - push: true\n"),
  user("user configuration: old v1", "artifacts:\n  url: https://x\n"),
  user("user configuration: projects", "projects:\n  mistakes:\n    optons: {}\n"),
  user("user configuration: strategy", "fetch:\n  source: mirror\n"),
];

/** The default project.conf of a mistake that brings none. */
export const goodConf = head;
