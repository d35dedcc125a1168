/** `modulebuild`: a Perl module with a `Build.PL`. */
import * as BuildElement from "./BuildElement.ts";

/** The kind. */
export const kind = BuildElement.kind(
  "modulebuild",
  `variables:
  configure: |
    perl Build.PL --prefix "%{install-root}%{prefix}"
  perl-build: ./Build
  perl-install: ./Build pure_install
config:
  configure-commands:
  - |
    %{configure}
  build-commands:
  - |
    %{perl-build}
  install-commands:
  - |
    %{perl-install}
  strip-commands:
  - |
    %{strip-binaries}
`,
);
