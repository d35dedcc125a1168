/**
 * The shell scripts of `bst source checkout --include-build-scripts`: one an element, and `build.sh`, which runs them in order.
 *
 * They build on the machine that they run on, into its root directory, and are meant for bootstrapping where no sandbox can be had. An element's script
 * works in its build root on a copy of its sources, installs into its install root, and copies what is there over `/`.
 */
import type { Element } from "@millrace/core/element/Element";

function quote(text: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** The script of one element; undefined for kinds that are not built by commands. */
export function element(of: Element): string | undefined {
  const commands = of.kind.generateScript?.(of.settings, of);
  if (commands === undefined) return undefined;
  const name = quote(of.normalName);
  const buildRoot = quote(of.variables.get("build-root") ?? "/");
  const installRoot = quote(of.variables.get("install-root") ?? "/");
  const environment = [...of.environment].map(([variable, value]) => `export ${variable}=${quote(value)}`);
  return [
    "#!/bin/sh",
    `# Builds ${of.fullName} and installs it on this machine. Written by bst; run it through build.sh.`,
    "set -e",
    "",
    `echo Building ${name}`,
    `rm -rf -- ${buildRoot} ${installRoot}`,
    `mkdir -p -- ${buildRoot} ${installRoot}`,
    `if [ -d "$SRCDIR"/${name} ]; then`,
    `    cp -a "$SRCDIR"/${name}/. ${buildRoot}`,
    "fi",
    `cd ${buildRoot}`,
    "",
    ...environment,
    `export PREFIX=${installRoot}`,
    "",
    commands.replace(/\n+$/, ""),
    "",
    "cd /",
    `rm -rf -- ${buildRoot}`,
    `echo Installing ${name}`,
    `(cd ${installRoot} && tar -cf - .) | tar -xpf - -C /`,
    "",
  ].join("\n");
}

/** The script that builds all elements, in this order. */
export function all(normalNames: readonly string[]): string {
  return [
    "#!/bin/sh",
    "# Builds all modules beside this script on this machine, in the order of their dependencies. Written by bst.",
    "set -eu",
    "",
    "PATH=/usr/bin:/usr/sbin:/sbin:/bin:/tools/bin:/tools/sbin",
    'SRCDIR=$(cd "$(dirname "$0")" && pwd)',
    "export PATH SRCDIR",
    "",
    `for module in ${normalNames.map(quote).join(" ")}; do`,
    '    if [ -x "$SRCDIR/build-$module" ]; then',
    '        "$SRCDIR/build-$module" || { echo "Building $module failed" >&2; exit 1; }',
    "    fi",
    "    if [ -x /sbin/ldconfig ]; then /sbin/ldconfig || true; fi",
    "done",
    "",
  ].join("\n");
}
