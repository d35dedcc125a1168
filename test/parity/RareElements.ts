/** Elements of the rarer kinds of the community's plugins: images, packages and projects of other build systems, with recorders in place of their tools. */

/** What the project needs for them. */
export interface Files {
  /** Files of the project, by path; a path that ends in `*` is executable. */
  readonly files: Readonly<Record<string, string>>;
  /** Elements by name, without the ending. */
  readonly elements: Readonly<Record<string, string>>;
}

/** Kinds, and kinds once more with other settings, that are built and compared. */
export const builds = [
  "bazel_build",
  "bazelize",
  "bazelize_some",
  "cargo",
  "dpkg_build",
  "dpkg_deploy",
  "dpkg_deploy_deep",
  "fastboot_bootimg",
  "fastboot_ext4",
  "flatpak_repo",
  "snap_image",
  "x86image",
  "ostree",
] as const;

/** Programs that write down how they were called, where their elements let them write. */
const recorder = `#!/bin/sh
echo "\${0##*/} $*" >> "\${RECORD:-/buildstream/calls}"
`;

/** One that also makes the file that it is told to make: the word after `--output` or `-s`. */
const maker = `${recorder}while [ $# -gt 0 ]; do
  case "$1" in --output|-s) cp "\${RECORD:-/buildstream/calls}" "$2";; esac
  shift
done
`;

/** Cargo, which leaves notes in its root. */
const cargo = `#!/bin/sh
echo "cargo $*" >> calls
while [ $# -gt 1 ]; do
  if [ "$1" = --root ]; then mkdir -p "$2/bin"; cp calls "$2/bin/program"; touch "$2/.crates.toml" "$2/.crates2.json"; fi
  shift
done
`;

/** Image tools: what was done to the image is written into it. */
const parted = `#!/bin/sh
echo "parted $*" >> "$2"
`;

/** `ostree` and `flatpak` for a repository below the directory of their `--repo`. */
const repository = `#!/bin/sh
before=
for word in "$@"; do
  case "$word" in --repo=*) to=\${word#--repo=};; /*/barerepo|/buildstream-install) [ "$before" = --repo ] && to=$word;; esac
  before=$word
done
to=\${to:-/buildstream/repo}
mkdir -p "$to"
echo "\${0##*/} $*" >> "$to/calls"
for word in "$@"; do [ -d "$word/files" ] && ls -R "$word" >> "$to/calls"; done
true
`;

const rules = `#!/bin/sh
echo "rules $*" >> calls
if [ "$1" = binary ]; then
  for package in foo bar; do
    mkdir -p debian/$package/DEBIAN debian/$package/usr/share/$package
    echo $package > debian/$package/usr/share/$package/text
    echo same > debian/$package/usr/share/shared
    echo $package > debian/$package/usr/share/clash
    printf 'Package: %s\\nVersion: 1\\n' $package > debian/$package/DEBIAN/control
  done
  echo '#!/bin/sh' > debian/foo/DEBIAN/postinst
fi
`;

const packages = `public:
  bst:
    split-rules:
      top: [/first, /link]
      rest: [/second]
    dpkg-data:
      top:
        control: |
          Package: other
          Version: 2
      rest:
        name: renamed
        control: |
          Package: rest
    package-scripts:
      top:
        postinst: |
          #!/bin/sh
          true
`;

const input = (kind: string, more = ""): string =>
  `kind: ${kind}\nbuild-depends:\n- base.bst\n- filename: image_files.bst\n  config:\n    input: True\n${more}`;

/** Everything about them. */
export const rare: Files = {
  files: {
    ...Object.fromEntries(
      ["bazel", "dtbTool", "systemd-firstboot", "mkdosfs", "mcopy", "syslinux", "mkfs.ext4", "mkswap", "dpkg-deb"].map(
        (name) => [`files/base/bin/${name}*`, recorder],
      ),
    ),
    "files/base/bin/mkbootimg*": maker,
    "files/base/bin/make_ext4fs*": maker,
    "files/base/bin/cargo*": cargo,
    "files/base/bin/parted*": parted,
    "files/base/bin/ostree*": repository,
    "files/base/bin/flatpak*": repository,
    "files/library/usr/include/one.h": "one\n",
    "files/library/usr/include/with space.h": "left out\n",
    "files/library/usr/lib/libone.so.1": "library\n",
    "files/library/usr/lib/libtwo.a": "archive\n",
    "files/library/usr/lib/python3/site-packages/pkg/__init__.py": "\n",
    "files/library/usr/lib/python3/site-packages/pkg/data.txt": "data\n",
    "files/debian/debian/control":
      "Source: foo\n\nPackage: foo\nArchitecture: any\n\nPackage: bar\nArchitecture: any\n",
    "files/debian/debian/rules": rules,
    "files/packages/first": "1\n",
    "files/packages/second": "2\n",
    "files/image/boot/vmlinuz": "kernel\n",
    "files/image/boot/Image": "kernel\n",
    "files/image/boot/initrd.img": "ramdisk\n",
    "files/image/etc/shadow": "root:x\n",
    "files/flatpak/metadata": "[Runtime]\n",
    "files/flatpak/files/bin/run*": "#!/bin/sh\n",
  },
  elements: {
    library:
      "kind: import\nruntime-depends:\n- product.bst\npublic:\n  bazelize-data:\n    includes: [usr/include, other]\nsources:\n- kind: local\n  path: files/library\n",
    libraries: "kind: stack\ndepends:\n- library.bst\n",
    image_files: "kind: import\nsources:\n- kind: local\n  path: files/image\n",
    package_files: `kind: import\n${packages}sources:\n- kind: local\n  path: files/packages\n`,
    flatpak_files: "kind: import\nsources:\n- kind: local\n  path: files/flatpak\n",
    flatpak_more: "kind: import\nsources:\n- kind: local\n  path: files/flatpak\n",
    flatpak_stack: "kind: stack\ndepends:\n- flatpak_more.bst\n",
    bazel_build:
      "kind: bazel_build\nbuild-depends:\n- base.bst\nvariables:\n  target: //some:thing\nenvironment:\n  RECORD: '%{build-root}/calls'\nconfig:\n  install-commands:\n  - mkdir -p %{install-root} && cp calls %{install-root}/calls\nsources:\n- kind: local\n  path: files/packages\n",
    bazelize: "kind: bazelize\nbuild-depends:\n- library.bst\n- libraries.bst\n- product.bst\n",
    bazelize_some:
      "kind: bazelize\nbuild-depends:\n- library.bst\n- product.bst\nconfig:\n  exclude: [extra]\n  include-orphans: False\n  include: [devel]\n",
    cargo: "kind: cargo\nbuild-depends:\n- base.bst\nsources:\n- kind: local\n  path: files/packages\n",
    dpkg_build: "kind: dpkg_build\nbuild-depends:\n- base.bst\nsources:\n- kind: local\n  path: files/debian\n",
    dpkg_deploy:
      "kind: dpkg_deploy\nvariables:\n  buildpkg: |\n    for package in %{packages}; do /bin/dpkg-deb --build $package; done\nbuild-depends:\n- base.bst\n- filename: package_files.bst\n  config:\n    input: True\nconfig:\n  build-commands:\n  - |\n    %{buildpkg}\n  - mkdir -p %{install-root} && cp -a %{build-root} /buildstream/calls %{install-root}\n",
    dpkg_deploy_deep:
      "kind: dpkg_deploy\nbuild-depends:\n- base.bst\n- filename: dpkg_build.bst\n  config:\n    input: True\n",
    fastboot_bootimg: input("fastboot_bootimg"),
    fastboot_ext4: input("fastboot_ext4"),
    flatpak_repo:
      "kind: flatpak_repo\nbuild-depends:\n- base.bst\n- filename: flatpak_files.bst\n  config:\n    flatpak-image: True\n- filename: flatpak_stack.bst\n  config:\n    flatpak-stack: True\n    branch: beta\nconfig:\n  arch: x86_64\n  branch: stable\n  copy-refs:\n  - src: one\n    dest: two\n",
    snap_image:
      "kind: snap_image\nbuild-depends:\n- product.bst\nconfig:\n  directory: /usr\n  exclude: [extra]\n  metadata:\n    name: product\n    apps:\n      run:\n        command: usr/bin/run\n        plugs: [one, two]\n    summary: 'a: b'\n",
    // Busybox has programs of these names that make something else every time.
    x86image: input(
      "x86image",
      "variables:\n  boot-size: 64K\n  rootfs-size: 64K\n  swap-size: 64K\nconfig:\n  filesystem-image-creation-commands:\n  - |\n    for one in 1 2 3; do /bin/mkswap /buildstream/sda$one.img; truncate -s 64K /buildstream/sda$one.img; done\n",
    ),
    ostree:
      "kind: ostree\nbuild-depends:\n- base.bst\n- filename: image_files.bst\n  config:\n    sysroot: True\nvariables:\n  sysroot: '%{build-root}/sysroot'\n  install-root: /buildstream-install\nconfig:\n  ostree-branch: some/branch\n  initial-commands:\n  - mkdir -p /buildstream-install && ls -R %{build-root}/sysroot > /buildstream-install/listed\n",
  },
};
