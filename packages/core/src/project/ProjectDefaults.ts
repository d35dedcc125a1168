/**
 * What every project has before its own project.conf says anything: BuildStream's built-in `projectconfig.yaml`, as values.
 *
 * The values enter cache keys (environment, split rules, paths), so they are facts and not choices.
 */
import type { Mapping } from "../yaml/Node.ts";
import * as Read from "../yaml/Read.ts";

const text = `
element-path: .
ref-storage: inline
variables:
  prefix: /usr
  exec_prefix: "%{prefix}"
  bindir: "%{exec_prefix}/bin"
  sbindir: "%{exec_prefix}/sbin"
  libexecdir: "%{exec_prefix}/libexec"
  datadir: "%{prefix}/share"
  sysconfdir: /etc
  sharedstatedir: "%{prefix}/com"
  localstatedir: /var
  lib: lib
  libdir: "%{prefix}/%{lib}"
  debugdir: "%{libdir}/debug"
  includedir: "%{prefix}/include"
  docdir: "%{datadir}/doc"
  infodir: "%{datadir}/info"
  mandir: "%{datadir}/man"
  build-root: "/buildstream/%{project-name}/%{element-name}"
  conf-root: .
  install-root: /buildstream-install
  strip-binaries: ""
environment:
  PATH: "/usr/bin:/bin:/usr/sbin:/sbin"
  SHELL: /bin/sh
  TERM: dumb
  USER: tomjon
  USERNAME: tomjon
  LOGNAME: tomjon
  LC_ALL: C
  HOME: /tmp
  TZ: UTC
  SOURCE_DATE_EPOCH: 1321009871
environment-nocache: []
sandbox: {}
split-rules:
  runtime:
  - "%{bindir}"
  - "%{bindir}/*"
  - "%{sbindir}"
  - "%{sbindir}/*"
  - "%{libexecdir}"
  - "%{libexecdir}/*"
  - "%{libdir}/lib*.so*"
  devel:
  - "%{includedir}"
  - "%{includedir}/**"
  - "%{libdir}/lib*.a"
  - "%{libdir}/lib*.la"
  - "%{libdir}/pkgconfig/*.pc"
  - "%{datadir}/pkgconfig/*.pc"
  - "%{datadir}/aclocal/*.m4"
  debug:
  - "%{debugdir}"
  - "%{debugdir}/**"
  doc:
  - "%{docdir}"
  - "%{docdir}/**"
  - "%{infodir}"
  - "%{infodir}/**"
  - "%{mandir}"
  - "%{mandir}/**"
  locale:
  - "%{datadir}/locale"
  - "%{datadir}/locale/**"
  - "%{datadir}/i18n"
  - "%{datadir}/i18n/**"
  - "%{datadir}/zoneinfo"
  - "%{datadir}/zoneinfo/**"
shell:
  command: [sh, -i]
source-provenance-attributes:
  homepage: "The project homepage URL"
  issue-tracker: "The project's issue tracking URL"
defaults:
  targets: []
`;

let parsed: Mapping | undefined;

/** The defaults as nodes; the same object on every call. */
export function node(): Mapping {
  parsed ??= Read.read({ name: "projectconfig.yaml", project: null, path: null }, text);
  return parsed;
}
