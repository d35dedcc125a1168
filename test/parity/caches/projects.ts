/** The projects of the scenarios. */
import { writeBase } from "../../support/workload.ts";
import type { Trial } from "./Trial.ts";

/** What happens in one. */
export type Scenario = (trial: Trial) => Promise<void>;

export const conf = "name: caches\nmin-version: 2.0\nelement-path: elements\n";
export const imported = (path: string, more = "") => `kind: import\n${more}sources:\n- kind: local\n  path: ${path}\n`;
export const push = "push: true";

/** Imports that depend on each other in both ways, without a sandbox. */
export function imports(trial: Trial): void {
  trial.write({
    "project.conf": conf,
    "files/a/a.txt": "a\n",
    "files/b/b.txt": "b\n",
    "files/c/c.txt": "c\n",
    "files/d/d.txt": "d\n",
    "elements/a.bst": imported("files/a"),
    "elements/b.bst": imported("files/b", "build-depends: [a.bst]\n"),
    "elements/c.bst": imported("files/c", "runtime-depends: [a.bst]\n"),
    "elements/d.bst": imported("files/d", "build-depends: [b.bst]\nruntime-depends: [c.bst]\n"),
  });
}

/** Elements whose commands run, one of which fails. */
export function commands(trial: Trial): void {
  imports(trial);
  writeBase(trial.path("project"));
  trial.write({
    "elements/base.bst": imported("files/base"),
    "elements/built.bst":
      "kind: manual\nbuild-depends: [base.bst]\nsources:\n- kind: local\n  path: files/a\nconfig:\n  build-commands: [cp a.txt made, echo generated >> made]\n  install-commands:\n  - mkdir -p %{install-root}\n  - cp made %{install-root}/made\n",
    "elements/above.bst":
      "kind: manual\nbuild-depends: [base.bst, built.bst]\nsources:\n- kind: local\n  path: files/c\nconfig:\n  install-commands:\n  - mkdir -p %{install-root}\n  - cp /made %{install-root}/more\n  - echo more >> %{install-root}/more\n",
    "elements/failing.bst":
      "kind: manual\nbuild-depends: [base.bst]\nsources:\n- kind: local\n  path: files/b\nconfig:\n  build-commands: [echo said, cp b.txt left, exit 3]\n",
    "elements/needs-failing.bst": "kind: manual\nbuild-depends: [base.bst, failing.bst]\n",
    "elements/composed.bst": "kind: compose\nbuild-depends: [built.bst]\n",
  });
}

/** Elements of several sources: archives from elsewhere, a patch on top. */
export function sourced(trial: Trial): void {
  const text = trial.archive("text", "text\n");
  const other = trial.archive("other", "other\n");
  trial.write({
    "project.conf": `${conf}aliases:\n  up: file://${trial.path("upstream")}/\n`,
    "files/a/a.txt": "a\n",
    "fix.patch": "--- a/text\n+++ b/text\n@@ -1 +1 @@\n-text\n+mended\n",
    "elements/single.bst": `kind: import\nsources:\n- kind: remote\n  url: up:text\n  ref: ${text}\n`,
    "elements/many.bst": `kind: import\nsources:\n- kind: remote\n  url: up:text\n  ref: ${text}\n- kind: remote\n  url: up:other\n  ref: ${other}\n- kind: local\n  path: files/a\n  directory: sub\n`,
    "elements/patched.bst": `kind: import\nsources:\n- kind: remote\n  url: up:text\n  ref: ${text}\n- kind: patch\n  path: fix.patch\n`,
    "elements/none.bst": "kind: stack\ndepends: [single.bst]\n",
    "elements/unresolved.bst": "kind: import\nsources:\n- kind: remote\n  url: up:text\n",
  });
}

/** A project with another one in a junction. */
export function junction(trial: Trial, mine = "", theirs = ""): void {
  trial.write({
    "project.conf": `${conf}${mine}`,
    "files/a/a.txt": "a\n",
    "elements/sub.bst": "kind: junction\nsources:\n- kind: local\n  path: sub\n",
    "elements/top.bst": imported("files/a", "depends:\n- sub.bst:inner.bst\n"),
    "sub/project.conf": `name: subproject\nmin-version: 2.0\n${theirs}`,
    "sub/inner.bst": "kind: import\nsources:\n- kind: local\n  path: inner\n",
    "sub/inner/inner.txt": "inner\n",
  });
}

export const key = async (trial: Trial, home: string, element: string): Promise<string> =>
  (await trial.bst(home, {}, `show --deps none --format %{full-key} ${element}`)).said.stdout.trim();
