/**
 * Texts of Python plugins that the native kinds were written after: the releases of BuildStream's plugin packages, and plugins of well-known projects.
 *
 * Projects copy such modules into their own directories. A copy that was not changed is served natively; a module of the same name with another text is another
 * plugin, and runs as what it is. Listed are the first 32 hexadecimal digits of the SHA-256 of the module.
 */
import * as Sha256 from "../tree/Sha256.ts";
import type { PluginType } from "./Plugins.ts";

const known: Readonly<Record<PluginType, readonly string[]>> = {
  element: [
    "9b908b9ebff5d0c003e34c55c9992e6d", // autotools
    "0647e8c15dac71d07885400936b09588", // bazel_build
    "c409b0f7e8fd4ee1a46ea56066fa3a19", // bazel_build
    "17401e404d0f7632f3e9f98b01d71f14", // bazelize
    "1384c0358d1dcfc16a770170908eb3b7", // bazelize
    "eee761f02e46966fe91018e4c1ced6cb", // cargo
    "bae76413b3f2fd4a96967d63fba342df", // cargo
    "9e771d47c35ebf99382451c4385ef8b6", // check_forbidden
    "7ae72a59e9f77bfe2229d2dc6b3b0810", // check_forbidden
    "83383389086eb8ef764a2b0b480418bb", // cmake
    "eb49c4e4711589ef5d6078e935e3fd2d", // collect_initial_scripts
    "502af4843e7f46f718d11595975a0dc4", // collect_initial_scripts
    "a6cfc303ef827cef93acff6a5eac9250", // collect_integration
    "16d869a18fe6642f201a5444e800e6ae", // collect_integration
    "ffbe461945fdd866c84bdbc858b45f60", // collect_manifest
    "e15c6367ce5a580d5f32ebb7399d6f34", // collect_manifest
    "bb7c3d585f7f60a46cd95ae94dab8674", // dpkg_build
    "16e11047dcbcead519a274e1b3f42a52", // dpkg_build
    "74054d8e36ec21d76a0d75b9c43d398e", // dpkg_deploy
    "b5ba965c7daaaaa5dd3f8dd5ec598d2b", // dpkg_deploy
    "3aeb5cdc9e96b383929ac92ed458534e", // fastboot_bootimg
    "143553e759c74a7ec3eb2b784bddfecf", // fastboot_bootimg
    "ce1c9037e9c097a78fc9c86b664f35f3", // fastboot_ext4
    "f08b5a34c240d9dba5f3201a2666eb07", // fastboot_ext4
    "b45304d43194dfccd0a752063b64bc7a", // flatpak_image
    "4f38a82f5138df7317cb09680c0828eb", // flatpak_image
    "05276df0291385fb24ffd9aff8c3f99e", // flatpak_repo
    "97d74c47e622096540593b95750935f1", // flatpak_repo
    "323c7bdd2c7f7ffa2d08b11b4b0d388e", // make
    "863649a2c605613697ad3af28b86ce64", // makemaker
    "edacb8d5d05e6e9c4466582930049ba7", // makemaker
    "7662b06909ed41aab34480e2d0aeac01", // meson
    "667619569188a0af8d98c3953611e0ef", // modulebuild
    "f283653cddd95949eb0f9d57562d7103", // oci
    "d9dedc25c6ed50714f9bfc40c575c90a", // oci
    "3bf6d9b292abe07bb02c8e60f50eee11", // ostree
    "7554fef5471b6ad6be68cd0fa46747f4", // ostree
    "d4efbe9d1e7cf1b83f8377adc6e5c136", // pip
    "a1a0bb369aa9eed1dd8d9f9a74c70487", // pyproject
    "fd6acb40ace0d4753602eff664e6cb92", // pyproject
    "343fd907e2d7844dca4e88786f81536d", // qmake
    "0874dfb3e36ccd9ebd4b5823133e72f3", // qmake
    "36c29df6ecebad280c8825602ed7c370", // setuptools
    "a7846eba7dc74569ca94c077166bfa14", // snap_image
    "24c6d5df7c53dc739bffd9f1765f079f", // snap_image
    "f2791defb2fa5586195524088432d1e8", // tar_element
    "1077238c98e7c582dec11b3fa80f53b6", // tar_element
    "6cd9a8043b4141c8845f5e8e3288596e", // x86image
    "adcda636375d8a2a94d2831c9549e003", // x86image
  ],
  source: [
    "c2b7d932a3032b99a40061ff21a4cf78", // anitya
    "bb33371f43086635b95ea40adcd3bccf", // bazel_file
    "e2d5c47931a9c6c8c202e624658bf3de", // bazel_file
    "97d27d10a29b669a45c7fbb8edea5280", // bazel_source
    "8f487440548eb5ede4ebbe26cb8bdfec", // bazel_source
    "9bdadf91957f622e726a52f4d2286d68", // bzr
    "ba96d5ad5568a2fe5096b49ad9f37e7f", // cargo
    "ee892c01318c9c07f76a127a88d7eb13", // cargo
    "fc1e4f7cb32aa55953f63ec10ba032b3", // cargo2
    "03bd7f212245ae4664da82d04dfc4c39", // cargo2
    "ed4045a0a71fdb1bac03f899325306f7", // cpan
    "ca0e1d704779da9509182a0f9aa27cdf", // cpan
    "c9f976337fb30ece3e9fcbd05c238c6b", // deb
    "d0b22291297b22dab794441324a8f7ff", // deb
    "48e8d0954c56118c7bee3a7c74df078f", // docker
    "feac4b31d69503a8f0a22acf333b067c", // docker
    "45247822e3cb53fd79c82d1aaad722fa", // docker
    "857e3f9565f41b6cabff89a756df8164", // gen_cargo_lock
    "4a55f0debb0417ccca1af3eaa2682a2a", // gen_cargo_lock
    "24b5a9f365f54694d43d46b687038acd", // git
    "50bf9979be085dd5e7ee8e07fb754c45", // git_module
    "3c11eaf86b0a083cab289b8f40c4f201", // git_module
    "7088ff29f65b4e3250cd265e6337a5cb", // git_repo
    "b8e4bce086b59e923f83b57b7be60d81", // git_repo
    "92d982e3142e6e433f9fd7ebcc9a282c", // git_tag
    "969a33fe3ed5120568cd467740cf010a", // git_tag
    "ad4e96cead38185d7c1a8c1437dd9513", // gnu
    "773e83e4ab0a08f44539dad750fe7884", // gnu
    "f3a39217fb8f523b44222dfb5a72a89f", // go_module
    "f624dcdc23fafa51069b85fa9bb81a2b", // go_module
    "e8085d23aa45532f7cb81f76477affd0", // ostree
    "b455a993687fe64752cad9e5ac571310", // ostree
    "b9a905dd0154a6b7575a685473c98b7f", // ostree_mirror
    "4effd827bd33bc74b538cd89f230ba47", // patch
    "f8bbfe483f915292b76e07ec7aee5771", // patch_queue
    "4fec4e8361618414e7c6a5e4e71eaa7a", // patch_queue
    "e3038ac403bd4959c25cfed7f7be0a4d", // pip
    "b2ec46397ea6d2e1a6c09efefb6d053f", // pypi
    "53424f444888a1ab0d19a623b4d60f1d", // pypi
    "d3adeae44724405d577e897467267a3a", // quilt
    "690c48ad800c9bc6ca4b90e6e1655e44", // quilt
    "8903ab4da69af21690f26c0c7cdb528e", // zip
    "56b069daf4a15cd07f04db714aae7782", // zip
  ],
  "source-mirror": [
    "a47c76ed5410c4b4d2362b390ff387f0", // fake_mirror
    "ffed71486a7104a6787a7f93b30919c0", // fake_mirror
    "3517b117ffd72ef7fd3f0fb7d80cdc8f", // gitlab_lfs_mirror
    "11edb86b706ce771d81fa9682362dc37", // gitlab_lfs_mirror
    "80ac336eabbdcb1d1861cbc8d844be6f", // simple_mirror
    "625950ed41e2fb4be06664c667cff880", // simple_mirror
    "8177bea1ebb58a352cfae79debea2793", // simple_mirror
  ],
};

const sets = new Map<PluginType, ReadonlySet<string>>();

/** Whether a module is one that a native kind stands for. */
export function has(type: PluginType, module: string): boolean {
  let set = sets.get(type);
  if (set === undefined) {
    set = new Set(known[type]);
    sets.set(type, set);
  }
  return set.has(Sha256.hex(new TextEncoder().encode(module)).slice(0, 32));
}
