/** `qmake`: a Qt project configured by qmake. */
import * as BuildElement from "./BuildElement.ts";

/** The kind. */
export const kind = BuildElement.kind(
  "qmake",
  `variables:
  qmake: qmake -makefile %{conf-root}
  make: make
  make-install: make -j1 INSTALL_ROOT="%{install-root}" install
config:
  configure-commands:
  - |
    %{qmake}
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
