/**
 * `cargo2`: the crates of a `Cargo.lock`, from the registry and from git repositories, vendored, and the configuration that makes cargo use them.
 */
import type { Json } from "@millrace/core/element/Element";
import { BstError } from "@millrace/core/error/BstError";
import * as CargoKind from "@millrace/core/source/kinds/Cargo";
import type { GitCrate, RegistryCrate, Settings } from "@millrace/core/source/kinds/Cargo2";
import * as Cargo2Kind from "@millrace/core/source/kinds/Cargo2";
import * as RegistryUrl from "@millrace/core/source/kinds/RegistryUrl";
import * as Draft from "@millrace/core/tree/Draft";
import * as Names from "@millrace/core/tree/Names";
import * as Paths from "@millrace/core/tree/Paths";
import * as Tree from "@millrace/core/tree/Tree";
import * as Effect from "effect/Effect";
import { attempt } from "../../cas/Cas.ts";
import * as CargoCrates from "../CargoCrates.ts";
import * as CargoGit from "../CargoGit.ts";
import * as CargoLock from "../CargoLock.ts";
import type { SourceDriver, Subject } from "../SourceDriver.ts";
import * as SourceRef from "../SourceRef.ts";
import type { Table } from "../toml/Toml.ts";
import * as TomlWriter from "../toml/TomlWriter.ts";

function settingsOf({ source }: Subject): Settings {
  return source.settings as Settings;
}

function registryOf(subject: Subject): string {
  return CargoKind.downloadUrl(RegistryUrl.need(settingsOf(subject).url, "cargo2", "url", subject.source.context));
}

function registryFiles(subject: Subject): readonly CargoCrates.CrateFile[] {
  const crates = settingsOf(subject).crates.filter((crate): crate is RegistryCrate => crate.kind === "registry");
  return crates.map((crate) => CargoCrates.fileOf(subject, registryOf(subject), crate));
}

function gitCrates(subject: Subject): readonly GitCrate[] {
  return settingsOf(subject).crates.filter((crate): crate is GitCrate => crate.kind === "git");
}

/** The driver. */
export const driver: SourceDriver = {
  kind: "cargo2",
  isCached: (subject) =>
    registryFiles(subject).every((file) => CargoCrates.has(file)) &&
    gitCrates(subject).every((crate) => CargoGit.has(subject, crate)),
  fetch: Effect.fnUntraced(function* (subject: Subject): Effect.fn.Return<void, BstError> {
    yield* CargoCrates.fetchAll(subject, registryFiles(subject));
    for (const crate of gitCrates(subject))
      if (!CargoGit.has(subject, crate))
        yield* CargoGit.fetch(subject, crate, Cargo2Kind.mirrored(settingsOf(subject), crate.repo));
  }),
  track: Effect.fnUntraced(function* (subject, previous): Effect.fn.Return<Json | undefined, BstError> {
    const { cargoLock, crates } = settingsOf(subject);
    const refs: { readonly order: string; readonly ref: { readonly [name: string]: Json } }[] = [];
    for (const one of yield* CargoLock.read(previous ?? ".", cargoLock, subject)) {
      if (one.source === undefined) continue;
      const provenance = crates.find((crate) => crate.name === one.name)?.provenance;
      const extra = provenance === undefined ? {} : { provenance: provenance as Json };
      const { name, version } = one;
      if (one.source.startsWith("registry+")) {
        const file = CargoCrates.fileOf(subject, registryOf(subject), { name, version, sha: one.checksum });
        const sha = one.checksum ?? (yield* CargoCrates.fetchOne(subject, file, "track"));
        refs.push({ order: `${name}\0${version}`, ref: { kind: "registry", name, version, sha, ...extra } });
      } else if (one.source.startsWith("git+")) {
        const { repo, commit, query } = yield* attempt(() => CargoGit.parseSource(one.source as string));
        const target = Cargo2Kind.mirrored(settingsOf(subject), repo);
        refs.push({
          order: `${name}\0${version}\0${target}\0${commit}`,
          ref: {
            kind: "git",
            commit,
            repo: target,
            ...(query === undefined ? {} : { query }),
            name,
            version,
            ...extra,
          },
        });
      } else
        return yield* new BstError({
          domain: "SOURCE",
          reason: null,
          message: `${cargoLock} takes the crate ${name} from '${one.source}', which is neither a registry nor git`,
        });
    }
    return refs.sort((a, b) => Names.compare(a.order, b.order)).map(({ ref }) => ref);
  }),
  stage: {
    type: "tree",
    make: Effect.fnUntraced(function* (subject) {
      const { vendorDirectory } = settingsOf(subject);
      const { cas } = subject.environment;
      const draft = Draft.open(Tree.empty);
      const { crates } = settingsOf(subject);
      const sections = new Map<string, Table>();
      const replaced = ["replace-with", "vendored-sources"] as const;
      sections.set("crates-io", new Map([["registry", SourceRef.translate(subject, registryOf(subject))], replaced]));
      for (const crate of crates) {
        const vendor = Paths.openDraft(draft, vendorDirectory);
        if (crate.kind === "registry") {
          yield* CargoCrates.unpack(subject, CargoCrates.fileOf(subject, registryOf(subject), crate), vendor);
          continue;
        }
        yield* CargoGit.unpack(subject, crate, vendor);
        const url = SourceRef.translate(subject, crate.repo);
        // Crates of one repository share their section.
        sections.set(`git+${url}${queryOf(crate)}`, new Map([["git", url], replaced, ...crate.query]));
      }
      sections.set("vendored-sources", new Map([["directory", vendorDirectory]]));
      const config = yield* cas.putBytes(Buffer.from(TomlWriter.write(new Map([["source", sections]]))));
      return yield* attempt(() => {
        Draft.put(Paths.openDraft(draft, ".cargo"), "config.toml", Tree.file(config));
        return Draft.freeze(draft);
      });
    }),
  },
};

/** The query of a repository's name in the configuration, escaped as Python does. */
function queryOf({ query }: GitCrate): string {
  const escaped = (text: string) =>
    encodeURIComponent(text)
      .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
      .replaceAll("%20", "+");
  const pairs = [...query].map(([name, value]) => `${escaped(name)}=${escaped(value)}`);
  return pairs.length === 0 ? "" : `?${pairs.join("&")}`;
}
