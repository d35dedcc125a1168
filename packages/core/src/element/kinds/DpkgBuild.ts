/**
 * `dpkg_build`: a Debian source package built by its own rules.
 *
 * Its commands name the binary packages by a placeholder that is replaced while building, and its public data (split rules by package, control files,
 * maintainer scripts) comes out of the build. Both are beyond what a plan says, so its plugin assembles it.
 */
import type { ElementKind } from "../ElementKind.ts";
import * as BuildElement from "./BuildElement.ts";
import * as Commands from "./Commands.ts";

/** The kind. */
export const kind: ElementKind<BuildElement.Settings> = {
  ...BuildElement.kind(
    "dpkg_build",
    `variables:
  rulesfile: "debian/rules"
  prepare-dir: "/bin/chmod +x debian/rules"
  clean: "%{rulesfile} clean"
  build: "%{rulesfile} build"
  binary: "env DH_OPTIONS='--destdir=.' %{rulesfile} binary"
  packages: <PACKAGES>
  install-packages: |
    for pkg in %{packages}; do
      cp -a debian/\${pkg}/* %{install-root}
    done
  clear-debian: |
    rm -r %{install-root}/DEBIAN
config:
  build-commands:
  - |
    %{prepare-dir}
  - |
    %{clean}
  - |
    %{build}
  - |
    %{binary}
  install-commands:
  - |
    %{install-packages}
  - |
    %{clear-debian}
  strip-commands:
  - |
    %{strip-binaries}
environment:
  MAKEFLAGS: -j%{max-jobs}
  V: 1
  DH_VERBOSE: 1
  QUILT_PATCHES: debian/patches
environment-nocache:
- MAKEFLAGS
- V
- DH_VERBOSE
`,
  ),
  assembledByPlugin: true,
  plan: Commands.cannotBuild,
};
