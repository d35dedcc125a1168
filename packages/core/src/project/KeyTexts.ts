/**
 * What of a plugin's module decides about keys: its `get_unique_key` methods. A project pins a release of a plugin package, or a commit between two; the native
 * kind serves where that text is one that it was written after, and the module itself runs in Python where it is another.
 *
 * Listed per kind are the first 12 hexadecimal digits of the SHA-256 of the methods' text, made by `test/golden/keys/texts.ts` from the releases of both packages.
 * Kinds with several follow the release (`pinned`), or have keys that only newer configuration enters. Not listed is `cargo` before 2.2, whose keys hold the url
 * without its alias.
 */
import * as Sha256 from "../tree/Sha256.ts";
import type { PluginType } from "./Plugins.ts";

const known: Readonly<Record<"element" | "source", Readonly<Record<string, string>>>> = {
  element: {
    autotools: "e3b0c44298fc",
    bazel_build: "e3b0c44298fc",
    bazelize: "5dc405c5988c",
    cargo: "e3b0c44298fc",
    check_forbidden: "6004efb9617d 1c84ef0fa1fe",
    cmake: "e3b0c44298fc",
    collect_integration: "c15278fef6f0 2409fdfbf7e9",
    collect_manifest: "4442e528b3ab 43ae4b460eae",
    dpkg_build: "fa9021a46bd7",
    dpkg_deploy: "6f61279333dc",
    fastboot_bootimg: "e3b0c44298fc",
    fastboot_ext4: "e3b0c44298fc",
    flatpak_image: "646da488ecd6",
    flatpak_repo: "e3b0c44298fc",
    make: "e3b0c44298fc",
    makemaker: "e3b0c44298fc",
    meson: "e3b0c44298fc",
    modulebuild: "e3b0c44298fc",
    oci: "430b411b3937",
    ostree: "22a32dc2005f",
    pip: "e3b0c44298fc",
    pyproject: "e3b0c44298fc",
    qmake: "e3b0c44298fc",
    setuptools: "e3b0c44298fc",
    snap_image: "c18a5f3907e3",
    tar_element: "e11da9d71252",
    x86image: "e3b0c44298fc",
  },
  source: {
    anitya: "7f49e0280a2e",
    bazel_file: "3941fc451a3a",
    bazel_source: "f6875d5b8533",
    bzr: "d69498afc1b2 585b7ad5400d",
    cargo: "ed06acd3badf",
    cargo2: "10438846b6ff f11947a63d37",
    cpan: "ca00088a6d55 7f81153b5703",
    deb: "07db21794508",
    docker: "8aeb28413943 c4ecf390a630 894149bc48fa",
    gen_cargo_lock: "57f3a0699619",
    git: "edb62895fe8d 61b82bca60f4",
    git_module: "e3b0c44298fc",
    git_repo: "34a79f415820 8fc519f67668",
    git_tag: "fd14d65be824 bc86796383ae",
    gnu: "ca00088a6d55",
    go_module: "11d8ec9527f7 48aefc80ed52",
    ostree: "e769089e9097",
    patch: "2023bdce6365 ee081a1434be",
    patch_queue: "077fe83ccd80",
    pip: "e769089e9097",
    pypi: "ca00088a6d55 7f81153b5703",
    quilt: "28c6ce0ffac3",
    zip: "07db21794508",
  },
};

/** Whether a module of a plugin package gives the keys that the native kind of that name gives. */
export function areKnown(type: PluginType, kind: string, module: string): boolean {
  if (type === "source-mirror") return true;
  const texts = known[type][kind];
  return texts === undefined || texts.split(" ").includes(digest(module));
}

/** The digest of what decides about keys. */
export function digest(module: string): string {
  return Sha256.hex(new TextEncoder().encode(text(module))).slice(0, 12);
}

/** The `get_unique_key` methods of a module, without comments and without what formatting may change. */
function text(module: string): string {
  const taken: string[] = [];
  let indent = -1;
  for (const line of module.split("\n")) {
    const stripped = line.trim();
    if (stripped === "" || stripped.startsWith("#")) continue;
    const depth = line.length - line.trimStart().length;
    if (indent >= 0 && depth <= indent && !/^[)\]}]/.test(stripped)) indent = -1;
    if (stripped.startsWith("def get_unique_key")) indent = depth;
    if (indent >= 0) taken.push(stripped.replace(/^(def get_unique_key\(self\)).*/, "$1"));
  }
  return taken
    .join("")
    .replace(/["'\s]/g, "")
    .replace(/,(?=[)\]}])/g, "");
}
