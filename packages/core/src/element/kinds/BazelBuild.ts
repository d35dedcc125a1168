/** `bazel_build`: a Bazel target built without network. */
import * as BuildElement from "./BuildElement.ts";

/** The kind. */
export const kind = BuildElement.kind(
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
