/** `bazel_build`: a Bazel target built without network; Bazel's own directory stays writable. */
import type { ElementKind } from "../ElementKind.ts";
import * as BuildElement from "./BuildElement.ts";

const pattern = BuildElement.kind(
  "bazel_build",
  `variables:
  target: ""
  bazel-startup-global: ""
  bazel-startup-local: ""
  bazel: bazel --output_user_root /bazel-home %{bazel-startup-global} %{bazel-startup-local}
  bazel-build-global: ""
  bazel-build-local: ""
  strip: "sometimes"
  compilation-mode: "fastbuild"
  distdir: _bst_distdir
  repo_cache: _bst_repository_cache
  registry: "no-registry-configured"
  bazel-build: >-
    %{bazel} build %{target}
    --distdir %{distdir}
    --repository_cache %{build-root}/%{repo_cache}
    --verbose_failures
    --strip %{strip}
    --compilation_mode %{compilation-mode}
    --registry file://%{build-root}/%{registry}
    %{bazel-build-global}
    %{bazel-build-local}
config:
  configure-commands: []
  build-commands:
  - "%{bazel-build}"
  install-commands: []
  strip-commands: []
`,
);

/** The kind. */
export const kind: ElementKind<BuildElement.Settings> = {
  ...pattern,
  plan: (settings, element, graph) => {
    const plan = pattern.plan(settings, element, graph);
    return { ...plan, markedDirectories: [...plan.markedDirectories, "/bazel-home"] };
  },
};
