/** `pyproject`: a Python package built as a wheel and installed from it. */
import * as BuildElement from "./BuildElement.ts";

/** The kind. */
export const kind = BuildElement.kind(
  "pyproject",
  `variables:
  python: python -P
  build-args: "--no-isolation --wheel --outdir %{dist-dir} %{build-args-local}"
  build-args-local: ""
  dist-dir: "%{build-root}/dist"
config:
  build-commands:
  - |
    %{python} -mbuild %{build-args} .
  install-commands:
  - |
    %{python} -minstaller %{dist-dir}/*.whl --destdir %{install-root}
  strip-commands:
  - |
    %{strip-binaries}
`,
);
