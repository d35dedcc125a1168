/** `cargo`: a Rust package installed by cargo from vendored crates. */
import * as BuildElement from "./BuildElement.ts";

/** The kind. */
export const kind = BuildElement.kind(
  "cargo",
  `variables:
  cargo: cargo
  cargo-install: >-
    %{cargo}
    install
    --jobs "\${MAXJOBS}"
    %{cargo-install-flags}
  cargo-install-flags: >-
    %{cargo-install-global}
    %{cargo-install-local}
    --frozen
    --path .
    --root '%{install-root}%{prefix}'
  cargo-install-global: ''
  cargo-install-local: ''
config:
  install-commands:
  - |
    %{cargo-install}
  - rm '%{install-root}%{prefix}'/.crates*
  strip-commands:
  - |
    %{strip-binaries}
environment:
  MAXJOBS: '%{max-jobs}'
environment-nocache:
- MAXJOBS
`,
);
