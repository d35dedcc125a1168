/**
 * Mistakes that people make, each a tiny project and a command. What the oracle calls them (domain, reason, place, exit code) is golden data in
 * `test/golden/mistakes/answers.json`, written by `test/golden/mistakes/make.ts`.
 */
export interface Mistake {
  readonly name: string;
  /** Path to text; `project.conf` has a good default. */
  readonly files: Readonly<Record<string, string>>;
  readonly args: readonly string[];
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
];

/** The default project.conf of a mistake that brings none. */
export const goodConf = head;
