/** The packages of a `Cargo.lock`. */
import { type BstError, raise } from "@millrace/core/error/BstError";
import * as Effect from "effect/Effect";
import { attempt } from "../cas/Cas.ts";
import * as PreviousFile from "./PreviousFile.ts";
import type { Subject } from "./SourceDriver.ts";
import { isArray, isTable, table, text } from "./toml/Toml.ts";
import * as TomlReader from "./toml/TomlReader.ts";

export interface Package {
  readonly name: string;
  readonly version: string;
  /** `registry+URL` or `git+URL?QUERY#COMMIT`; undefined for packages of the project itself. */
  readonly source: string | undefined;
  readonly checksum: string | undefined;
}

/** Reads the text of a lock file; `file` is what errors call it. */
export function parse(source: string, file = "Cargo.lock"): readonly Package[] {
  const document = TomlReader.read(source, file);
  const packages = document.get("package");
  const metadata = table(document, "metadata");
  return (isArray(packages) ? packages : []).map((one) => {
    const name = isTable(one) ? text(one, "name") : undefined;
    const version = isTable(one) ? text(one, "version") : undefined;
    if (!isTable(one) || name === undefined || version === undefined)
      return raise({ domain: "SOURCE", reason: null, message: `${file} has a package without name or version` });
    const origin = text(one, "source");
    // Old lock files keep all checksums together, by name, version and source.
    const old = metadata && text(metadata, `checksum ${name} ${version} (${origin})`);
    return { name, version, source: origin, checksum: text(one, "checksum") ?? (old === "<none>" ? undefined : old) };
  });
}

/** Reads the lock file of the sources before a cargo source. */
export const read = Effect.fnUntraced(function* (
  directory: string,
  file: string,
  subject: Subject,
): Effect.fn.Return<readonly Package[], BstError> {
  const hint = "List the source that has the lock file first, or name the file with `cargo-lock`.";
  const bytes = yield* PreviousFile.read(subject, directory, file, hint);
  return yield* attempt(() => parse(bytes.toString(), file));
});
