/** `make`: a build with plain makefiles and nothing to configure. */
import * as BuildElement from "./BuildElement.ts";

/** The kind. */
export const kind = BuildElement.kind(
  "make",
  `variables:
  make-args: >-
    PREFIX="%{prefix}"
  make-install-args: >-
    %{make-args}
    DESTDIR="%{install-root}"
    install
  make: make %{make-args}
  make-install: make -j1 %{make-install-args}
config:
  build-commands:
  - |
    %{make}
  install-commands:
  - |
    %{make-install}
  strip-commands:
  - |
    %{strip-binaries}
environment:
  MAKEFLAGS: -j%{max-jobs}
  V: 1
environment-nocache:
- MAKEFLAGS
- V
`,
);
