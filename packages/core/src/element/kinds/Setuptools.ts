/** `setuptools`: a Python package with a `setup.py`. */
import * as BuildElement from "./BuildElement.ts";

/** The kind. */
export const kind = BuildElement.kind(
  "setuptools",
  `variables:
  python: python3
  python-build: |
    %{python} %{conf-root}/setup.py build
  install-args: |
    --prefix "%{prefix}" \\
    --root "%{install-root}"
  python-install: |
    %{python} %{conf-root}/setup.py install %{install-args}
config:
  configure-commands: []
  build-commands:
  - |
    %{python-build}
  install-commands:
  - |
    %{python-install}
  strip-commands:
  - |
    %{strip-binaries}
`,
);
