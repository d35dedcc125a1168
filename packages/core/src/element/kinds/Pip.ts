/** `pip`: a Python package installed by pip, with the packages that a `pip` source downloaded. */
import * as BuildElement from "./BuildElement.ts";

/** The kind. */
export const kind = BuildElement.kind(
  "pip",
  `variables:
  pip: pip
  pip-flags: |
    %{pip} install --no-deps --root=%{install-root} --prefix=%{prefix}
  pip-install-package: |
    %{pip-flags} %{conf-root}
  pip-download-dir: |
    .bst_pip_downloads
  pip-install-dependencies: |
    if [ -e %{pip-download-dir} ]; then %{pip-flags} %{pip-download-dir}/*; fi
config:
  configure-commands: []
  build-commands: []
  install-commands:
  - |
    %{pip-install-package}
  - |
    %{pip-install-dependencies}
  strip-commands:
  - |
    %{strip-binaries}
`,
);
