/** `makemaker`: a Perl module with a `Makefile.PL`. */
import * as BuildElement from "./BuildElement.ts";

/** The kind. */
export const kind = BuildElement.kind(
  "makemaker",
  `variables:
  configure: |
    perl Makefile.PL PREFIX=%{prefix} DESTDIR=%{install-root}
  make: make
  make-install: make pure_install
config:
  configure-commands:
  - |
    %{configure}
  build-commands:
  - |
    %{make}
  install-commands:
  - |
    %{make-install}
  strip-commands:
  - |
    %{strip-binaries}
`,
);
