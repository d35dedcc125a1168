/**
 * Synthetic projects that both tools load: a busybox base as an `import` element and N `manual` elements that each write a few small files.
 * Used by the benches and by end-to-end tests.
 */
import { copyFileSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export type Shape = "chain" | "layers" | "flat" | "build-chain";

export interface Workload {
  readonly directory: string;
  readonly count: number;
  readonly shape: Shape;
  /** How many earlier elements one depends on (chain, layers); in a `build-chain` each is built with the one before it alone. */
  readonly width?: number;
  /** Files an element installs. */
  readonly files?: number;
  readonly busybox?: string;
}

const applets =
  "sh mkdir echo cat ls cp find sed head seq rm ln touch chmod true sleep stat mv sort wc id env dd mknod".split(" ");

/** A root with nothing but a static busybox under `files/base`. */
export function writeBase(directory: string, busybox = "/bin/busybox"): void {
  const bin = join(directory, "files/base/bin");
  mkdirSync(bin, { recursive: true });
  copyFileSync(busybox, join(bin, "busybox"));
  for (const applet of applets) symlinkSync("busybox", join(bin, applet));
  for (const name of ["tmp", "dev", "proc"]) mkdirSync(join(directory, "files/base", name));
}

function dependencies(index: number, { count, shape, width = 3 }: Workload): number[] {
  if (shape === "flat") return [];
  if (shape === "build-chain") return index === 0 ? [] : [index - 1];
  if (shape === "chain") {
    const first = Math.max(0, index - width);
    return Array.from({ length: index - first }, (_, k) => first + k);
  }
  const layer = Math.max(1, Math.floor(count / 50));
  if (index < layer) return [];
  const below = (Math.floor(index / layer) - 1) * layer;
  return [...new Set(Array.from({ length: width }, (_, k) => below + ((index * 7 + 13 * k) % layer)))].sort(
    (a, b) => a - b,
  );
}

/** Writes the project; `all.bst` is a stack of every element. */
export function writeWorkload(workload: Workload): void {
  const { directory, count, files = 10, busybox } = workload;
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(join(directory, "elements"), { recursive: true });
  writeBase(directory, busybox);
  const write = (name: string, text: string) => writeFileSync(join(directory, name), text);
  write("project.conf", "name: workload\nmin-version: 2.0\nelement-path: elements\n");
  write("elements/base.bst", "kind: import\nsources:\n- kind: local\n  path: files/base\n");
  for (let index = 0; index < count; index++) {
    const below = dependencies(index, workload);
    const key = workload.shape === "build-chain" ? "build-depends" : "depends";
    const base = key === "depends" ? "build-depends:\n- base.bst\n" : "";
    const depends = below.length > 0 ? `${key}:\n${below.map((other) => `- e${other}.bst\n`).join("")}` : "";
    const script =
      `    mkdir -p %{install-root}/usr/share/e${index}\n` +
      `    for k in $(seq ${files}); do echo $k ${index} > %{install-root}/usr/share/e${index}/f$k; done\n`;
    write(`elements/e${index}.bst`, `kind: manual\n${base}${depends}config:\n  install-commands:\n  - |\n${script}`);
  }
  write(
    "elements/all.bst",
    `kind: stack\ndepends:\n${Array.from({ length: count }, (_, k) => `- e${k}.bst\n`).join("")}`,
  );
}
