/** Names of machine architectures: many spellings, one canonical name each, which enters keys. */

const names: Readonly<Record<string, string>> = {
  aarch32: "aarch32",
  aarch64: "aarch64",
  "aarch64-be": "aarch64-be",
  amd64: "x86-64",
  arm: "aarch32",
  armv8l: "aarch64",
  armv8b: "aarch64-be",
  i386: "x86-32",
  i486: "x86-32",
  i586: "x86-32",
  i686: "x86-32",
  la64v100: "la64v100",
  loong64: "la64v100",
  loongarch64: "la64v100",
  "power-isa-be": "power-isa-be",
  "power-isa-le": "power-isa-le",
  powerpc: "power-isa-be",
  powerpc64: "power-isa-be",
  powerpc64le: "power-isa-le",
  ppc64: "power-isa-be",
  ppc64le: "power-isa-le",
  riscv32: "rv32g",
  riscv64: "rv64g",
  rv32g: "rv32g",
  rv64g: "rv64g",
  sparc: "sparc-v9",
  sparc64: "sparc-v9",
  "sparc-v9": "sparc-v9",
  sun4v: "sparc-v9",
  "x86-32": "x86-32",
  "x86-64": "x86-64",
};

/** The canonical name; undefined for an unknown one. Case and `_` against `-` make no difference. */
export function canonical(name: string): string | undefined {
  const key = name.replaceAll("_", "-").toLowerCase();
  return Object.hasOwn(names, key) ? names[key] : undefined;
}

/** The host's operating system as keys name it: `uname -s` in lower case, `macos` for Darwin. */
export function operatingSystem(systemName: string): string {
  const lower = systemName.toLowerCase();
  return lower === "darwin" ? "macos" : lower;
}
