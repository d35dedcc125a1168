/** `cargo`: the crates of a `Cargo.lock`, vendored, and the configuration that makes cargo use them. */
import type { Json } from "@millrace/core/element/Element";
import type { BstError } from "@millrace/core/error/BstError";
import * as CargoKind from "@millrace/core/source/kinds/Cargo";
import * as RegistryUrl from "@millrace/core/source/kinds/RegistryUrl";
import * as Draft from "@millrace/core/tree/Draft";
import * as Names from "@millrace/core/tree/Names";
import * as Paths from "@millrace/core/tree/Paths";
import * as Tree from "@millrace/core/tree/Tree";
import * as Effect from "effect/Effect";
import { attempt } from "../../cas/Cas.ts";
import * as CargoCrates from "../CargoCrates.ts";
import * as CargoLock from "../CargoLock.ts";
import type { SourceDriver, Subject } from "../SourceDriver.ts";
import * as SourceRef from "../SourceRef.ts";

function settingsOf({ source }: Subject): CargoKind.Settings {
  return source.settings as CargoKind.Settings;
}

function registryOf(subject: Subject): string {
  return CargoKind.downloadUrl(RegistryUrl.need(settingsOf(subject).url, "cargo", "url", subject.source.context));
}

function filesOf(subject: Subject) {
  const crates = settingsOf(subject).crates ?? [];
  return crates.map((crate) => CargoCrates.fileOf(subject, registryOf(subject), crate));
}

/** The driver. */
export const driver: SourceDriver = {
  kind: "cargo",
  isCached: (subject) => filesOf(subject).every((file) => CargoCrates.has(file)),
  fetch: (subject) => CargoCrates.fetchAll(subject, filesOf(subject)),
  track: Effect.fnUntraced(function* (subject, previous): Effect.fn.Return<Json | undefined, BstError> {
    const { cargoLock, crates = [] } = settingsOf(subject);
    const packages = yield* CargoLock.read(previous ?? ".", cargoLock, subject);
    const refs: CargoKind.Crate[] = [];
    for (const one of packages) {
      if (one.source === undefined) continue;
      const file = CargoCrates.fileOf(subject, registryOf(subject), { ...one, sha: one.checksum });
      const sha = one.checksum ?? (yield* CargoCrates.fetchOne(subject, file, "track"));
      const provenance = crates.find((crate) => crate.name === one.name)?.provenance;
      refs.push({ name: one.name, version: one.version, sha, provenance });
    }
    return refs
      .sort((a, b) => Names.compare(a.name, b.name) || Names.compare(a.version, b.version))
      .map(({ name, version, sha, provenance }) => ({
        name,
        version,
        sha: sha ?? null,
        ...(provenance === undefined ? {} : { provenance: provenance as Json }),
      }));
  }),
  stage: {
    type: "tree",
    make: Effect.fnUntraced(function* (subject) {
      const { vendorDirectory } = settingsOf(subject);
      const { cas } = subject.environment;
      const draft = Draft.open(Tree.empty);
      for (const file of filesOf(subject))
        yield* CargoCrates.unpack(subject, file, Paths.openDraft(draft, vendorDirectory));
      const registry = SourceRef.translate(subject, registryOf(subject));
      const config = yield* cas.putBytes(Buffer.from(CargoCrates.configuration(registry, vendorDirectory)));
      return yield* attempt(() => {
        Draft.put(Paths.openDraft(draft, ".cargo"), "config", Tree.file(config));
        return Draft.freeze(draft);
      });
    }),
  },
};
